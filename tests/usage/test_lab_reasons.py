"""Why a colour differs between two editions, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.editions import bands, edition, measure, use_case
from usage.lab.reasons import Side, why
from usage.lab.what_if import OVERALL
from usage.scoring.edition import Edition
from usage.scoring.scorecard import HealthGroup, Scorecard

BASE = edition(use_case("ci"), name="now")


def side(edition: Edition, **row: Any) -> Side:
    cells = {name.replace("__", ":").replace("_at_", "."): number for name, number in row.items()}
    return Side(edition, {"age": 12} | cells)


GREEN = {"value__ci_at_rate": 2.4, "points__ci_at_rate": 90.0, "score__ci": 90.0}
YELLOW = {"value__ci_at_rate": 2.4, "points__ci_at_rate": 60.0, "score__ci": 60.0}


def test_a_moved_threshold_is_told_with_the_value_and_both_bounds() -> None:
    draft = edition(use_case("ci", measure(bands=bands(1, 3))), name="then")
    assert why("ci", side(BASE, **GREEN), side(draft, **YELLOW)) == (
        "Rate 2.4: Green (Green > 2 · Red ≤ 1) → Yellow (Green > 3 · Red ≤ 1)"
    )


def test_another_formula_is_told_with_both_values() -> None:
    draft = edition(use_case("ci", measure(top=("mugs",))), name="then")
    after = YELLOW | {"value__ci_at_rate": 1.5}
    assert why("ci", side(BASE, **GREEN), side(draft, **after)).startswith("Rate 2.4 → 1.5: Green")


def test_a_value_that_is_not_known_any_more_is_na() -> None:
    after = side(BASE, value__ci_at_rate=None, points__ci_at_rate=None, score__ci=None)
    assert why("ci", side(BASE, **GREEN), after).startswith("Rate 2.4 → NA: Green")


def test_bounds_that_there_are_not_at_an_age_are_left_out() -> None:
    aged = edition(use_case("ci", measure(bands=bands(1, 2, age_from=24))), name="then")
    after = side(aged, value__ci_at_rate=2.4, points__ci_at_rate=None, score__ci=None)
    assert why("ci", side(BASE, **GREEN), after) == "Rate 2.4: Green (Green > 2 · Red ≤ 1) → NA"


def test_measures_that_come_and_go_are_named() -> None:
    draft = edition(use_case("ci", measure("users", is_share=True)), name="then")
    after = side(draft, value__ci_at_users=0.2, points__ci_at_users=20.0, score__ci=20.0)
    assert why("ci", side(BASE, **GREEN), after) == (
        "Users 20 % is new, Red; Rate counts no more, it was Green"
    )


def test_where_no_measure_moves_the_score_and_its_bounds_are_told() -> None:
    draft = replace(BASE, yellow_up_to=95)
    assert why("ci", side(BASE, **GREEN), side(draft, **GREEN)) == (
        "score 90 → 90; Green > 75 · Red ≤ 50 → Green > 95 · Red ≤ 50"
    )


@pytest.mark.parametrize(("one", "other"), [("ci", "scm"), ("scm", "ci")])
def test_a_component_that_one_edition_lacks_is_said_to_be_missing(one: str, other: str) -> None:
    lacking = {"ci": edition(use_case(one), name="a"), "scm": edition(use_case(other), name="b")}
    named = "b" if one == "ci" else "a"
    assert why("ci", side(lacking["ci"]), side(lacking["scm"])) == (
        f"edition {named} does not have it"
    )


def test_the_whole_names_the_components_that_move() -> None:
    before, after = side(BASE, **GREEN, score__comfort=90.0), side(BASE, **YELLOW)
    assert why(OVERALL, before, after) == "score 90 → NA; Ci Green → Yellow"


def test_the_whole_names_groups_of_health_that_move() -> None:
    group = HealthGroup("risk", "Risk", ())
    card = replace(BASE, scorecard=Scorecard((group,)))
    before = side(card, **GREEN, score__comfort=40.0, score__risk=20.0)
    after = side(BASE, **GREEN, score__comfort=90.0)
    assert why(OVERALL, before, after) == "score 40 → 90; Risk Red → NA"


def test_the_whole_names_weights_where_no_component_moves() -> None:
    before, after = (side(BASE, **GREEN, score__comfort=score) for score in (70.0, 76.0))
    assert why(OVERALL, before, after) == "score 70 → 76; other weights, points or bounds"
