"""How much more usage reaches the next band: exactly so much, and one less does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.editions import edition, measure, use_case
from tests.generated import bands as any_bands
from tests.scoring import (
    ALL_SCANS,
    BILLABLE,
    BUILDS,
    DEPLOYING,
    DEPLOYMENTS,
    FAILED,
    GIT,
    SUCCESSFUL,
    Inst,
    Row,
    Snap,
    Sub,
    account,
    judged,
    shipped,
)
from usage.lab.roadmap import Lane, Way, roadmap, value_after
from usage.scoring.edition import Band, Term

EDITION = shipped("2025")


def lanes(row: Row) -> dict[str, Lane]:
    return {lane.code: lane for lane in roadmap(row.evidence, row.edition)}


def nearest(row: Row, code: str) -> Way:
    way = lanes(row)[code].nearest
    assert way is not None
    return way


def usage(**more: float) -> dict[str, float | None]:
    names = {"git": GIT, "builds": BUILDS, "deploying": DEPLOYING, "deployments": DEPLOYMENTS}
    return {BILLABLE: 550, **{names[name]: value for name, value in more.items()}}


def test_a_value_says_how_much_reaches_yellow_and_green() -> None:
    way = nearest(judged(EDITION, usage(git=50)), "scm")
    assert way.text == "6 more → Yellow, 132 more → Green"
    assert (way.score, way.after, way.level) == (63, "Yellow", "basic")
    assert way.effort == pytest.approx(6 / 56)


def test_the_nearest_measure_is_the_one_that_lacks_the_smallest_share() -> None:
    lane = lanes(judged(EDITION, usage(deploying=14, deployments=900)))["cd"]
    assert [way.measure for way in lane.ways] == ["deployments_per_user", "deploying_users"]
    assert [way.text.split(",")[0] for way in lane.ways] == [
        "200 more → Yellow",
        "14 more → Yellow",
    ]
    assert lane.stuck == ("Successful deployments is NA",)
    assert (lane.color, lane.level, lane.next_level) == ("Red", "minimum", "basic")


def test_only_use_cases_have_lanes() -> None:
    assert list(lanes(judged(EDITION, usage()))) == ["scm", "ci", "cd", "security"]


def test_a_green_use_case_has_no_way_to_go() -> None:
    lane = lanes(judged(EDITION, usage(git=550)))["scm"]
    assert (lane.color, lane.nearest, lane.next_level, lane.stuck) == ("Green", None, "", ())


def test_an_na_use_case_says_what_is_missing() -> None:
    lane = lanes(judged(EDITION, usage()))["scm"]
    assert (lane.level, lane.next_level, lane.nearest) == ("", "", None)
    assert lane.reason == f"not reported: {GIT}"


def test_kinds_are_counted_up_to_as_many_as_there_are() -> None:
    scans = dict.fromkeys(ALL_SCANS, 0) | {ALL_SCANS[0]: 4}
    way = next(
        way
        for way in lanes(judged(EDITION, {**usage(), **scans}))["security"].ways
        if way.measure == "scanner_types"
    )
    assert (way.text, way.is_count_of_kinds) == ("1 more → Yellow, 2 more → Green", True)
    few = measure(bottom=(), numerator=Term("count_positive", ("a", "b")))
    row = judged(edition(use_case("brewing", few)), {"guests": 1, "a": 1, "b": 1})
    assert lanes(row)["brewing"].stuck == (
        "Rate stays Yellow: more of it alone does not reach the next band",
    )


def test_what_counts_in_both_terms_moves_both() -> None:
    row = judged(EDITION, {**usage(), SUCCESSFUL: 80, FAILED: 40})
    assert nearest(row, "cd").text == "81 more → Green"


def test_lower_is_better_says_less() -> None:
    low = (
        Band("Green", None, False, 1, True),  # noqa: FBT003
        Band("Yellow", 1, False, 2, True),  # noqa: FBT003
        Band("Red", 2, False, None, False),  # noqa: FBT003
    )
    row = judged(edition(use_case("brewing", measure(bands=low))), {"cups": 35, "guests": 10})
    assert nearest(row, "brewing").text == "15 less → Yellow, 25 less → Green"


def test_a_colour_that_is_jumped_over_is_left_out() -> None:
    narrow = (
        Band("Red", None, False, 1, False),  # noqa: FBT003
        Band("Yellow", 1, True, 1.1, False),  # noqa: FBT003
        Band("Green", 1.1, True, None, False),  # noqa: FBT003
    )
    row = judged(edition(use_case("brewing", measure(bands=narrow))), {"cups": 1, "guests": 3})
    assert nearest(row, "brewing").text == "2 more → Yellow, 3 more → Green"
    row = judged(edition(use_case("brewing", measure(bands=narrow))), {"cups": 0, "guests": 0.4})
    assert nearest(row, "brewing").text == "1 more → Green"


def test_a_value_is_moved_through_the_installation_that_needs_least() -> None:
    subs = [Sub(1, arr=9_000), Sub(2, arr=1_000)]
    insts = [Inst(1, 1), Inst(2, 2)]
    snaps = [Snap(1, {BILLABLE: 1_000, GIT: 50}), Snap(2, {BILLABLE: 100, GIT: 5})]
    way = nearest(account(EDITION, subs, insts, snaps), "scm")
    assert (way.instance, way.steps[0].amount) == ("I1", 56)


def test_scores_are_moved_by_a_measure_of_one_installation() -> None:
    subs = [Sub(1, arr=1_000), Sub(2, arr=1_000, plan="Premium")]
    scans = dict.fromkeys(ALL_SCANS, 0) | {BILLABLE: 100}
    snaps = [Snap(1, scans), Snap(2, scans)]
    lane = lanes(account(EDITION, subs, [Inst(1, 1), Inst(2, 2)], snaps))["security"]
    assert {way.instance for way in lane.ways} == {"I1"}


def test_an_installation_without_a_colour_weighs_nothing_in_the_score_after() -> None:
    brewing = use_case("brewing", measure(zero_denominator_is_na=True), roll_up="score")
    snaps = [Snap(1, {"cups": 1, "guests": 3}), Snap(2, {"cups": 1, "guests": 0})]
    subs = [Sub(1, arr=1_000), Sub(2, arr=9_000)]
    way = nearest(account(edition(brewing), subs, [Inst(1, 1), Inst(2, 2)], snaps), "brewing")
    assert (way.instance, way.after, way.score) == ("I1", "Yellow", 60)


def test_nothing_is_said_of_a_value_that_no_band_holds_yet() -> None:
    late = tuple(replace(band, age_from=99) for band in measure().bands)
    for roll_up in ("value", "score"):
        brewing = use_case("brewing", measure(bands=late), roll_up=roll_up)
        row = judged(edition(brewing), {"cups": 1, "guests": 3})
        assert (lanes(row)["brewing"].ways, lanes(row)["brewing"].stuck) == ((), ())


def test_without_a_denominator_or_a_known_one() -> None:
    plain = measure(bottom=())
    assert value_after(plain, 3, None, 2) == 5
    assert value_after(plain, None, None, 2) is None
    assert value_after(measure(), 3, None, 2) is None
    assert value_after(measure(), 3, 0, 2) == 0
    assert value_after(measure(zero_denominator_is_na=True), 3, 0, 2) is None


def test_nothing_reaches_a_ratio_of_nothing() -> None:
    row = judged(edition(use_case("brewing")), {"cups": 0, "guests": 0})
    assert lanes(row)["brewing"].ways == ()


def test_a_sum_without_denominators_adds_up() -> None:
    brewing = use_case("brewing", measure(bottom=()), roll_up="sum")
    subs = [Sub(1), Sub(2)]
    snaps = [Snap(1, {"cups": 0.5, "guests": 1}), Snap(2, {"cups": 0.25, "guests": 1})]
    row = account(edition(brewing), subs, [Inst(1, 1), Inst(2, 2)], snaps)
    assert nearest(row, "brewing").text == "1 more → Yellow, 2 more → Green"


def test_what_is_na_for_a_sum_is_stuck() -> None:
    never = measure(zero_denominator_is_na=True)
    brewing = use_case("brewing", never, measure("other", top=("pots",)), roll_up="sum")
    row = judged(edition(brewing), {"cups": 1, "guests": 0, "pots": 1})
    assert lanes(row)["brewing"].stuck == (
        "Rate is NA",
        "Other stays Red: more of it alone does not reach the next band",
    )


@pytest.mark.parametrize("roll_up", ["value", "score"])
def test_less_of_all_there_is_leaves_nothing_to_judge(roll_up: str) -> None:
    low = (
        Band("Green", None, False, 0.5, True),  # noqa: FBT003
        Band("Red", 0.5, False, None, False),  # noqa: FBT003
    )
    share = measure(top=("cups",), bottom=("cups", "pots"), bands=low, zero_denominator_is_na=True)
    brewing = use_case("brewing", share, roll_up=roll_up)
    row = judged(edition(brewing), {"cups": 3, "pots": 0, "guests": 1})
    assert lanes(row)["brewing"].ways == ()


def test_the_next_level_is_the_one_above() -> None:
    lane = lanes(judged(EDITION, usage(git=100)))["scm"]
    assert (lane.level, lane.next_level) == ("basic", "intermediate")


# --- Any bands, any roll-up, any book ----------------------------------------------------------------

WORTH = {"Red": 0, "Yellow": 1, "Green": 2}


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Any, list[Sub], list[Inst], list[Snap]]:
    measures = [
        measure(f"x{n}", top=(f"t{n}",), bottom=draw(st.sampled_from([("guests",), ()])),
                bands=draw(any_bands()), zero_denominator_is_na=draw(st.booleans()))
        for n in range(draw(st.integers(1, 2)))
    ]  # fmt: skip
    roll_up = draw(st.sampled_from(("value", "score", "primary", "sum")))
    made = edition(use_case("brewing", *measures, roll_up=roll_up))
    count = draw(st.integers(1, 3))
    arr = st.sampled_from((0.0, 0.1, 333.33, 70_000.0))
    subs = [Sub(n, arr=draw(arr), since=date(2025, 1, 1)) for n in range(1, count + 1)]
    insts = [Inst(n, n) for n in range(1, count + 1)]
    number = st.one_of(st.none(), st.integers(0, 40))
    snaps = [
        Snap(n, {"guests": draw(number), "t0": draw(number), "t1": draw(number)})
        for n in range(1, count + 1)
    ]
    return made, subs, insts, snaps


@settings(max_examples=60)
@given(worlds())
def test_so_much_reaches_the_band_and_one_less_does_not(
    world: tuple[Any, list[Sub], list[Inst], list[Snap]],
) -> None:
    made, subs, insts, snaps = world

    def color(way: Way, more: int) -> str:
        key = f"t{way.measure[1:]}"
        moved = [
            Snap(snap.instance, {**snap.metrics, key: (snap.metrics[key] or 0) + more})
            if f"I{snap.instance}" == way.instance
            else snap
            for snap in snaps
        ]
        evidence = account(made, subs, insts, moved).evidence
        place = int(way.measure[1:])
        if made.use_cases[0].roll_up != "score":
            return str(evidence["measures"][place][1])
        row = next(row for row in evidence["rows"] if row["instance"] == way.instance)
        return str(row["measures"][place][3])

    letters = {"R": 0, "Y": 1, "G": 2}
    for way in lanes(account(made, subs, insts, snaps))["brewing"].ways:
        sign = -1 if way.is_less else 1
        assert way.value is not None
        for step in way.steps:
            assert letters[color(way, sign * step.amount)] >= WORTH[step.color]
            assert letters[color(way, sign * (step.amount - 1))] < WORTH[step.color]
