"""A draft scored by what it shares with an edition and the rest gives what scoring all of it gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.scoring import BILLABLE, BUILDS, GIT, Inst, Snap, Sub, frames_of, shipped
from usage.lab import partial
from usage.scoring import Edition, Readings, candidates, frames, judge, score
from usage.scoring.edition import Composite
from usage.scoring.scorecard import Scorecard

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
MONTHS = [SEPTEMBER, OCTOBER]
BASE = shipped("2025")
ALL = tuple(use_case.code for use_case in BASE.use_cases)


def with_other(code: str) -> Edition:
    use_cases = tuple(
        replace(each, roll_up="primary") if each.code == code else each for each in BASE.use_cases
    )
    return replace(BASE, use_cases=use_cases)


def book(edition: Edition) -> Readings:
    return frames_of(
        edition,
        [Sub(1, 1, arr=10), Sub(2, 1, arr=30), Sub(3, 2), Sub(4, 3)],
        [Inst(1, 1), Inst(2, 2), Inst(3, 3), Inst(4, 3), Inst(5, 4, kind="Unknown")],
        [
            Snap(1, {BILLABLE: 50, GIT: 20, BUILDS: 2_400}),
            Snap(2, {BILLABLE: 80, GIT: 5, BUILDS: 100}),
            Snap(3, {BILLABLE: 90, GIT: 60}, SEPTEMBER),
            Snap(4, {BILLABLE: 40, GIT: 1, BUILDS: 4_000}, SEPTEMBER),
            Snap(5, {BILLABLE: 90, GIT: 60}),
        ],
    )


def scored(edition: Edition) -> pl.DataFrame:
    data = book(edition)
    return judge(candidates(data, edition), data.subscriptions, edition, MONTHS)


@pytest.mark.parametrize(
    ("draft", "codes"),
    [
        pytest.param(with_other("scm"), tuple(c for c in ALL if c != "scm"), id="one differs"),
        pytest.param(BASE, ALL, id="nothing differs"),
        pytest.param(
            replace(BASE, composites=(Composite("product", (("ci", 1.0),)),)), ALL, id="weights"
        ),
        pytest.param(replace(BASE, points=(20, 60, 90)), (), id="other points: nothing is shared"),
        pytest.param(replace(BASE, size_metric=GIT), (), id="another primary instance"),
        pytest.param(replace(BASE, scorecard=Scorecard(())), (), id="a scorecard"),
    ],
)
def test_what_is_shared(draft: Edition, codes: tuple[str, ...]) -> None:
    assert partial.shared(BASE, draft) == codes
    assert partial.shared(draft, BASE) == codes


def test_a_component_with_an_exit_margin_is_scored_again() -> None:
    use_cases = [replace(each, exit_margin=0.1 * (each.code == "scm")) for each in BASE.use_cases]
    same = replace(BASE, use_cases=tuple(use_cases))
    assert partial.shared(same, same) == tuple(code for code in ALL if code != "scm")


@pytest.mark.parametrize("code", [*ALL, "none of them"])
def test_the_rest_and_what_is_shared_give_the_whole(code: str) -> None:
    draft = with_other(code)
    codes = partial.shared(BASE, draft)
    data = book(draft)
    known = scored(BASE).select(partial.columns(codes))
    rest = partial.remainder(draft, codes)
    made = partial.completed(candidates(data, rest), known, rest, draft)
    whole = scored(draft)
    told = [
        *partial.columns(ALL),
        *(frames.score(composite.code) for composite in draft.composites),
        "use_cases_adopted",
    ]
    assert_frame_equal(made.select(told), whole.select(told))


def test_judging_candidates_gives_what_scoring_gives() -> None:
    whole = score(book(BASE), BASE, MONTHS).accounts
    found = scored(BASE)
    assert_frame_equal(found, whole.select(found.columns))
