"""When the demo's past ran its nightly scoring: monthly long ago, weekly of late, and now. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from usage.periods import period_of, shift

MONTHS = 13
WEEKS = 10  # of late
NIGHT = time(2, 15)
WEEK = timedelta(days=7)


def nights(now: datetime) -> list[datetime]:
    """The moments at which data came in and was scored, oldest first; the last one is now."""
    days = [(now - WEEK * n).date() for n in range(WEEKS, 0, -1)]
    weekly = [datetime.combine(day, NIGHT, UTC) for day in days]
    monthly = [_night_of(shift(period_of(now), -n)) for n in range(MONTHS - 2, -1, -1)]
    old = [moment for moment in monthly if moment < weekly[0] - WEEK]
    return [*old, *weekly, now]


def start(now: datetime) -> datetime:
    """When the book begins: twelve months before the current one."""
    return datetime.combine(first_period(now), time(), UTC)


def first_period(now: datetime) -> date:
    return shift(period_of(now), 1 - MONTHS)


def _night_of(period: date) -> datetime:
    """The night after a month's end, of which the period is the next one's first day."""
    return datetime.combine(period, NIGHT, UTC)
