"""The order of a queue and its reasons, as pure rules."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.queue import Standing, week_end, why_here
from tests.factories import TODAY


def standing(**fields: Any) -> Standing:
    usual: dict[str, Any] = {"cta_id": 1, "priority": 2, "due_on": TODAY, "arr": Decimal(100_000)}
    return Standing(**(usual | fields))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param({"priority": 1, "due_on": TODAY + timedelta(days=9)}, {}, id="priority first"),
        pytest.param({"due_on": TODAY - timedelta(days=1), "arr": Decimal(1)}, {}, id="then due"),
        pytest.param({"arr": Decimal(100_001), "cta_id": 9}, {}, id="then the heavier account"),
        pytest.param({}, {"cta_id": 2}, id="then the older one"),
    ],
)
def test_order(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert standing(**first).order < standing(**second).order


STANDINGS = st.builds(
    Standing,
    cta_id=st.integers(1, 1_000_000),
    priority=st.sampled_from([1, 2, 3]),
    due_on=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    arr=st.decimals(0, 10_000_000, places=2),
    renewal_on=st.none() | st.dates(TODAY, date(2029, 12, 31)),
    health_color=st.sampled_from(["", "Red", "Yellow", "Green"]),
)


@given(st.lists(STANDINGS, unique_by=lambda each: each.cta_id), st.randoms())
def test_the_order_does_not_depend_on_the_order_of_input(standings: Any, chance: Any) -> None:
    shuffled = list(standings)
    chance.shuffle(shuffled)
    assert sorted(shuffled, key=lambda each: each.order) == sorted(
        standings, key=lambda each: each.order
    )


@given(STANDINGS, st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_reasons_are_never_empty(each: Standing, today: date) -> None:
    assert all(why_here(each, today=today).split(" · "))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        pytest.param(
            {
                "priority": 1,
                "due_on": TODAY - timedelta(days=2),
                "arr": Decimal(412_000),
                "health_color": "Red",
                "renewal_on": TODAY + timedelta(days=58),
            },
            "late 2 days · high priority · Red health · $412k ARR · renewal in 58 days",
            id="all that can press",
        ),
        pytest.param(
            {"arr": Decimal(0)}, "due today · medium priority", id="health not known, no ARR"
        ),
        pytest.param(
            {"due_on": TODAY + timedelta(days=1), "renewal_on": TODAY + timedelta(days=400)},
            "due tomorrow · medium priority · $100k ARR",
            id="a renewal far away does not press",
        ),
        pytest.param(
            {"due_on": TODAY - timedelta(days=1), "priority": 3, "renewal_on": TODAY},
            "late 1 day · low priority · $100k ARR · renewal today",
            id="one day late",
        ),
    ],
)
def test_why_here(fields: dict[str, Any], words: str) -> None:
    assert why_here(standing(**fields), today=TODAY) == words


@pytest.mark.parametrize(
    ("day", "sunday"),
    [(date(2026, 11, 16), 22), (date(2026, 11, 21), 22), (date(2026, 11, 22), 22)],
)
def test_a_week_ends_on_sunday(day: date, sunday: int) -> None:
    assert week_end(day) == date(2026, 11, sunday)
