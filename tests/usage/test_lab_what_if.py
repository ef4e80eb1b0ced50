"""Two sets of verdicts compared: every account month counts once, and the other way round is the mirror image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.editions import edition, use_case
from tests.scoring import BILLABLE, GIT, Inst, Snap, Sub, frames_of, shipped
from usage.lab import what_if as lab
from usage.lab.what_if import NA, OVERALL, Part, Shift
from usage.scoring import candidates, judge

AUGUST, SEPTEMBER, OCTOBER = date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)
MONTHS = (AUGUST, SEPTEMBER, OCTOBER)
WORDS = {"G": "Green", "Y": "Yellow", "R": "Red", "N": None}
PARTS = (Part("ci", "CI"), Part(OVERALL, "Overall"))
TWO = edition(use_case("ci"), use_case("scm"))

Letters = Mapping[tuple[int, date], str]


def verdicts(letters: Letters) -> pl.DataFrame:
    """By account and month two letters: the colour of CI and of the whole."""
    rows = sorted(letters.items())
    color = pl.Series([WORDS[text[0]] for _, text in rows], dtype=lab.COLOR)
    whole = pl.Series([WORDS[text[1]] for _, text in rows], dtype=lab.COLOR)
    columns = {
        "account_id": pl.Series([key[0] for key, _ in rows], dtype=pl.Int64),
        "period": pl.Series([key[1] for key, _ in rows], dtype=pl.Date),
        "color:ci": color,
        "color:overall": whole,
        "use_cases_adopted": pl.Series(
            [None if text[0] == "N" else int(text[0] == "G") for _, text in rows], dtype=pl.Int32
        ),
        "reach": pl.Series(["-" if text[0] == "N" else "1" for _, text in rows], dtype=pl.String),
    }
    return pl.DataFrame(columns)


def compared(before: Letters, after: Letters) -> pl.DataFrame:
    return lab.paired(verdicts(before), verdicts(after))


def counts(before: Letters, after: Letters) -> dict[tuple[str, str], int]:
    matrix, _ = lab.matrices(compared(before, after), PARTS)
    return dict(matrix.counts)


quick = settings(max_examples=40)


# --- Properties ------------------------------------------------------------------------------------

KEYS = [(account, month) for account in (1, 2, 3) for month in MONTHS]
LETTERS = st.lists(
    st.tuples(st.sampled_from("GYRN"), st.sampled_from("GYRN")).map("".join),
    min_size=len(KEYS),
    max_size=len(KEYS),
).map(lambda texts: dict(zip(KEYS, texts, strict=True)))


@quick
@given(before=LETTERS, after=LETTERS)
def test_every_matrix_sums_to_accounts_times_months(before: Letters, after: Letters) -> None:
    for matrix in lab.matrices(compared(before, after), PARTS):
        assert matrix.total == len(KEYS)
        ways = (lab.SAME, lab.WORSE, lab.BETTER, lab.LOST, lab.GAINED)
        assert sum(map(matrix.going, ways)) == matrix.total
        assert sum(cell.count for _, cells in matrix.rows for cell in cells) == matrix.total


@quick
@given(before=LETTERS, after=LETTERS)
def test_swapped_the_movement_is_the_other_way_round(before: Letters, after: Letters) -> None:
    there, back = counts(before, after), counts(after, before)
    assert back == {(b, a): count for (a, b), count in there.items()}
    assert lab.health(compared(before, after)) == tuple(
        Shift(shift.state, shift.after, shift.before)
        for shift in lab.health(compared(after, before))
    )


@quick
@given(letters=LETTERS)
def test_the_same_verdicts_move_nobody(letters: Letters) -> None:
    pairs = compared(letters, letters)
    assert [matrix.moved for matrix in lab.matrices(pairs, PARTS)] == [0, 0]
    assert lab.moves(pairs, PARTS).is_empty()


@quick
@given(before=LETTERS, after=LETTERS)
def test_who_moves_is_who_the_matrix_counts(before: Letters, after: Letters) -> None:
    pairs = compared(before, after)
    moved = lab.moves(pairs, PARTS)
    for matrix in lab.matrices(pairs, PARTS):
        rows = moved.filter(pl.col("part") == matrix.part.code)
        assert rows["months"].sum() == matrix.moved


# --- Movements -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        pytest.param("Green", "Green", lab.SAME, id="nothing moves"),
        pytest.param("Green", "Red", lab.WORSE, id="down"),
        pytest.param("Red", "Yellow", lab.BETTER, id="up"),
        pytest.param("Red", NA, lab.LOST, id="to NA is no betterment"),
        pytest.param(NA, "Red", lab.GAINED, id="from NA is no worsening"),
        pytest.param(NA, NA, lab.SAME, id="NA stays"),
    ],
)
def test_which_way_a_state_goes(before: str, after: str, way: str) -> None:
    assert lab.direction(before, after) == way


def test_a_matrix_lists_all_states_best_first() -> None:
    matrix, _ = lab.matrices(compared({(1, OCTOBER): "GG"}, {(1, OCTOBER): "YG"}), PARTS)
    assert [state for state, _ in matrix.rows] == ["Green", "Yellow", "Red", NA]
    assert matrix.rows[0][1][1] == lab.Cell(1, lab.WORSE)
    assert matrix.count("Green", "Yellow") == 1


def test_a_component_that_one_edition_lacks_is_na_there() -> None:
    (matrix,) = lab.matrices(
        compared({(1, OCTOBER): "GG"}, {(1, OCTOBER): "GG"}), [Part("cd", "CD")]
    )
    assert matrix.counts == {(NA, NA): 1}


def test_the_newest_move_is_told_and_how_many_there_are() -> None:
    before = dict.fromkeys([(1, month) for month in MONTHS], "GG")
    after = {(1, AUGUST): "RG", (1, SEPTEMBER): "YG", (1, OCTOBER): "GG"}
    (row,) = lab.moves(compared(before, after), PARTS).iter_rows(named=True)
    assert row == {
        "account_id": 1, "part": "ci", "period": SEPTEMBER, "before": "Green", "after": "Yellow",
        "months": 2,
    }  # fmt: skip


def test_only_months_that_both_judged_are_compared() -> None:
    pairs = compared({(1, OCTOBER): "GG"}, {(1, SEPTEMBER): "RR", (1, OCTOBER): "YG"})
    assert pairs["period"].to_list() == [OCTOBER]


def test_parts_are_the_drafts_then_those_that_only_the_base_has_then_the_whole() -> None:
    draft = edition(use_case("scm"), use_case("ci", name="Continuous integration"))
    base = edition(use_case("ci"), use_case("cd"))
    assert lab.parts([base], draft) == (
        Part("scm", "Scm"),
        Part("ci", "Continuous integration"),
        Part("cd", "Cd"),
        Part(OVERALL, "Overall"),
    )


# --- Distributions ---------------------------------------------------------------------------------


def test_health_is_counted_by_state_before_and_after() -> None:
    before = {(1, OCTOBER): "GG", (2, OCTOBER): "GG", (3, OCTOBER): "GN"}
    after = {(1, OCTOBER): "GG", (2, OCTOBER): "GR", (3, OCTOBER): "GN"}
    assert lab.health(compared(before, after)) == (
        Shift("Green", 2, 1), Shift("Yellow", 0, 0), Shift("Red", 0, 1), Shift(NA, 1, 1),
    )  # fmt: skip
    assert Shift("Green", 2, 1).change == -1


def test_adoption_is_counted_from_no_use_case_to_the_most_with_na_at_the_end() -> None:
    before = {(1, OCTOBER): "GG", (2, OCTOBER): "RG", (3, OCTOBER): "NG"}
    after = {(1, OCTOBER): "RG", (2, OCTOBER): "RG", (3, OCTOBER): "NG"}
    assert lab.adoption(compared(before, after)) == (
        Shift("0", 1, 2), Shift("1", 1, 0), Shift(NA, 1, 1),
    )  # fmt: skip


def test_without_accounts_there_is_nobody_with_no_use_case() -> None:
    nobody = compared({}, {})
    assert lab.adoption(nobody) == (Shift("0", 0, 0), Shift(NA, 0, 0))


def test_segments_are_told_in_their_order_with_who_moves_in_them() -> None:
    before = dict.fromkeys([(account, OCTOBER) for account in (1, 2, 3)], "GG")
    after = before | {(2, OCTOBER): "YR"}
    segments = pl.DataFrame({"account_id": [1, 2, 3], "segment": ["Scale", "Enterprise", "Scale"]})
    found = list(lab.by_segment(compared(before, after), segments, PARTS))
    assert [(each.segment, each.accounts, each.moved) for each in found] == [
        ("Enterprise", 1, 1),
        ("Scale", 2, 0),
    ]
    assert found[0].health[2] == Shift("Red", 0, 1)


# --- What triggers see -----------------------------------------------------------------------------


def judged(*texts: tuple[int, date, str]) -> pl.DataFrame:
    """Verdicts of two components by the digits of their reach."""
    return pl.DataFrame(
        list(texts),
        schema={"account_id": pl.Int64, "period": pl.Date, "reach": pl.String},
        orient="row",
    )


def test_drops_are_those_of_the_month_against_the_newest_known_before() -> None:
    one = edition(use_case("ci"))
    found = lab.drops(
        verdicts(
            {
                (1, AUGUST): "GG", (1, SEPTEMBER): "NG", (1, OCTOBER): "RG",
                (2, SEPTEMBER): "GG", (2, OCTOBER): "GG",
                (3, AUGUST): "GG", (3, SEPTEMBER): "RG", (3, OCTOBER): "RG",
            }
        ),
        one,
        OCTOBER,
    )  # fmt: skip
    assert found.select(
        "account_id", "component", "from_color", "to_color", "from_period"
    ).rows() == [(1, "ci", "Green", "Red", AUGUST)]


@pytest.mark.parametrize(("september", "falls"), [("GG", []), ("RR", ["Green"])])
def test_a_color_that_must_hold_is_followed_as_in_scoring(september: str, falls: list[str]) -> None:
    one = edition(use_case("ci", hold_months=2))
    months = {(1, AUGUST): "GG", (1, SEPTEMBER): september, (1, OCTOBER): "RR"}
    assert lab.drops(verdicts(months), one, OCTOBER)["from_color"].to_list() == falls


@pytest.mark.parametrize(("margin", "falls"), [(0.0, ["scm"]), (0.1, ["scm"]), (0.2, [])])
def test_a_margin_is_granted_as_in_scoring(margin: float, falls: list[str]) -> None:
    """Git operations of 50 and 20 of 100 users: Green is above 0.33, and 0.13 below that is Yellow."""
    plain = shipped("2025")
    parts = [
        replace(each, exit_margin=margin if each.code == "scm" else 0.0) for each in plain.use_cases
    ]
    draft = replace(plain, use_cases=tuple(parts))
    snaps = [
        Snap(metrics={BILLABLE: 100, GIT: 20}),
        Snap(metrics={BILLABLE: 100, GIT: 50}, period=SEPTEMBER),
    ]
    data = frames_of(draft, [Sub()], [Inst()], snaps)
    scores = judge(candidates(data, draft), data.subscriptions, draft, [SEPTEMBER, OCTOBER])
    made = lab.verdicts(scores, draft)
    assert made.schema == lab.nothing_judged(draft).schema
    assert lab.drops(made, draft, OCTOBER)["component"].to_list() == falls


@pytest.mark.parametrize(
    ("earlier", "now", "rises"),
    [
        pytest.param(["00"], "10", True, id="from minimum up"),
        pytest.param(["-0"], "10", True, id="not known before: the history decides"),
        pytest.param([], "10", True, id="no month before: the history decides"),
        pytest.param(["10", "00"], "10", False, id="it was up before"),
        pytest.param(["00"], "0-", False, id="it stays at minimum"),
    ],
)
def test_who_rises_above_minimum_for_the_first_time(
    earlier: list[str], now: str, *, rises: bool
) -> None:
    months = [(1, month, reach) for month, reach in zip((AUGUST, SEPTEMBER), earlier, strict=False)]
    found = lab.rising(judged(*months, (1, OCTOBER, now)), TWO, OCTOBER)
    assert found.rows() == ([(1, now, earlier)] if rises else [])


# --- Verdicts --------------------------------------------------------------------------------------


def test_verdicts_are_the_colours_that_scoring_gives() -> None:
    draft = shipped("2025")
    data = frames_of(
        draft, [Sub()], [Inst()], [Snap(metrics={BILLABLE: 100, GIT: 50}), Snap(period=SEPTEMBER)]
    )
    scores = judge(candidates(data, draft), data.subscriptions, draft, [SEPTEMBER, OCTOBER])
    made = lab.verdicts(scores, draft)
    assert made.schema == lab.nothing_judged(draft).schema
    october = made.row(1, named=True)
    assert (october["color:scm"], october["color:ci"]) == ("Green", None)
    assert (october["color:overall"], october["use_cases_adopted"]) == ("Green", 1)
    assert october["reach"] == "--3---"
