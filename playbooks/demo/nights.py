"""When the demo's past ran its nightly scoring: at each month's end, often of late, and now. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from usage.periods import period_of, shift

MONTHS = 13
DAYS_AGO = (70, 63, 56, 49, 42, 35, 28, 24, 21, 17, 14, 10, 7, 5, 3, 1)
NIGHT = time(2, 15)
LAST_MINUTES = timedelta(minutes=20)  # before a month ends


def nights(now: datetime) -> list[datetime]:
    """The moments at which data came in and was scored, oldest first; the last one is now."""
    days = [(now - timedelta(days=days)).date() for days in DAYS_AGO]
    return sorted([*month_ends(now), *(datetime.combine(day, NIGHT, UTC) for day in days), now])


def month_ends(now: datetime) -> list[datetime]:
    """When all accounts were scored, those that sent nothing too; newest first."""
    return [_end_before(shift(period_of(now), -n)) for n in range(MONTHS - 1)]


def start(now: datetime) -> datetime:
    """When the book begins: twelve months before the current one."""
    return datetime.combine(first_period(now), time(), UTC)


def first_period(now: datetime) -> date:
    return shift(period_of(now), 1 - MONTHS)


def _end_before(period: date) -> datetime:
    """The end of the month before: what is scored later counts for the next one."""
    return datetime.combine(period, time(), UTC) - LAST_MINUTES
