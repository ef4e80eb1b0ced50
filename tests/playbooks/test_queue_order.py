"""The score of a queue and its reasons, as pure rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.queue import (
    NO_POINTS_RANK,
    SHIPPED,
    Bucket,
    Place,
    Reason,
    Standing,
    bucket_of,
    rank_of,
    reasons_of,
    week_end,
)
from tests.factories import TODAY


def standing(**fields: Any) -> Standing:
    usual: dict[str, Any] = {"cta_id": 1, "priority": 3, "due_on": TODAY, "arr": Decimal(0)}
    return Standing(**(usual | fields))


def score(each: Standing, weights: Any = SHIPPED, day: date = TODAY) -> int:
    return NO_POINTS_RANK - rank_of(each, weights, day=day)


def words(each: Standing, today: date = TODAY) -> str:
    reasons = reasons_of(each, SHIPPED, day=TODAY, today=today)
    return str(Place(reasons, rank_of(each, SHIPPED, day=TODAY)))


@pytest.mark.parametrize(
    ("fields", "points"),
    [
        pytest.param({"priority": 1}, 20 + 40, id="high priority"),
        pytest.param({"priority": 2}, 20 + 20, id="medium priority"),
        pytest.param({"priority": 3}, 20, id="low priority"),
        pytest.param({"due_on": TODAY - timedelta(days=14)}, 40, id="late for two weeks"),
        pytest.param({"due_on": TODAY - timedelta(days=13)}, 30, id="late for less"),
        pytest.param({"due_on": TODAY - timedelta(days=1)}, 30, id="late since yesterday"),
        pytest.param({"due_on": TODAY}, 20, id="due today"),
        pytest.param({"due_on": TODAY + timedelta(days=7)}, 10, id="due within a week"),
        pytest.param({"due_on": TODAY + timedelta(days=8)}, 0, id="due later"),
        pytest.param({"is_important": True}, 20 + 25, id="important"),
        pytest.param({"health_color": "Red"}, 20 + 15, id="Red health"),
        pytest.param({"health_color": "Yellow"}, 20 + 5, id="Yellow health"),
        pytest.param({"health_color": "Green"}, 20, id="Green health"),
        pytest.param({"arr": Decimal(250_000)}, 20 + 10, id="large ARR"),
        pytest.param({"arr": Decimal(50_000)}, 20 + 5, id="medium ARR"),
        pytest.param({"arr": Decimal("49999.99")}, 20, id="less ARR"),
        pytest.param({"renewal_on": TODAY + timedelta(days=60)}, 20 + 15, id="renewal near"),
        pytest.param({"renewal_on": TODAY + timedelta(days=61)}, 20 + 5, id="renewal ahead"),
        pytest.param({"renewal_on": TODAY + timedelta(days=121)}, 20, id="renewal far away"),
    ],
)
def test_points(fields: dict[str, Any], points: int) -> None:
    assert score(standing(**fields)) == points


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param(
            {
                "priority": 1,
                "due_on": TODAY - timedelta(days=2),
                "arr": Decimal(412_000),
                "health_color": "Red",
                "renewal_on": TODAY + timedelta(days=58),
            },
            "late 2 days +30 · high priority +40 · Red health +15 · $412k ARR +10"
            " · renewal in 58 days +15",
            id="all that can press",
        ),
        pytest.param({}, "due today +20 · low priority", id="health not known, no ARR"),
        pytest.param(
            {
                "due_on": TODAY + timedelta(days=9),
                "health_color": "Green",
                "renewal_on": TODAY + timedelta(days=150),
            },
            "due in 9 days · low priority · Green health · renewal in 150 days",
            id="what does not count is said without points",
        ),
        pytest.param(
            {"renewal_on": TODAY + timedelta(days=400)},
            "due today +20 · low priority",
            id="a renewal far away is not worth a word",
        ),
    ],
)
def test_words(fields: dict[str, Any], said: str) -> None:
    assert words(standing(**fields)) == said


def test_words_are_of_the_persons_day_and_points_of_the_day_that_orders_all() -> None:
    assert words(standing(), TODAY + timedelta(days=1)) == "late 1 day +20 · low priority"


def test_what_changed_since_it_was_ordered_is_said() -> None:
    place = Place((Reason("Red health", 15),), NO_POINTS_RANK - 20)
    assert str(place) == "Red health +15 (ordered by 20)"


STANDINGS = st.builds(
    Standing,
    cta_id=st.integers(1, 1_000_000),
    priority=st.sampled_from([1, 2, 3]),
    due_on=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    arr=st.decimals(0, 10_000_000, places=2),
    renewal_on=st.none() | st.dates(TODAY, date(2029, 12, 31)),
    health_color=st.sampled_from(["", "Red", "Yellow", "Green"]),
    is_important=st.booleans(),
)
POINTS = st.integers(0, 1_000)
WEIGHTS = st.builds(
    replace,
    st.just(SHIPPED),
    high_priority=POINTS,
    late=POINTS,
    red_health=POINTS,
    large_arr=POINTS,
    far_renewal=POINTS,
    far_renewal_days=st.integers(0, 1_000),
)


@given(STANDINGS, WEIGHTS, st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_the_points_in_words_are_the_score_that_orders(each: Any, weights: Any, day: date) -> None:
    reasons = reasons_of(each, weights, day=day, today=day)
    place = Place(reasons, rank_of(each, weights, day=day))
    said = [int(part.rpartition(" +")[2]) for part in str(place).split(" · ") if " +" in part]
    assert sum(said) == place.score == place.ordered_by
    assert place.is_current
    assert place.rank > 0


@given(STANDINGS, st.integers(0, 100))
def test_waiting_never_makes_it_press_less(each: Any, days: int) -> None:
    waiting = replace(each, renewal_on=None)
    assert score(waiting, day=TODAY + timedelta(days=days)) >= score(waiting)


@pytest.mark.parametrize(
    ("days", "is_back", "bucket"),
    [
        (-1, True, Bucket.OVERDUE),
        (0, True, Bucket.TODAY),
        (1, True, Bucket.BACK),
        (6, False, Bucket.WEEK),
        (7, False, Bucket.LATER),
    ],
)
def test_where_a_due_date_falls(days: int, *, is_back: bool, bucket: Bucket) -> None:
    due_on = TODAY + timedelta(days=days)  # today is a Monday
    assert bucket_of(due_on, is_back=is_back, today=TODAY) is bucket


@pytest.mark.parametrize(
    ("day", "sunday"),
    [(date(2026, 11, 16), 22), (date(2026, 11, 21), 22), (date(2026, 11, 22), 22)],
)
def test_a_week_ends_on_sunday(day: date, sunday: int) -> None:
    assert week_end(day) == date(2026, 11, sunday)
