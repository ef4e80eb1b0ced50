"""What health reads of the timeline: sentiments, calls and meetings, and who took part."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import polars as pl
from django.db.models import BooleanField, Case, Min, Q, Value, When

from accounts.models import Attendance, TimelineActivity
from accounts.querysets import TimelineActivityQuerySet
from usage.scoring import health_facts as facts
from usage.scoring.scorecard import Scorecard, Source
from usage.services.frames import frame
from usage.services.reach import Reach

ENGAGING = TimelineActivity.ENGAGEMENTS
PERSONA_DAYS = 31 * facts.PERSONA_MONTHS


def entries(reach: Reach, *, days: int) -> pl.DataFrame:
    telling = ~Q(sentiment="") | Q(kind__in=ENGAGING)
    rows = reach.rows(_kept(reach.known_at).filter(telling)).filter(
        happened_at__gte=reach.before(days), happened_at__lt=reach.end
    )
    engages = Case(
        When(kind__in=ENGAGING, then=Value(value=True)),
        default=Value(value=False),
        output_field=BooleanField(),
    )
    return frame(
        rows.values_list("account_id", "pk", "happened_at", "sentiment", engages), facts.ENTRIES
    )


def personas(reach: Reach) -> pl.DataFrame:
    """Which external people took part in calls and meetings."""
    rows = reach.rows(Attendance.objects.exclude(contact=None)).filter(
        activity__in=_kept(reach.known_at),
        activity__kind__in=ENGAGING,
        activity__happened_at__gte=reach.before(PERSONA_DAYS),
        activity__happened_at__lt=reach.end,
    )
    return frame(
        rows.values_list("account_id", "activity__happened_at", "contact__persona"),
        facts.PERSONAS,
    )


def recorded_since(card: Scorecard, known_at: datetime | None = None) -> Iterator[tuple[str, date]]:
    """Since when the organisation notes calls and meetings; with external people, for personas."""
    engaging = _kept(known_at).filter(kind__in=ENGAGING).order_by()
    with_people = engaging.filter(attendances__contact__isnull=False)
    for source, rows in ((Source.MEETING_AGE, engaging), (Source.PERSONAS, with_people)):
        first = rows.aggregate(first=Min("happened_at"))["first"] if card.reads(source) else None
        if first is not None:
            yield source.value, first.astimezone(UTC).date()


def _kept(known_at: datetime | None) -> TimelineActivityQuerySet:
    """Entries that are not deleted; or those that were there at a moment."""
    if known_at is None:
        return TimelineActivity.objects.kept()
    deleted_later = Q(deleted_at=None) | Q(deleted_at__gt=known_at)
    return TimelineActivity.objects.filter(deleted_later, created_at__lte=known_at)
