"""How long each kind of data is kept: rules are rows, kinds are named by the apps that have them.

What is older than its rule says is erased at night, a batch a transaction; a dry run counts it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django_stubs_ext import StrOrPromise

from accounts.errors import RetentionKindUnknown
from accounts.models import Job, RetentionRule, User
from accounts.services import audit, jobs

ROWS_PER_BATCH = 1_000
KIND = "apply_retention"

Rows = QuerySet[Any]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Store:
    """A table's rows that may be erased one day: `time` is the column that says how old one is."""

    rows: Callable[[], Rows]
    time: str


def delete(rows: Rows) -> int:
    """Delete rows by key; return how many of them went, not counting what went with them."""
    model = rows.model
    return int(rows.delete()[1].get(model._meta.label, 0))


@dataclass(frozen=True)
class Kind:
    """One kind of data: what it is, what is lost with it, and the rule that it ships with.

    `purge` is for rows that stay and lose their content: `stores` must not find them again then.
    """

    label: StrOrPromise
    cost: StrOrPromise
    days: int
    stores: Callable[[], list[Store]]
    enabled: bool = False
    purge: Callable[[Rows], int] = delete


@dataclass(frozen=True)
class Due:
    """What a rule would erase now."""

    rule: RetentionRule
    kind: Kind
    oldest: datetime | None
    row_count: int


def kinds() -> dict[str, Kind]:
    """All kinds by name, as the settings list them."""
    return {name: import_string(path) for name, path in settings.RETENTION_KINDS.items()}


def rules() -> list[RetentionRule]:
    """A rule for each kind; one that has none yet gets that which ships with it."""
    RetentionRule.objects.bulk_create(
        [
            RetentionRule(kind=name, days=kind.days, enabled=kind.enabled)
            for name, kind in kinds().items()
        ],
        ignore_conflicts=True,
    )
    return list(RetentionRule.objects.filter(kind__in=settings.RETENTION_KINDS).order_by("kind"))


def due(rule: RetentionRule, *, now: datetime) -> Due:
    """Count what a rule would erase, enabled or not."""
    kind = kinds()[rule.kind]
    before = now - timedelta(days=rule.days)
    oldest: list[datetime] = []
    count = 0
    for store in kind.stores():
        first = store.rows().order_by().aggregate(first=Min(store.time))["first"]
        oldest += [first] if first is not None else []
        count += _older(store, before).count()
    return Due(rule, kind, min(map(_moment, oldest), default=None), count)


def apply(
    *, now: datetime, only: str | None = None, progress: Progress | None = None
) -> dict[str, int]:
    """Erase what is older than the enabled rules say; return the rows by kind.

    `only` names one kind, which must be enabled too. Safe to repeat and to kill.
    Raises RetentionKindUnknown.
    """
    erased: dict[str, int] = {}
    chosen = chosen_rules(only)
    for number, rule in enumerate(chosen):
        if rule.enabled:
            erased[rule.kind] = _apply_rule(
                rule, now=now, beat=_beat(progress, number, len(chosen))
            )
    if any(erased.values()):
        audit.record("retention.applied", now=now, detail=erased)
    return erased


def chosen_rules(only: str | None) -> list[RetentionRule]:
    """All rules, or that of one kind; raises RetentionKindUnknown."""
    if only is not None and only not in settings.RETENTION_KINDS:
        raise RetentionKindUnknown(only, sorted(settings.RETENTION_KINDS))
    return [rule for rule in rules() if only in {None, rule.kind}]


def request(*, now: datetime, by: User | None = None) -> Job | None:
    """Queue the erasing of what is too old; None where no rule is enabled."""
    if not any(rule.enabled for rule in rules()):
        return None
    return jobs.enqueue(kind=KIND, params={}, now=now, dedupe_key=KIND, by=by)


def run_retention_job(job: Job) -> dict[str, Any]:
    """Handler of the jobs of kind `apply_retention`."""

    def beat(done: int, total: int) -> None:
        jobs.beat(job, done=done, total=total, now=timezone.now())

    return apply(now=timezone.now(), progress=beat)


def _beat(progress: Progress | None, done: int, total: int) -> Callable[[], None]:
    return lambda: progress(done, total) if progress is not None else None


def _apply_rule(rule: RetentionRule, *, now: datetime, beat: Callable[[], None]) -> int:
    kind = kinds()[rule.kind]
    before = now - timedelta(days=rule.days)
    count = 0
    for store in kind.stores():
        while erased := _erase_batch(kind, store, before):
            count += erased
            beat()
    return count


@transaction.atomic
def _erase_batch(kind: Kind, store: Store, before: datetime) -> int:
    ids = list(_older(store, before).order_by("pk").values_list("pk", flat=True)[:ROWS_PER_BATCH])
    return kind.purge(store.rows().model._default_manager.filter(pk__in=ids)) if ids else 0


def _older(store: Store, before: datetime) -> Rows:
    """Rows of before; a column of days is compared by day."""
    column = store.rows().model._meta.get_field(store.time)
    is_day = column.get_internal_type() == "DateField"
    return store.rows().filter(**{f"{store.time}__lt": before.date() if is_day else before})


def _moment(oldest: Any) -> datetime:
    if isinstance(oldest, datetime):
        return oldest
    return datetime(oldest.year, oldest.month, oldest.day, tzinfo=timezone.get_default_timezone())
