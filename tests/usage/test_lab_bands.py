"""Bands as a person sets them, and what is wrong or odd about them; properties over generated sets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.editions import bands, edition, measure, use_case
from usage.lab.age_rows import AgeRow, Shape, Threshold, age_rows, age_words, band_words
from usage.lab.cautions import Seen, cautions, domain_of, holds, measure_cautions, unreachable
from usage.scoring.bands import band_row_faults
from usage.scoring.edition import COLORS, Band, Composite, Term

BOUNDS = st.sampled_from([-1.0, 0.0, 0.1, 0.25, 1.0, 2.0, 7.0])
ENDS = st.none() | BOUNDS
NEVER = ("stands twice", "holds nothing")


def band(color: str, interval: str) -> Band:
    """A band by its interval, as files write it."""
    left, right = interval[0] == "[", interval[-1] == "]"
    low, high = (None if "inf" in side else float(side) for side in interval[1:-1].split(","))
    return Band(color, low, left, high, right)


@st.composite
def any_band(draw: st.DrawFn) -> Band:
    low, high = draw(ENDS), draw(ENDS)
    closed = st.booleans()
    return Band(draw(st.sampled_from(COLORS)), low, draw(closed), high, draw(closed))


ANY_BANDS = st.lists(any_band(), min_size=1, max_size=4)


@st.composite
def any_row(draw: st.DrawFn) -> AgeRow:
    """An age row in thresholds, of any shape."""
    shape = draw(st.sampled_from([each for each in Shape if each is not Shape.FREE]))
    count = 1 if shape in {Shape.HIGHER_TWO, Shape.LOWER_TWO} else 2
    values = sorted(draw(st.lists(BOUNDS, min_size=count, max_size=count, unique=True)))
    sides = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    thresholds = tuple(map(Threshold, values, sides))
    return AgeRow(draw(st.none() | st.just(3)), draw(st.none() | st.just(6)), shape, thresholds)


def grid(parts: Sequence[Band]) -> list[float]:
    """Every bound, a value between each two of them, and one beyond either end."""
    ends = sorted({end for each in parts for end in (each.lower, each.upper) if end is not None})
    if not ends:
        return [0.0]
    between = [(low + high) / 2 for low, high in pairwise(ends)]
    return [ends[0] - 1, *ends, *between, ends[-1] + 1]


def colors_at(parts: Sequence[Band], value: float) -> int:
    return sum(holds(each, value) for each in parts)


@given(ANY_BANDS)
@example(
    [
        band("Red", "(-inf,1]"),
        band("Green", "(1,1)"),
        band("Yellow", "(1,inf)"),
    ]
)
@example(
    [
        band("Red", "(-inf,inf)"),
        band("Yellow", "[1,2]"),
        band("Green", "[7,7]"),
    ]
)
def test_a_gap_or_overlap_is_told_exactly_where_a_value_has_none_or_two_colors(
    parts: list[Band],
) -> None:
    told = [text for text in band_row_faults(parts) if not text.endswith(NEVER)]
    counts = {colors_at(parts, value) for value in grid(parts)}
    some_band_holds = any(colors_at(parts, value) for value in grid(parts))
    assert bool(told) == (some_band_holds and counts != {1})


@given(ANY_BANDS)
def test_a_color_is_unreachable_exactly_where_no_value_has_it(parts: list[Band]) -> None:
    near = [
        round(value + step * 1e-6, 6)
        for value in grid([*parts, band("Red", "[0,0]")])
        for step in (-1, 0, 1)
    ]
    values = [value for value in near if value >= 0]
    reached = {each.color for each in parts for value in values if holds(each, value)}
    assert set(unreachable(parts, (0.0, float("inf")))) == set(COLORS) - reached


@given(any_row())
def test_thresholds_become_bands_and_thresholds_again(row: AgeRow) -> None:
    assert age_rows(row.bands) == (row,)
    assert list(band_row_faults(row.bands)) == []


def test_bands_that_are_no_thresholds_stay_as_they_are() -> None:
    odd = (
        band("Red", "(-inf,1]"),
        band("Green", "(1,5]"),
        band("Red", "(5,inf)"),
    )
    (row,) = age_rows(odd)
    assert (row.shape, row.bands) == (Shape.FREE, odd)
    (gap,) = age_rows([odd[0], band("Green", "(2,inf)")])
    assert gap.shape is Shape.FREE


def test_age_rows_stand_from_the_youngest_on() -> None:
    rows = age_rows((*bands(1, 2, age_from=10), *bands(1, 2, age_from=3, age_to=9)))
    assert [(row.age_from, row.age_to) for row in rows] == [(3, 9), (10, None)]


@pytest.mark.parametrize(
    ("ages", "words"),
    [
        ((None, None), "all ages"),
        ((0, None), "all ages"),
        ((None, 6), "0 to 6 months"),
        ((3, 6), "3 to 6 months"),
        ((10, None), "10 months and more"),
    ],
)
def test_ages_in_words(ages: tuple[int | None, int | None], words: str) -> None:
    assert age_words(*ages) == words


@pytest.mark.parametrize(
    ("shown", "is_share", "words"),
    [
        (band("Red", "(-inf,0.1]"), False, "≤ 0.1"),
        (band("Yellow", "(0.1,0.33]"), False, "> 0.1 to ≤ 0.33"),
        (band("Green", "[0.33,inf)"), True, "≥ 33\N{NO-BREAK SPACE}%"),
        (band("Green", "(-1,inf)"), False, "> \N{MINUS SIGN}1"),
        (band("Green", "(-inf,inf)"), False, "any value"),
    ],
)
def test_a_band_says_which_of_its_bounds_are_open(shown: Band, is_share: bool, words: str) -> None:  # noqa: FBT001
    assert band_words(shown, is_share=is_share) == words


def told(*, seen: dict[str, Seen] | None = None, **fields: Any) -> list[str]:
    return list(measure_cautions(measure(**fields), seen or {}, date(2026, 10, 1)))


def test_an_ordinary_measure_needs_no_caution() -> None:
    assert told() == []


def test_a_color_that_no_value_has_is_named_with_its_ages() -> None:
    two = AgeRow(10, None, Shape.HIGHER_TWO, (Threshold(1, is_above=False),)).bands
    assert told(bands=two) == ["no value is Yellow"]
    rows = (*bands(1, 2, age_to=9), *two)
    assert told(bands=rows) == ["no value is Yellow (10 months and more)"]


def test_a_negative_bound_leaves_a_color_without_values_but_in_a_difference() -> None:
    below = bands(-2, 1)
    assert told(bands=below) == ["no value is Red"]
    assert told(bands=below, numerator=Term("difference", ("cups", "guests"))) == []


def test_a_count_reaches_no_further_than_its_metrics() -> None:
    count = Term("count_positive", ("cups", "guests"))
    assert told(bands=bands(0, 2), numerator=count, denominator=None) == ["no value is Green"]
    assert domain_of(measure(numerator=count)) == (0, float("inf"))


def test_accounts_between_two_age_rows_are_na() -> None:
    rows = (*bands(1, 2, age_to=6), *bands(1, 2, age_from=9))
    assert told(bands=rows) == ["accounts of 7 to 8 months are NA"]


def test_metrics_that_nobody_reports_are_named() -> None:
    seen = {"cups": Seen(0.0, None), "guests": Seen(0.0, date(2026, 8, 1))}
    assert told(seen=seen) == [
        "the metric cups was never reported",
        "the metric guests was last reported in August 2026",
    ]
    assert told(seen={"cups": Seen(1.0, date(2026, 10, 1))}) == []


def test_what_no_composite_weighs_is_named() -> None:
    parts = (use_case("brewing"), use_case("baking"))
    composites = (Composite("side", (("baking", 1.0),)), Composite("comfort", (("baking", 1.0),)))
    assert cautions(edition(*parts, composites=composites), {}, None) == [
        "brewing has no weight: it changes no other score",
        "side has no weight: it changes no other score",
    ]


def test_a_caution_names_its_measure() -> None:
    one = edition(use_case("brewing", measure("rate", bands=bands(-2, 1))))
    assert cautions(one, {}, None) == ["brewing.rate: no value is Red"]
