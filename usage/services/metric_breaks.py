"""Versions of metrics' definitions, and breaks in their series: noted, taken back, told as values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts.models import User
from accounts.services import audit
from usage.errors import MetricBreakKnown
from usage.models import MetricBreak, MetricDefinition, MetricVersion
from usage.periods import format_period

VERSIONED = ("value_type", "time_frames", "data_source", "instrumentation_class", "options")
"""What of a definition says how a metric is measured: its type, time frame, source and query."""

Values = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Said:
    """What somebody says of a break; versions of the product may be left open."""

    period: date
    reason: str
    product_from: str = ""
    product_to: str = ""
    note: str = ""


def content_of(values: Values) -> dict[str, Any]:
    return {name: values[name] for name in VERSIONED}


def digest_of(content: Values) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def note_versions(
    before: Mapping[str, Values], after: Mapping[str, Values], *, now: datetime
) -> int:
    """Keep the definitions that say otherwise how they are measured; return how many. Four queries.

    Of a definition that changes for the first time, what it was becomes version 1. Call inside atomic().
    """
    changed = {
        path: (content_of(before[path]), content_of(values))
        for path, values in after.items()
        if path in before and content_of(before[path]) != content_of(values)
    }
    if not changed:
        return 0
    metrics = dict(
        MetricDefinition.objects.filter(key_path__in=changed).values_list("key_path", "pk")
    )
    numbers = dict(
        MetricVersion.objects.filter(metric__in=metrics.values())
        .order_by()
        .values_list("metric")
        .annotate(newest=Max("number"))
    )
    rows = []
    for path, (was, said) in changed.items():
        metric_id = metrics[path]
        newest = numbers.get(metric_id)
        if newest is None:
            rows.append(_version(metric_id, 1, was, since=None))
            newest = 1
        rows.append(_version(metric_id, newest + 1, said, since=now))
    MetricVersion.objects.bulk_create(rows)
    return len(changed)


def _version(
    metric_id: int, number: int, content: dict[str, Any], *, since: datetime | None
) -> MetricVersion:
    return MetricVersion(
        metric_id=metric_id, number=number, content=content, digest=digest_of(content), since=since
    )


@transaction.atomic
def record_break(*, metric_id: int, said: Said, by: User | None, now: datetime) -> MetricBreak:
    """Note that a metric says something else from a month on.

    Raises MetricBreakKnown where that month has one, and MetricDefinition.DoesNotExist.
    """
    metric = MetricDefinition.objects.get(pk=metric_id)
    try:
        with transaction.atomic():
            noted = MetricBreak.objects.create(
                metric=metric, created_by=by, created_at=now, **asdict(said)
            )
    except IntegrityError as error:
        raise MetricBreakKnown(metric.key_path, format_period(said.period)) from error
    detail = {"from": format_period(said.period), "reason": said.reason}
    audit.record("metric.break_recorded", metric, now=now, by=by, detail=detail)
    return noted


@transaction.atomic
def withdraw_break(*, break_id: int, by: User | None, now: datetime) -> MetricBreak:
    """Take a break back: drops across it count again, from the next run of the triggers on.

    Raises MetricBreak.DoesNotExist.
    """
    noted = MetricBreak.objects.select_related("metric").get(pk=break_id)
    detail = {"from": format_period(noted.period), "reason": noted.reason}
    audit.record("metric.break_withdrawn", noted.metric, now=now, by=by, detail=detail)
    MetricBreak.objects.filter(pk=break_id).delete()
    return noted


def load_breaks(told: Mapping[str, Collection[Values]], *, now: datetime) -> int:
    """Note the breaks that definitions bring, by key path; those that are known stay. Three queries.

    Call inside atomic().
    """
    wanted = {path: breaks for path, breaks in told.items() if breaks}
    if not wanted:
        return 0
    metrics = dict(
        MetricDefinition.objects.filter(key_path__in=wanted).values_list("key_path", "pk")
    )
    known = set(
        MetricBreak.objects.filter(metric__in=metrics.values()).values_list("metric", "period")
    )
    rows = [
        MetricBreak(metric_id=metrics[path], created_at=now, **said)
        for path, breaks in wanted.items()
        for said in breaks
        if (metrics[path], said["period"]) not in known
    ]
    MetricBreak.objects.bulk_create(rows)
    for row in rows:
        detail = {"from": format_period(row.period), "reason": row.reason, "loaded": True}
        audit.record("metric.break_recorded", row.metric, now=now, detail=detail)
    return len(rows)
