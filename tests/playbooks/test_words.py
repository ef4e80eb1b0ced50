"""What changed, in words for the person who reads it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from playbooks.words import (
    begin_title,
    by_edition,
    drop_title,
    green_bound,
    other_bounds,
    state,
    stood,
)
from tests.editions import bands
from tests.scoring import shipped
from usage.scoring.edition import Band

EDITION = shipped("2025")


def said(component: str, *values: float | None, score: float | None = None, age: int = 20) -> str:
    use_case = EDITION.use_case(component)
    return state(use_case, score=score, values=values, age=age, edition=EDITION)


def test_titles() -> None:
    assert drop_title("CI", "Green", "Yellow") == "CI fell from Green to Yellow"
    assert begin_title("Security") == "Security has begun to be used"


@pytest.mark.parametrize(
    ("component", "value", "age", "sentence"),
    [
        pytest.param(
            "ci", 38, 20, "38 builds per billable user, Green is above 40", id="a rate, open bound"
        ),
        pytest.param(
            "user_engagement",
            0.61,
            20,
            "61 % of billable users active, Green is from 80 %",
            id="a share, closed bound",
        ),
        pytest.param(
            "license_utilization",
            0.4,
            4,
            "40 % of seats in use, Green is above 50 %",
            id="the bound of the account's age",
        ),
        pytest.param("license_utilization", 0.4, 1, "40 % of seats in use", id="an age without bounds"),
        pytest.param("ci", None, 20, "", id="nothing known: nothing said"),
        pytest.param(
            "ci", 39.96, 20, "39.96 builds per billable user, Green is above 40", id="just below, rounded up"
        ),
        pytest.param(
            "scm", 0.3298, 20, "32.98 % of billable users, Green is above 33 %", id="a share just below"
        ),
        pytest.param(
            "ci", 40, 20, "40 builds per billable user, Green is above 40", id="on the bound it is not above"
        ),
    ],
)  # fmt: skip
def test_state_of_a_component_with_one_measure(
    component: str, value: float | None, age: int, sentence: str
) -> None:
    assert said(component, value, age=age) == sentence


def test_the_score_of_several_measures_comes_first() -> None:
    assert said("cd", 0.035, 3.4, None, score=44) == (
        "score 44, Green is above 75; Users deploying 3.5 %; Deployments per user 3.4"
    )


def test_state_of_several_measures_without_a_score() -> None:
    assert said("cd", 0.035, None, None) == "Users deploying 3.5 %"


def test_a_bound_where_less_is_better() -> None:
    lower = (Band("Green", None, False, 5, True), *bands(5, 9)[1:2])  # noqa: FBT003 - a bound
    assert green_bound(lower, is_share=False) == "Green is up to 5"
    open_bound = (Band("Green", None, False, 5, False),)  # noqa: FBT003
    assert green_bound(open_bound, is_share=False) == "Green is below 5"


def test_a_bound_where_green_has_none() -> None:
    assert green_bound((), is_share=False) == ""
    assert green_bound((Band("Green", None, False, None, False),), is_share=False) == ""  # noqa: FBT003


@pytest.mark.parametrize(
    ("component", "ages", "sentence"),
    [
        pytest.param(
            "license_utilization",
            (9, 10),
            "other bounds hold at 10 months than at 9",
            id="other row",
        ),
        pytest.param("license_utilization", (10, 11), "", id="same row"),
        pytest.param("scm", (9, 10), "", id="one row for all ages"),
        pytest.param("cd", (9, 10), "", id="several measures"),
    ],
)
def test_bounds_that_an_age_brought(component: str, ages: tuple[int, int], sentence: str) -> None:
    before, now = ages
    said = other_bounds(EDITION.use_case(component), age_before=before, age=now)
    assert said == sentence


def test_how_long_a_fall_stood_and_what_caused_it() -> None:
    use_case = EDITION.use_case("ci")
    assert stood(use_case) == ""
    assert stood(replace(use_case, hold_months=2)) == "it has stood for 2 known months"
    assert by_edition("2025-b") == "caused by the change to edition 2025-b"
