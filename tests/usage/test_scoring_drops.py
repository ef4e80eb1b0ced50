"""Drops: against the newest known colour of the two preceding months."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.editions import edition, measure, use_case
from tests.scoring import Snap, run
from usage.periods import shift

RATES = {"G": 3.0, "Y": 1.5, "R": 0.5, "-": None}
FIRST = date(2026, 3, 1)


def drops(colors: str) -> list[dict[str, Any]]:
    """Of an account whose one component has these colours from month to month; - is NA."""
    snaps = [
        Snap(1, {"guests": 100, "cups": None if rate is None else rate * 100}, shift(FIRST, month))
        for month, rate in enumerate(map(RATES.__getitem__, colors))
    ]
    periods = [shift(FIRST, month) for month in range(len(colors))]
    return list(run(edition(), snaps=snaps, periods=periods).drops.iter_rows(named=True))


@pytest.mark.parametrize(
    ("colors", "changes"),
    [
        pytest.param("GY", ["1 Green>Yellow"], id="Green to Yellow is a drop"),
        pytest.param("GR", ["1 Green>Red"], id="Green to Red is a drop"),
        pytest.param("YR", ["1 Yellow>Red"], id="Yellow to Red is a drop"),
        pytest.param("GGG", [], id="the same colour is none"),
        pytest.param("RYG", [], id="a rise is none"),
        pytest.param("GYR", ["1 Green>Yellow", "2 Yellow>Red"], id="each fall is one"),
        pytest.param("GYY", ["1 Green>Yellow"], id="to stay down is no new drop"),
        pytest.param("G-Y", ["2 Green>Yellow"], id="a gap of one month is looked across"),
        pytest.param("G--Y", [], id="three months apart is none"),
        pytest.param(
            "GY-Y", ["1 Green>Yellow"], id="the newest known colour decides, across a gap"
        ),
        pytest.param("GYG", ["1 Green>Yellow"], id="the newest known colour decides, not the best"),
        pytest.param("RGR", ["2 Green>Red"], id="a rise in between is where it falls from"),
        pytest.param("G-", [], id="NA now is none"),
        pytest.param("-Y", [], id="NA before is none"),
        pytest.param("--", [], id="NA twice is none"),
        pytest.param("Y", [], id="the first month is none"),
    ],
)
def test_a_drop(colors: str, changes: list[str]) -> None:
    found = [
        f"{(drop['period'].month - FIRST.month)} {drop['from_color']}>{drop['to_color']}"
        for drop in drops(colors)
    ]
    assert found == changes


def test_a_drop_names_month_and_value_on_both_sides() -> None:
    (drop,) = drops("G-R")
    assert drop == {
        "account_id": 1,
        "period": date(2026, 5, 1),
        "component": "brewing",
        "from_color": "Green",
        "to_color": "Red",
        "from_period": date(2026, 3, 1),
        "from_value": 3.0,
        "to_value": 0.5,
        "repeats": None,
    }


def test_the_value_of_a_component_with_several_measures_is_its_score() -> None:
    pair = use_case("brewing", measure("rate"), measure("spoons", ["spoons"]), roll_up="score")
    snaps = [
        Snap(1, {"guests": 1, "cups": 9, "spoons": 9}, date(2026, 9, 1)),
        Snap(1, {"guests": 1, "cups": 0, "spoons": 9}, date(2026, 10, 1)),
    ]
    periods = [date(2026, 9, 1), date(2026, 10, 1)]
    (drop,) = run(edition(pair), snaps=snaps, periods=periods).drops.iter_rows(named=True)
    assert (drop["from_value"], drop["to_value"]) == (90, 55)


def test_a_value_that_is_na_on_the_card_does_not_hide_the_older_one() -> None:
    """The month before is known by its colour: its value belongs to it, also where that is the score."""
    (drop,) = drops("YG-Y")[-1:]
    assert (drop["from_period"], drop["from_value"]) == (date(2026, 4, 1), 3.0)
