"""What the lab shows of a measure: per account age its chart, and how many accounts each colour has. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from usage.lab.age_rows import AgeRow, age_rows, age_words, band_words
from usage.lab.drawing import BandChart, Drawn, band_chart, bounds_of
from usage.lab.histograms import Tally, histogram, of_ages, tally
from usage.scoring.edition import Edition, Measure, UseCase

NO_VALUES = pl.DataFrame(schema={"age": pl.Int32, "value": pl.Float64})


@dataclass(frozen=True)
class BandLine:
    """A colour with its bounds: `count` accounts of `total` with a value; `before`: as it is stored."""

    color: str
    words: str
    count: int
    total: int
    before: int | None

    @property
    def change(self) -> int | None:
        return (
            None if self.before is None or self.before == self.count else self.count - self.before
        )


@dataclass(frozen=True)
class AgeSheet:
    ages: str
    chart: BandChart
    lines: tuple[BandLine, ...]
    missing: int


@dataclass(frozen=True)
class MeasureSheet:
    """`share`: of its use case's score where all measures are available."""

    use_case: UseCase
    measure: Measure
    share: float
    ages: tuple[AgeSheet, ...]


def measure_share(use_case: UseCase, measure: Measure) -> float:
    total = sum(each.weight for each in use_case.measures)
    return measure.weight / total if total else 0.0


def measure_sheet(
    use_case: UseCase,
    measure: Measure,
    values: pl.DataFrame | None,
    stored: Measure | None = None,
) -> MeasureSheet:
    """A measure over the values (age, value) of today; `stored` as it was, to compare with."""
    found = NO_VALUES if values is None else values
    ages = tuple(_age_sheet(row, measure, found, stored) for row in age_rows(measure.bands))
    return MeasureSheet(use_case, measure, measure_share(use_case, measure), ages)


def _age_sheet(
    row: AgeRow, measure: Measure, values: pl.DataFrame, stored: Measure | None
) -> AgeSheet:
    here = of_ages(values, row.age_from, row.age_to)
    counts = tally(here, row.bands)
    before = tally(here, stored.bands) if stored is not None else None
    ages = age_words(row.age_from, row.age_to)
    shape = histogram(here["value"], bounds_of(row.bands))
    title = f"{measure.name}, {ages}"
    chart = band_chart(Drawn(title, shape, row.bands, counts, measure.is_share))
    return AgeSheet(ages, chart, _lines(row, measure, counts, before), counts.missing)


def _lines(
    row: AgeRow, measure: Measure, counts: Tally, before: Tally | None
) -> tuple[BandLine, ...]:
    total = counts.total - counts.missing
    colors = dict.fromkeys(band.color for band in row.bands)
    return tuple(
        BandLine(
            color,
            " and ".join(
                band_words(band, is_share=measure.is_share)
                for band in row.bands
                if band.color == color
            ),
            counts.colors[color],
            total,
            before.colors[color] if before else None,
        )
        for color in colors
    )


def levels_of(edition: Edition) -> str:
    """The maturity levels in a line: minimum ≤ 37.5, basic ≤ 63, advanced."""
    return ", ".join(
        level.name if level.up_to is None else f"{level.name} ≤ {level.up_to:g}"
        for level in edition.levels
    )
