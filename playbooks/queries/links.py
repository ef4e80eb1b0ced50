"""With what of its account a call to action can be linked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext

from accounts.models import Objective, Subscription, TimelineActivity
from playbooks.models import CallToAction
from playbooks.models.links import words_of

MOST_SHOWN = 50

Group = tuple[str, list[tuple[str, str]]]


def linkable(cta: CallToAction) -> tuple[list[Group], dict[str, Any]]:
    """Choices by group, the newest first, and the objects by choice. Four queries."""
    account = cta.account_id
    found: list[tuple[str, str, Iterable[Any]]] = [
        (
            "subscription",
            gettext("Renewals"),
            Subscription.objects.filter(account=account)
            .select_related("plan")
            .order_by("-end_date"),
        ),
        (
            "objective",
            gettext("Objectives"),
            Objective.objects.filter(account=account).order_by("-pk"),
        ),
        (
            "activity",
            gettext("Timeline"),
            TimelineActivity.objects.kept().filter(account=account).order_by("-happened_at"),
        ),
        (
            "other_cta",
            gettext("Escalations and other calls to action"),
            CallToAction.objects.filter(account=account).exclude(pk=cta.pk).order_by("-opened_at"),
        ),
    ]
    objects = {
        f"{name}:{each.pk}": each
        for name, _, rows in found
        for each in rows[:MOST_SHOWN]  # type: ignore[index]  # querysets
    }
    groups = [
        (
            title,
            [(key, words_of(each)) for key, each in objects.items() if key.startswith(f"{name}:")],
        )
        for name, title, _ in found
    ]
    return [group for group in groups if group[1]], objects
