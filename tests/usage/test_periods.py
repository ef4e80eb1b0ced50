from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usage.errors import PeriodInvalid
from usage.periods import (
    format_period,
    month_of,
    months_between,
    parse_period,
    period_of,
    shift,
    span,
)

MAY = date(2026, 5, 1)
months = st.dates(date(1900, 1, 1), date(2200, 12, 31)).map(month_of)


def test_a_period_is_read_from_year_and_month() -> None:
    assert parse_period(" 2026-05 ") == MAY


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-5", "2026-13", "2026-00", "0000-01", "2026-05-01", "\u0662026-05", "x"],
)
def test_anything_else_is_not_a_period(text: str) -> None:
    with pytest.raises(PeriodInvalid):
        parse_period(text)


def test_a_moment_belongs_to_its_month_in_utc() -> None:
    in_tokyo = datetime(2026, 6, 1, 8, 59, tzinfo=timezone(timedelta(hours=9)))
    assert period_of(in_tokyo) == MAY
    assert period_of(datetime(2026, 5, 31, 23, 59, tzinfo=UTC)) == MAY


def test_shifting_crosses_years() -> None:
    assert shift(MAY, -5) == date(2025, 12, 1)
    assert shift(MAY, 8) == date(2027, 1, 1)


def test_months_between_two_days_count_calendar_months() -> None:
    assert months_between(date(2025, 12, 31), date(2026, 1, 1)) == 1
    assert months_between(date(2026, 5, 1), date(2026, 5, 31)) == 0


def test_a_span_holds_both_ends() -> None:
    assert span(date(2025, 12, 1), date(2026, 2, 1)) == [
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    ]
    assert span(MAY, shift(MAY, -1)) == []


@given(months)
def test_a_written_period_reads_back(period: date) -> None:
    assert parse_period(format_period(period)) == period


@given(months, st.integers(-600, 600))
def test_a_shift_is_undone_by_its_opposite(period: date, by: int) -> None:
    assert shift(shift(period, by), -by) == period
    assert months_between(period, shift(period, by)) == by
