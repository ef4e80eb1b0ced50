"""On which day something is due."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.business_days import add_business_days, due_on, is_business_day, local_day

FRIDAY = date(2026, 11, 13)
MONDAY = date(2026, 11, 16)


@pytest.mark.parametrize(
    ("start", "days", "country", "due"),
    [
        pytest.param(MONDAY, 0, "", MONDAY, id="none after a business day: that day"),
        pytest.param(date(2026, 11, 14), 0, "", MONDAY, id="none after a Saturday: the Monday"),
        pytest.param(FRIDAY, 1, "", MONDAY, id="the weekend does not count"),
        pytest.param(MONDAY, 5, "", date(2026, 11, 23), id="five are a week"),
        pytest.param(date(2026, 11, 25), 1, "US", date(2026, 11, 27), id="Thanksgiving is off"),
        pytest.param(date(2026, 11, 25), 1, "de", date(2026, 11, 26), id="but not in Germany"),
        pytest.param(date(2026, 12, 31), 1, "DE", date(2027, 1, 4), id="New Year's Day is off"),
        pytest.param(date(2026, 11, 11), 1, "IL", date(2026, 11, 12), id="a Thursday in Israel"),
        pytest.param(date(2026, 11, 12), 1, "IL", date(2026, 11, 15), id="then comes Sunday"),
        pytest.param(FRIDAY, 1, "ZZ", MONDAY, id="no such country: Monday to Friday"),
    ],
)
def test_business_days(start: date, days: int, country: str, due: date) -> None:
    assert due_on(start, days, in_business_days=True, country=country) == due


def test_calendar_days_count_every_day() -> None:
    assert due_on(FRIDAY, 2, in_business_days=False, country="US") == date(2026, 11, 15)


@given(
    st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(1, 60), st.sampled_from(["", "US"])
)
def test_one_business_day_more_is_later_and_a_business_day(
    start: date, days: int, country: str
) -> None:
    due = add_business_days(start, days, country)
    assert due >= start
    assert is_business_day(due, country)
    assert add_business_days(start, days + 1, country) > due


@pytest.mark.parametrize(
    ("zone", "day"),
    [("UTC", 16), ("Pacific/Auckland", 17), ("America/Los_Angeles", 16)],
)
def test_a_day_is_the_one_where_somebody_lives(zone: str, day: int) -> None:
    assert local_day(datetime(2026, 11, 16, 20, 0, tzinfo=UTC), zone) == date(2026, 11, day)
