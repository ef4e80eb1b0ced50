"""How the values of a measure lie, and how many of them each colour would get. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from usage.charts import BOUND_HEADROOM, VALUE_HEADROOM, nice_top
from usage.scoring.edition import COLORS, Band
from usage.scoring.expressions import within

BINS = 24
SHOWN_QUANTILE = 0.95  # a few giants must not squeeze all others into the first bin


@dataclass(frozen=True)
class Bin:
    """How many values lie from `lower` up to `upper`; in the last bin also those above."""

    lower: float
    upper: float
    count: int


@dataclass(frozen=True)
class Histogram:
    """Bins of equal width; `above`: how many values lie beyond the last one and count in it."""

    bins: tuple[Bin, ...]
    quartiles: tuple[float, float, float] | None
    known: int
    above: int

    @property
    def bottom(self) -> float:
        return self.bins[0].lower

    @property
    def top(self) -> float:
        return self.bins[-1].upper


@dataclass(frozen=True)
class Tally:
    """Accounts by colour; NA: those with a value that no band holds, and those without one."""

    colors: dict[str, int]
    unjudged: int
    missing: int

    @property
    def total(self) -> int:
        return sum(self.colors.values()) + self.unjudged + self.missing

    def share(self, color: str) -> float | None:
        """Part of all accounts; None where there are none."""
        return self.colors[color] / self.total if self.total else None


def histogram(values: pl.Series, bounds: Sequence[float] = ()) -> Histogram:
    """Values (null: NA) in bins from 0, or the lowest below it, to a round number above the bounds."""
    known = values.drop_nulls()
    bottom, top = _ends(known, bounds)
    width = (top - bottom) / BINS
    slots = ((known - bottom) / width).floor().clip(0, BINS - 1).cast(pl.Int32)
    counts = dict(slots.alias("slot").value_counts().iter_rows())
    bins = tuple(
        Bin(bottom + slot * width, bottom + (slot + 1) * width, counts.get(slot, 0))
        for slot in range(BINS)
    )
    above = int((known > top).sum())
    return Histogram(bins, _quartiles(known), len(known), above)


def _ends(known: pl.Series, bounds: Sequence[float]) -> tuple[float, float]:
    reached = _quantile(known, SHOWN_QUANTILE) * VALUE_HEADROOM
    highest = nice_top(max([reached, *(bound * BOUND_HEADROOM for bound in bounds)]))
    low = known.min() if len(known) else 0.0
    lowest = min([0.0, float(low), *bounds])  # type: ignore[arg-type]  # of floats
    return (-nice_top(-lowest) if lowest < 0 else 0.0), highest


def _quantile(known: pl.Series, part: float) -> float:
    found = known.quantile(part, interpolation="linear")
    return 0.0 if found is None else float(found)


def _quartiles(known: pl.Series) -> tuple[float, float, float] | None:
    if not len(known):
        return None
    return _quantile(known, 0.25), _quantile(known, 0.5), _quantile(known, 0.75)


def tally(values: pl.DataFrame, bands: Sequence[Band]) -> Tally:
    """How many rows of (age, value) each colour gets by bands, as scoring judges them."""
    value, age = pl.col("value"), pl.col("age")
    color = pl.lit(None, dtype=pl.String)
    for band in bands:
        color = pl.when(within(value, age, band)).then(pl.lit(band.color)).otherwise(color)
    counted = values.select(
        *(((color == name).fill_null(value=False)).sum().alias(name) for name in COLORS),
        unjudged=(color.is_null() & value.is_not_null()).sum(),
        missing=value.is_null().sum(),
    )
    row = counted.row(0, named=True)
    colors = {name: int(row[name]) for name in COLORS}
    return Tally(colors, int(row["unjudged"]), int(row["missing"]))


def of_ages(values: pl.DataFrame, age_from: int | None, age_to: int | None) -> pl.DataFrame:
    """The rows of (age, value) whose account is of these ages."""
    age = pl.col("age")
    first = age >= (age_from or 0) if age_from else pl.lit(value=True)
    return values.filter(first if age_to is None else first & (age <= age_to))
