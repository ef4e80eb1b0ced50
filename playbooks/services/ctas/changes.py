"""What all transitions of a call to action share.

A transition compares and sets in one UPDATE: of two people at once the first one wins, the other one
gets CTAChanged. That UPDATE comes first, so that the database lets one transaction at a time go on.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_noop

from accounts.models import Account, User
from accounts.services import working
from playbooks.errors import CTAChanged, OwnerCannotWork
from playbooks.models import CallToAction, CTAEvent, Task
from playbooks.queries.owners import first_owner, may_own
from playbooks.services import queue_order

Status = CallToAction.Status
Kind = CTAEvent.Kind

OPEN = frozenset(CallToAction.OPEN_STATUSES)
CLOSED = frozenset(Status) - OPEN


def refuse_unless_worker(by: User) -> None:
    working.refuse_unless_worker(by, to=gettext_noop("work on calls to action"))


def refuse_unless_may_own(owner: User, account: Account) -> None:
    if not may_own(owner, account):
        raise OwnerCannotWork(str(owner))


def workable_cta(cta_id: int, by: User) -> CallToAction:
    refuse_unless_worker(by)
    seen = CallToAction.objects.visible_to(by).select_related("account", "owner")
    return seen.get(pk=cta_id)


def workable_task(task_id: int, by: User) -> Task:
    refuse_unless_worker(by)
    return Task.objects.visible_to(by).select_related("cta__owner", "cta__account").get(pk=task_id)


def keep_in_progress(cta: CallToAction, *, by: User, now: datetime) -> None:
    """Start a new CTA; hold a started one against closing for the rest of the transaction."""
    rows = CallToAction.objects.filter(pk=cta.pk, status=Status.NEW)
    owner = cta.owner or first_owner(cta.account, by)
    if rows.update(status=Status.IN_PROGRESS, owner=owner):
        log(cta, Kind.STARTED, by=by, now=now)
    change(cta, while_in={Status.IN_PROGRESS}, status=Status.IN_PROGRESS)


def change(
    cta: CallToAction,
    *,
    while_in: Collection[str],
    seen: dict[str, Any] | None = None,
    **fields: Any,
) -> None:
    """Compare and set: change a CTA that is still as it was seen, or raise CTAChanged."""
    unchanged = CallToAction.objects.filter(pk=cta.pk, status__in=while_in, **(seen or {}))
    won = unchanged.update(**fields)
    cta.refresh_from_db(from_queryset=CallToAction.objects.select_related("account", "owner"))
    if not won:
        raise CTAChanged(cta.pk, _state_in_words(cta))


def _state_in_words(cta: CallToAction) -> str:
    if cta.snoozed_until is not None:
        return gettext("Snoozed to the end of %(day)s") % {
            "day": date_format(cta.snoozed_until, "j M")
        }
    return cta.get_status_display()


def log(
    cta: CallToAction,
    kind: CTAEvent.Kind,
    *,
    by: User | None,
    now: datetime,
    text: str = "",
    detail: dict[str, Any] | None = None,
) -> CTAEvent:
    queue_order.follow(cta, kind, now=now)
    cause: dict[str, Any] = {"cta": cta, "account_id": cta.account_id, "actor": by}
    return CTAEvent.objects.create(kind=kind, at=now, text=text, detail=detail or {}, **cause)
