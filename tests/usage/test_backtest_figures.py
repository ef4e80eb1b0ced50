"""A backtest's decisions: cases, what a warning said of them, figures, intervals, calibration, words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.usage.judged import (
    ASKED,
    JUDGED_IN,
    ON,
    RED,
    SIZE,
    WARM,
    case,
    report,
    standings,
    told,
)  # fmt: skip
from usage.lab.backtest import Alarm, Asked, Case, Standing, Target, measure
from usage.lab.backtest.bootstrap import Estimate, estimate, resampled
from usage.lab.backtest.calibration import calibrate, wilson
from usage.lab.backtest.cases import cases_of, periods_of
from usage.lab.backtest.figures import lift, precision, recall, tally
from usage.lab.backtest.judging import Judged, judge
from usage.periods import shift


# --- cases ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "of_churn", "of_loss"),
    [
        ("churned", True, True),
        ("contracted", False, True),
        ("renewed", False, False),
        ("expanded", False, False),
    ],
)
def test_what_a_loss_is_depends_on_what_is_asked(
    kind: str, *, of_churn: bool, of_loss: bool
) -> None:
    outcome = told(kind)
    assert [each.is_loss for each in cases_of([outcome], Target.CHURN)] == [of_churn]
    assert [each.is_loss for each in cases_of([outcome], Target.LOSS)] == [of_loss]


def test_what_a_month_brought_is_one_case_and_a_loss_in_it_decides() -> None:
    found = cases_of(
        [told("renewed", date(2026, 10, 2)), told("churned"), told("churned", date(2026, 10, 20))],
        Target.CHURN,
    )
    assert found == [Case(1, "SMB", ON, is_loss=True, lost=Decimal(200))]


def test_a_loss_takes_what_its_arr_fell_by() -> None:
    assert cases_of([told("contracted")], Target.LOSS)[0].lost == Decimal(60)
    assert cases_of([told("expanded")], Target.LOSS)[0].lost == Decimal(0)


def test_accounts_and_months_are_cases_of_their_own() -> None:
    outcomes = [told(account=2), told(), told("renewed", date(2025, 10, 14))]
    found = cases_of(outcomes, Target.CHURN)
    assert [(each.account_id, each.on.year) for each in found] == [(1, 2025), (1, 2026), (2, 2026)]


@pytest.mark.parametrize("on", [date(2026, 10, 1), ON, date(2026, 10, 31)])
@pytest.mark.parametrize("lead", [0, 3, 6, 9, 14])
def test_the_month_that_is_judged_was_over_so_long_before(on: date, lead: int) -> None:
    known_on = shift(case(on=on).judged_in(lead), 1)
    assert shift(known_on, lead) <= on
    assert shift(known_on, lead + 1) > on.replace(day=1)


def test_the_months_needed_reach_back_from_each_judged_one() -> None:
    found = periods_of([case()], [3], look_back=2)
    assert found == [date(2026, 5, 1), JUDGED_IN]


# --- warnings -------------------------------------------------------------------------------------
def judged_by(letters: str, alarm: Alarm = RED, *, is_loss: bool = True) -> Judged:
    """What is said of an account by the letters of its last months, "-" where there was no card."""
    months = [shift(JUDGED_IN, back) for back in range(1 - len(letters), 1)]
    known = {
        (1, month): Standing(None, letter)
        for month, letter in zip(months, letters, strict=True)
        if letter != "-"
    }
    (found,) = judge([case(is_loss=is_loss)], known, alarm, 3)
    return found


@pytest.mark.parametrize(
    ("letters", "warned", "since", "onsets"),
    [
        pytest.param("R", True, date(2026, 7, 1), 1, id="a month that is Red warns when it is over"),
        pytest.param("GRR", True, date(2026, 6, 1), 1, id="a warning stands since its first month"),
        pytest.param("RGR", True, date(2026, 7, 1), 2, id="what was Green between is another warning"),
        pytest.param("RNR", True, date(2026, 5, 1), 1, id="NA does not end a warning"),
        pytest.param("R-R", True, date(2026, 5, 1), 1, id="nor does a month without a card"),
        pytest.param("RRG", False, None, 1, id="a warning that is over is none"),
        pytest.param("Y", False, None, 0, id="Yellow is not Red"),
        pytest.param("RN", None, None, 1, id="NA is not known, whatever was before"),
        pytest.param("-", None, None, 0, id="without a card nothing is known"),
        pytest.param("R" * 20, True, date(2025, 8, 1), 1, id="no further back than a year"),
    ],
)  # fmt: skip
def test_what_the_months_said(
    letters: str, *, warned: bool | None, since: date | None, onsets: int
) -> None:
    found = judged_by(letters)
    assert (found.warned, found.since, len(found.onsets)) == (warned, since, onsets)


def test_yellow_warns_where_it_is_asked_for() -> None:
    assert judged_by("Y", WARM).warned is True


def test_days_ahead_are_from_the_begin_of_the_warning_to_the_outcome() -> None:
    assert judged_by("GRR").days_ahead == (ON - date(2026, 6, 1)).days
    assert judged_by("G").days_ahead is None


# --- figures --------------------------------------------------------------------------------------
books = st.lists(st.tuples(st.booleans(), st.sampled_from("RYGN")), max_size=30)


@given(books)
@settings(max_examples=60)
def test_figures_are_what_a_naive_count_says(book: list[tuple[bool, str]]) -> None:
    cases = [case(number, is_loss=is_loss) for number, (is_loss, _) in enumerate(book)]
    (found,) = report(cases, {n: letter for n, (_, letter) in enumerate(book)}).figures
    known = [(is_loss, letter == "R") for is_loss, letter in book if letter != "N"]
    lost, warned = sum(loss for loss, _ in known), sum(red for _, red in known)
    both = sum(loss and red for loss, red in known)
    assert found.precision.value == (both / warned if warned else None)
    assert found.recall.value == (both / lost if lost else None)
    assert found.tally.scored == len(known)
    assert found.tally.unknown == len(book) - len(known)
    assert found.tally.counts == (
        both,
        warned - both,
        lost - both,
        len(known) - lost - warned + both,
    )
    for each in (found.precision, found.recall):
        if each.value is not None:
            assert 0 <= each.low <= each.value <= each.high <= 1  # type: ignore[operator]
    if found.lift.value is not None:
        assert found.lift.low <= found.lift.value <= found.lift.high  # type: ignore[operator]


@given(st.lists(st.booleans(), min_size=2, max_size=30).filter(any))
@settings(max_examples=30)
def test_a_perfect_warning_is_always_right_and_misses_nothing(lost: list[bool]) -> None:
    cases = [case(number, is_loss=is_loss) for number, is_loss in enumerate(lost)]
    (found,) = report(cases, {n: "R" if loss else "G" for n, loss in enumerate(lost)}).figures
    assert found.precision == found.recall == Estimate(1.0, 1.0, 1.0)
    assert found.lift.value == pytest.approx(len(lost) / sum(lost))
    assert found.tally.arr_share == 1


def test_outcomes_that_are_dealt_anew_have_a_lift_near_one() -> None:
    chance = Random(7)  # noqa: S311
    letters = {number: chance.choice("RG") for number in range(400)}
    lifts = []
    for _ in range(20):
        lost = set(chance.sample(range(400), 120))
        cases = [case(number, is_loss=number in lost) for number in range(400)]
        counted = tally(list(judge(cases, standings(letters), RED, 3)))
        lifts.append(lift(*counted.counts) or 0)
    assert sum(lifts) / len(lifts) == pytest.approx(1, abs=0.05)


def test_a_warning_that_says_more_than_chance_is_told_from_one_that_does_not() -> None:
    chance = Random(3)  # noqa: S311
    lost = {number: chance.random() < 0.3 for number in range(200)}
    cases = [case(number, is_loss=is_loss) for number, is_loss in lost.items()]
    seen = {n: "R" if chance.random() < (0.7 if loss else 0.2) else "G" for n, loss in lost.items()}
    blind = {number: chance.choice("RG") for number in lost}
    assert report(cases, seen).figures[0].tells
    assert not report(cases, blind).figures[0].tells


def test_without_a_warning_there_is_no_precision_and_without_a_loss_no_recall() -> None:
    assert precision(0, 0, 3, 4) is None
    assert recall(0, 2, 0, 4) is None
    assert lift(0, 2, 0, 4) is None
    assert lift(0, 0, 2, 4) is None
    assert lift(0, 0, 0, 0) is None
    assert lift(2, 0, 2, 4) == 2


def test_what_has_no_score_is_counted_apart_and_is_not_red() -> None:
    (found,) = report([case(1), case(2), case(3, is_loss=False)], {1: "R", 2: "N"}).figures
    assert (found.tally.unknown, found.tally.unknown_losses) == (2, 1)
    assert (found.precision.value, found.recall.value) == (1, 1)


def test_arr_is_counted_apart_from_accounts() -> None:
    large = replace(case(1), lost=Decimal(900))
    (found,) = report([large, case(2)], {1: "R", 2: "G"}).figures
    assert (found.tally.arr_caught, found.tally.arr_missed) == (Decimal(900), Decimal(100))
    assert (found.recall.value, found.tally.arr_share) == (0.5, 0.9)


def test_cost_counts_each_begin_of_a_warning_once_for_an_account() -> None:
    months = {(1, shift(JUDGED_IN, -back)): Standing(None, "RGR"[back]) for back in range(3)}
    twice = [case(), case(on=date(2026, 9, 20))]
    counted = tally(list(judge(twice, months, RED, 3)))
    assert counted.ctas == 2
    assert counted.ctas_per_hit == 2
    assert tally([]).ctas_per_hit is None


def test_days_ahead_are_the_median_of_what_was_caught() -> None:
    (found,) = report([case(1), case(2, is_loss=False)], {1: "R", 2: "R"}).figures
    assert found.days_ahead == (ON - date(2026, 7, 1)).days
    assert report([case(1)], {1: "G"}).figures[0].days_ahead is None


def test_segments_are_figures_of_their_own() -> None:
    cases = [case(1), case(2, segment="Enterprise", is_loss=False), case(3, segment="")]
    found = report(cases, {1: "R", 2: "G", 3: "G"}, alarms=(RED, SIZE_IS_RED), by_segment=("red",))
    rows = [(each.alarm, each.segment, each.tally.scored) for each in found.figures]
    assert rows == [
        ("red", "", 3), ("size", "", 3), ("red", "none", 1), ("red", "Enterprise", 1), ("red", "SMB", 1),
    ]  # fmt: skip


SIZE_IS_RED = replace(SIZE, column=0)


def test_one_segment_is_all() -> None:
    assert len(report([case(1)], {1: "R"}, by_segment=("red",)).figures) == 1


def test_progress_is_told_by_lead() -> None:
    told_of: list[int] = []
    asked = Asked(leads=(3, 6), resamples=2)
    measure([case()], {}, [RED], asked, progress=told_of.append)
    assert told_of == [1, 2]


# --- intervals ------------------------------------------------------------------------------------
def test_the_same_cases_give_the_same_intervals_and_another_seed_others() -> None:
    counts = pl.DataFrame({"a": list(range(50))})
    once = resampled(counts, resamples=30, seed=1)
    assert once.equals(resampled(counts, resamples=30, seed=1))
    assert not once.equals(resampled(counts, resamples=30, seed=2))
    assert once.height == 30


def test_draws_are_as_large_as_what_they_are_drawn_from() -> None:
    ones = pl.DataFrame({"one": [1] * 40})
    assert set(resampled(ones, resamples=25, seed=5)["one"]) == {40}


def test_a_large_book_is_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usage.lab.backtest.bootstrap.ROWS_AT_ONCE", 100)
    ones = pl.DataFrame({"one": [1] * 40})
    assert resampled(ones, resamples=25, seed=5)["one"].to_list() == [40] * 25


def test_without_rows_there_are_no_draws() -> None:
    assert resampled(pl.DataFrame({"a": []}), resamples=5, seed=1).is_empty()


def test_an_interval_holds_its_figure_even_where_the_draws_do_not() -> None:
    assert estimate(0.9, [(0.1,), (0.2,)], lambda x: x) == Estimate(0.9, 0.1, 0.9)
    assert estimate(0.5, [(0.1,)], lambda x: None) == Estimate(0.5, 0.5, 0.5)
    assert estimate(None, [(0.1,)], lambda x: x) == Estimate()


def test_accounts_are_drawn_and_not_cases() -> None:
    """Ten renewals of one customer are no ten customers: nothing can be said of how sure that is."""
    cases = [case(1, on=shift(ON.replace(day=1), -12 * years)) for years in range(10)]
    known = {(1, each.judged_in(3)): Standing(1, "RG"[n % 2]) for n, each in enumerate(cases)}
    (found,) = measure(cases, known, [RED], ASKED).figures
    assert found.recall == Estimate(0.5, 0.5, 0.5)


# --- calibration ----------------------------------------------------------------------------------
def test_scores_fall_into_bins_and_100_into_the_last() -> None:
    scores = {1: 0.0, 2: 9.99, 3: 10.0, 4: 100.0, 5: None}
    cases = [case(number, is_loss=number == 1) for number in (*scores, 6)]
    known = {(n, JUDGED_IN): Standing(score, "G") for n, score in scores.items()}
    found = calibrate(cases, known, 3)
    assert [(b.lower, b.upper, b.count, b.losses) for b in found] == [
        (0, 10, 2, 1), (10, 20, 1, 0), (90, 100, 1, 0),
    ]  # fmt: skip
    assert found[0].mean_score == pytest.approx(4.995)
    assert found[0].rate.value == 0.5


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_of_a_share_holds_it_and_stays_within_0_and_1(pair: tuple[int, int]) -> None:
    part, whole = pair
    found = wilson(part, whole)
    assert 0 <= found.low <= part / whole <= found.high <= 1  # type: ignore[operator]


def test_an_interval_of_a_share_is_that_of_the_tables() -> None:
    found = wilson(14, 20)
    assert (round(found.low or 0, 3), round(found.high or 0, 3)) == (0.481, 0.855)
