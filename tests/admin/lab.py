"""Works the edition lab as an admin does."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from tests.factories import make_account, make_edition, make_instance, make_metric, make_snapshot
from tests.factories import make_subscription as subscription
from usage.models import Edition

METRICS = ("license_billable_users", "counts.ci_builds", "counts.scans")


def make_draft() -> Edition:
    """A draft over four accounts that report builds."""
    for key in METRICS:
        make_metric(key, description=f"What {key} says")
    for builds in (4, 20, 40, 60):
        subscribed = subscription(account=make_account())
        instance = make_instance(subscription=subscribed)
        make_snapshot(
            instance=instance, metrics={"license_billable_users": 80, "counts.ci_builds": builds}
        )
    return make_edition("2026", published=False)


def lab(name: str, edition: Edition, *parts: str) -> str:
    return reverse(f"admin:usage_edition_lab{name}", args=[edition.pk, *parts])


def revision(client: Client, edition: Edition) -> str:
    return str(client.get(lab("", edition)).context["revision"])


def sent(client: Client, address: str, edition: Edition, **fields: Any) -> Any:
    """Post a form as it is opened now."""
    return client.post(address, {"revision": revision(client, edition), **fields}, follow=True)


def text_of(response: Any) -> str:
    return " ".join(response.text.replace("\N{NO-BREAK SPACE}", " ").split())
