"""Calendar months. Pure; a period is the first day of its month (UTC)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from usage.errors import PeriodInvalid

Period = date

_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")


def parse_period(text: str) -> Period:
    """Read "YYYY-MM"; raise PeriodInvalid on anything else."""
    match = _MONTH.fullmatch(text.strip())
    if match is None:
        raise PeriodInvalid(text)
    year, month = map(int, match.groups())
    if year < 1 or not 1 <= month <= 12:
        raise PeriodInvalid(text)
    return date(year, month, 1)


def format_period(period: Period) -> str:
    return f"{period.year:04}-{period.month:02}"


def period_of(moment: datetime) -> Period:
    """The month of an aware moment in UTC."""
    return moment.astimezone(UTC).date().replace(day=1)


def month_of(day: date) -> Period:
    return day.replace(day=1)


def shift(period: Period, months: int) -> Period:
    """So many months later, or earlier where `months` is negative."""
    years, month = divmod(period.year * 12 + period.month - 1 + months, 12)
    return date(years, month + 1, 1)


def months_between(earlier: date, later: date) -> int:
    """The difference of two calendar months; negative where `earlier` is the later one."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def span(first: Period, last: Period) -> list[Period]:
    """Every month from the first to the last, both included."""
    return [shift(first, months) for months in range(months_between(first, last) + 1)]
