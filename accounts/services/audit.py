"""The audit log: one entry per change, export and sign-in, in the transaction of what it tells of.

Records of customers and configuration keep their former states in their history, calls to action
their events; here stands who did what, of all of them, in one list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import models, transaction

from accounts import caller
from accounts.errors import AuditTooYoung
from accounts.models import ApiToken, AuditEntry, User
from accounts.redaction import MASK, is_secret_name

T = TypeVar("T")
Changes = Mapping[str, tuple[object, object]]

KEPT_DAYS = 90
"""Nobody purges what is younger: what somebody did last week is not theirs to take away."""
LONGEST_VALUE = 500
OF_CUSTOMERS = {
    "accounts.account", "accounts.contact", "accounts.license", "accounts.subscription",
    "accounts.manualmeasure", "accounts.objective", "accounts.successplan",
    "accounts.supportcase", "accounts.surveyresponse",
    "accounts.timelineactivity",
    "accounts.milestone", "accounts.adoptiongoal", "accounts.nonadoption",
    "playbooks.calltoaction", "playbooks.task", "usage.instance",
}  # fmt: skip
"""Records of customers stand here by their key alone: what they say is in their history, which is
erased with them; this log is not."""
NOT_KEPT = "[in the record's history]"


def record(
    verb: str,
    of: models.Model | None = None,
    *,
    now: datetime,
    by: User | None = None,
    detail: Mapping[str, object] | None = None,
) -> AuditEntry:
    """Note what is done, by whom and from where; call it in the transaction that does it.

    Who is not named is the caller of the request, if there is one.
    """
    entry = _entry(verb, of, now=now, by=by, detail=detail or {})
    entry.save(force_insert=True)
    return entry


def _entry(
    verb: str,
    of: models.Model | None,
    *,
    now: datetime,
    by: User | None,
    detail: Mapping[str, object],
) -> AuditEntry:
    asked = caller.current()
    actor = by or asked.user
    return AuditEntry(
        at=now,
        verb=verb,
        actor=actor,
        actor_label=actor.email if actor else "",
        token_label=str(asked.token or "")[:160],
        address=asked.address,
        via=asked.via[:255],
        request_id=asked.request_id[:64],
        detail={name: _plain(value) for name, value in detail.items()},
        **_named(of),
    )


def changes(of: models.Model, values: Changes) -> dict[str, list[object]]:
    """Fields with what they were and are; what is secret or of a customer's record stays untold."""
    is_customers = of._meta.label_lower in OF_CUSTOMERS
    told: dict[str, list[object]] = {}
    for name, (before, after) in values.items():
        if is_secret_name(name):
            told[name] = [MASK, MASK]
        elif is_customers:
            told[name] = [NOT_KEPT, NOT_KEPT]
        else:
            told[name] = [_plain(before), _plain(after)]
    return told


def noted_export(name: str, rows: Iterable[T], *, now: datetime, **detail: object) -> Iterator[T]:
    """Hand rows on; note how many were taken when they end, and also when their reader has enough."""
    count = 0
    try:
        for row in rows:
            count += 1
            yield row
    finally:
        record(f"export.{name}", now=now, detail={"rows": count, **detail})


@transaction.atomic
def purge(*, before: datetime, now: datetime, by: User | None = None) -> int:
    """Delete the entries before a time, and keep for good that this was done; return how many.

    Raises AuditTooYoung. The entry that is made first is what the triggers let the others go for.
    """
    if before > now - timedelta(days=KEPT_DAYS):
        raise AuditTooYoung(KEPT_DAYS)
    old = AuditEntry.objects.filter(at__lt=before)
    told = {"before": before, "rows": old.count()}
    purged = _entry("audit.purged", None, now=now, by=by, detail=told)
    purged.purged_before = before
    purged.save(force_insert=True)
    return old.delete()[0]


def _named(of: models.Model | None) -> dict[str, str]:
    if of is None:
        return {}
    is_customers = of._meta.label_lower in OF_CUSTOMERS
    return {
        "object_type": of._meta.label_lower,
        "object_id": of.token_key if isinstance(of, ApiToken) else str(of.pk)[:128],
        "object_label": "" if is_customers else str(of)[:255],
    }


def _plain(value: object) -> Any:
    """A value as JSON holds it."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, models.Model):
        return str(value)[:LONGEST_VALUE]
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | models.QuerySet):
        return [_plain(each) for each in value]
    return str(value)[:LONGEST_VALUE]
