"""On which day something is due. Pure: days in, days out."""

from __future__ import annotations

import zoneinfo
from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays

ONE_DAY = timedelta(days=1)
SATURDAY = 5


def local_day(now: datetime, time_zone: str = "UTC") -> date:
    """The day it is now where somebody lives."""
    return now.astimezone(zoneinfo.ZoneInfo(time_zone)).date()


def due_on(start: date, days: int, *, in_business_days: bool, country: str = "") -> date:
    """The day that comes so many days after the start."""
    if in_business_days:
        return add_business_days(start, days, country)
    return start + timedelta(days=days)


def add_business_days(start: date, days: int, country: str = "") -> date:
    """The business day that comes so many business days after a day; 0: that day or the next one."""
    day = start
    for _ in range(days):
        day = _first_business_day(day + ONE_DAY, country)
    return _first_business_day(day, country)


def is_business_day(day: date, country: str = "") -> bool:
    return day in _business_days(country.upper(), day.year)


def _first_business_day(day: date, country: str) -> date:
    while not is_business_day(day, country):
        day += ONE_DAY
    return day


@lru_cache(maxsize=256)
def _business_days(country: str, year: int) -> frozenset[date]:
    """A country's business days of a year; Monday to Friday where the country is not known."""
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    if country not in holidays.list_supported_countries():
        return frozenset(day for day in days if day.weekday() < SATURDAY)
    calendar = holidays.country_holidays(country, years=(year, year + 1))
    return frozenset(day for day in days if calendar.is_working_day(day))
