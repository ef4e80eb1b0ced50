"""Breaks in metrics' series as values: what charts draw, and what drops are judged by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from usage.definitions import reported_paths
from usage.lab import breaks as lab
from usage.lab.breaks import Break
from usage.models import MetricBreak
from usage.periods import shift
from usage.scoring.edition import Edition
from usage.scoring.transitions import look_back_months


def breaks(first: date, last: date) -> tuple[Break, ...]:
    """Those of the months, both ends included, at each place where payloads report the metric. One query."""
    rows = MetricBreak.objects.filter(period__range=(first, last)).select_related("metric")
    return tuple(each for row in rows for each in _told(row))


def by_component(edition: Edition, period: date) -> Mapping[str, tuple[Break, ...]]:
    """The breaks that a drop of a month can lie across, by component. One query."""
    return lab.by_component(edition, breaks(shift(period, 1 - look_back_months(edition)), period))


def _told(row: MetricBreak) -> Iterator[Break]:
    words = words_of(row)
    for path in reported_paths(row.metric.key_path, row.metric.time_frames):
        yield Break(path, row.period, words)


def words_of(row: MetricBreak) -> str:
    """As in "a release of the product counts otherwise (18.4 to 18.5): runners are left out"."""
    label = str(row.get_reason_display())
    versions = " to ".join(filter(None, [row.product_from, row.product_to]))
    head = label[:1].lower() + label[1:] + (f" ({versions})" if versions else "")
    return f"{head}: {row.note}" if row.note else head
