"""Histograms, tallies and their drawing."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.editions import bands, edition, measure, use_case
from usage.lab.drawing import FRAME, Drawn, band_chart
from usage.lab.histograms import Tally, histogram, of_ages, tally
from usage.lab.sheets import levels_of, measure_share, measure_sheet
from usage.scoring.edition import Band

VALUES = st.lists(st.none() | st.floats(-50, 5_000), max_size=60)


def frame(*rows: tuple[int, float | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"age": pl.Int32, "value": pl.Float64}, orient="row")


@given(VALUES)
def test_every_known_value_is_in_one_bin(values: list[float | None]) -> None:
    series = pl.Series(values, dtype=pl.Float64)
    shape = histogram(series, [0.1, 0.33])
    assert sum(each.count for each in shape.bins) == shape.known == len(series.drop_nulls())
    assert shape.above == sum(value > shape.top for value in series.drop_nulls())


@given(VALUES)
def test_the_tally_gives_every_account_one_place(values: list[float | None]) -> None:
    counts = tally(frame(*((5, value) for value in values)), bands(1, 2))
    assert counts.total == len(values)
    assert counts.missing == values.count(None)


def test_quartiles_are_those_of_the_known_values() -> None:
    assert histogram(pl.Series([4.0, None, 1.0, 3.0, 2.0, 5.0])).quartiles == (2, 3, 4)
    assert histogram(pl.Series([None], dtype=pl.Float64)).quartiles is None


def test_a_giant_does_not_squeeze_the_others() -> None:
    shape = histogram(pl.Series([1.0] * 99 + [10_000.0]))
    assert shape.top < 10
    assert shape.above == 1
    assert shape.bins[-1].count == 1


def test_the_axis_begins_below_the_lowest_value_and_ends_above_the_bounds() -> None:
    shape = histogram(pl.Series([-3.0, 1.0]), [10])
    assert shape.bottom <= -3
    assert shape.top > 10


def test_a_tally_judges_as_scoring_does() -> None:
    rows = frame((1, 1.0), (1, 1.0000004), (1, 1.000001), (1, 3.0), (1, None))
    counts = tally(rows, bands(1, 2))
    assert counts == Tally({"Red": 2, "Yellow": 1, "Green": 1}, unjudged=0, missing=1)
    assert counts.share("Red") == 0.4
    assert tally(rows.clear(), bands(1, 2)).share("Red") is None


def test_accounts_of_ages_without_bands_are_counted_apart() -> None:
    assert tally(frame((1, 1.0), (5, 1.0)), bands(1, 2, age_from=3)).unjudged == 1


@pytest.mark.parametrize(
    ("ages", "kept"),
    [((None, None), 3), ((3, None), 2), ((None, 3), 2), ((3, 3), 1), ((0, None), 3)],
)
def test_accounts_of_some_ages(ages: tuple[int | None, int | None], kept: int) -> None:
    assert len(of_ages(frame((0, 1.0), (3, 1.0), (9, 1.0)), *ages)) == kept


def drawn(*values: float | None, parts: tuple[Band, ...] = bands(1, 2)) -> Drawn:
    rows = frame(*((1, value) for value in values))
    bounds = [1.0, 2.0]
    return Drawn(
        "Rate", histogram(rows["value"], bounds), parts, tally(rows, parts), is_share=False
    )


def test_the_bars_of_the_colors_meet_and_fill_the_plot() -> None:
    chart = band_chart(drawn(0.5, 1.5, 1.6, 2.2))
    bars = [zone.bar for zone in chart.zones]
    assert [bar.color for bar in bars] == ["Red", "Yellow", "Green"]
    assert bars[0].x == FRAME.left
    assert bars[0].x + bars[0].width == pytest.approx(bars[1].x, abs=0.11)
    assert bars[2].x + bars[2].width == pytest.approx(FRAME.plot_right, abs=0.11)
    assert [zone.letter.text for zone in chart.zones if zone.letter] == ["R", "Y", "G"]


def test_a_narrow_bar_has_no_letter() -> None:
    parts = bands(1, 1.0001)
    assert [bool(zone.letter) for zone in band_chart(drawn(3, parts=parts)).zones] == [
        True,
        False,
        True,
    ]


def test_a_chart_tells_its_story() -> None:
    chart = band_chart(drawn(0.5, 1.5, 1.6, 2.2, None))
    assert chart.label == (
        "Rate: 4 accounts with a value; quartiles 1.25, 1.55, 1.75; Red 1, Yellow 2, Green 1 of 5."
    )
    assert [label.text for label in chart.quartiles] == ["Q1: 1.25", "median: 1.55", "Q3: 1.75"]
    assert chart.columns[0].title == "0.42 to 0.52: 1 account"


def test_the_last_column_says_that_more_lies_above() -> None:
    assert band_chart(drawn(*[1.0] * 99, 900.0)).columns[-1].title.endswith("and above: 1 account")


def test_a_chart_without_values_says_so() -> None:
    chart = band_chart(drawn(None))
    assert chart.is_empty
    assert chart.label == "Rate: no account has a value."
    assert chart.columns == ()


def test_a_sheet_counts_accounts_per_color_and_what_would_change() -> None:
    part = use_case("brewing", measure("rate"), measure("other", weight=3.0))
    now, before = measure("rate", bands=bands(1, 3)), measure("rate", bands=bands(1, 2))
    sheet = measure_sheet(part, now, frame((1, 0.5), (1, 2.5), (1, None)), before)
    (age,) = sheet.ages
    assert [(line.color, line.count, line.total, line.change) for line in age.lines] == [
        ("Red", 1, 2, None), ("Yellow", 1, 2, 1), ("Green", 0, 2, -1),
    ]  # fmt: skip
    assert age.missing == 1
    assert sheet.share == 0.25


def test_a_sheet_without_values_compares_nothing() -> None:
    part = use_case("brewing", measure("rate"))
    (age,) = measure_sheet(part, part.measures[0], None).ages
    assert age.chart.is_empty
    assert {line.change for line in age.lines} == {None}


def test_weights_of_nothing_have_no_share() -> None:
    idle = measure("rate", weight=0.0)
    assert measure_share(use_case("brewing", idle), idle) == 0


def test_levels_in_a_line() -> None:
    assert levels_of(edition()) == "minimum ≤ 37.5, basic ≤ 63, intermediate ≤ 75.5, top"
