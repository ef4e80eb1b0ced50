"""Intervals by resampling accounts: the percentile bootstrap of Efron and Tibshirani (1993), chapter 13.

Accounts are drawn, not cases: two renewals of one customer are no two customers. Seeded, so that the same
cases give the same intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import polars as pl

LEVEL = 0.95
ROWS_AT_ONCE = 200_000


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; None throughout where it cannot be known."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


def resampled(counts: pl.DataFrame, *, resamples: int, seed: int) -> pl.DataFrame:
    """Sums of the columns over as many draws of rows, with replacement, as there are rows.

    One row per resample; of a frame without rows, none.
    """
    size = counts.height
    if not size:
        return counts.clear()
    chance = Random(seed)  # noqa: S311 - statistics, no secret  # nosec B311
    at_once = max(1, ROWS_AT_ONCE // size)
    parts = []
    for start in range(0, resamples, at_once):
        number = min(at_once, resamples - start)
        drawn = counts[chance.choices(range(size), k=size * number)]
        group = pl.int_range(pl.len()) // size
        parts.append(drawn.group_by(group.alias("_draw"), maintain_order=True).agg(pl.all().sum()))
    return pl.concat(parts).drop("_draw")


def estimate(
    value: float | None, draws: Sequence[Sequence[float]], figure: Callable[..., float | None]
) -> Estimate:
    """A figure and the middle 95 % of what it is in the draws, widened to hold the figure itself.

    Draws in which it cannot be known are left out.
    """
    if value is None:
        return Estimate()
    known = sorted(found for draw in draws if (found := figure(*draw)) is not None)
    if not known:
        return Estimate(value, value, value)
    tail = (1 - LEVEL) / 2
    low = known[int(tail * len(known))]
    high = known[min(len(known) - 1, int((1 - tail) * len(known)))]
    return Estimate(value, min(low, value), max(high, value))
