"""Expressions generated from an edition's rows: terms, ratios, bands, weighted means."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import polars as pl

from usage.scoring import frames
from usage.scoring.edition import COLORS, Band, Edition, Measure, Term

BOUND_DECIMALS = 6  # summation order must not decide a colour
STORED_DECIMALS = 10


def known(key: str) -> pl.Expr:
    """A metric, null where it is absent or negative (it failed to be computed)."""
    column = pl.col(frames.metric(key))
    return pl.when(column >= 0).then(column)


def finite(number: pl.Expr) -> pl.Expr:
    """Null where a number has outgrown what a float holds: it could not be computed."""
    return pl.when(number.is_finite()).then(number)


def stored(number: pl.Expr) -> pl.Expr:
    """A number as it is kept and compared on."""
    return finite(number.round(STORED_DECIMALS))


def term(definition: Term) -> pl.Expr:
    """The joined metrics; null as soon as one that is needed is not known."""
    return finite(_joined(definition))


def _joined(definition: Term) -> pl.Expr:
    parts = [known(key) for key in definition.keys]
    if definition.operation == "first":
        return pl.coalesce(parts)
    if definition.operation == "count_positive":
        return reduce(pl.Expr.add, [(part > 0).cast(pl.Float64) for part in parts])
    if definition.operation == "difference":
        return reduce(pl.Expr.sub, parts)
    return reduce(pl.Expr.add, parts)


def ratio(measure: Measure, numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """Numerator over denominator; a zero denominator gives 0 or NA as the measure says.

    NA where the denominator is below the measure's minimum sample.
    """
    if measure.denominator is None:
        return numerator
    at_zero = pl.lit(None, dtype=pl.Float64) if measure.zero_denominator_is_na else numerator * 0
    result = pl.when(denominator == 0).then(at_zero).otherwise(numerator / denominator)
    if measure.minimum_sample is None:
        return result
    return pl.when(denominator.round(BOUND_DECIMALS) >= measure.minimum_sample).then(result)


def within(value: pl.Expr, age: pl.Expr, band: Band, margin: float = 0.0) -> pl.Expr:
    """Whether a value, rounded to 6 decimals, lies in a band at an account's age, or as near as `margin`."""
    high, low = ((value + side).round(BOUND_DECIMALS) for side in (margin, -margin))
    tests = [value.is_not_null()]
    if band.lower is not None:
        tests.append(high >= band.lower if band.lower_closed else high > band.lower)
    if band.upper is not None:
        tests.append(low <= band.upper if band.upper_closed else low < band.upper)
    if band.age_from is not None:
        tests.append(age >= band.age_from)
    if band.age_to is not None:
        tests.append(age <= band.age_to)
    return reduce(pl.Expr.and_, tests)


def band_points(edition: Edition, measure: Measure, value: pl.Expr) -> pl.Expr:
    """Points of the band that a value lies in; null where it is NA."""
    result = pl.lit(None, dtype=pl.Float64)
    for band in measure.bands:
        worth = edition.points[COLORS.index(band.color)]
        result = pl.when(within(value, pl.col("age"), band)).then(worth).otherwise(result)
    return result


def weighted_mean(parts: Sequence[tuple[pl.Expr, float]]) -> pl.Expr:
    """Mean of what is available; missing weights are redistributed in proportion."""
    total = pl.sum_horizontal([part * weight for part, weight in parts])
    weights = pl.sum_horizontal(
        [pl.when(part.is_not_null()).then(weight).otherwise(0.0) for part, weight in parts]
    )
    return pl.when(weights > 0).then(stored(total / weights))


def mean_by_arr(part: pl.Expr, counts: pl.Expr) -> pl.Expr:
    """ARR-weighted mean over a group's rows that count and know it; unweighted where ARR is 0."""
    usable = counts & part.is_not_null()
    weight = pl.when(usable).then(pl.col("arr")).otherwise(0.0)
    plain = pl.when(usable).then(part)
    by_arr = (part.fill_null(0.0) * weight).sum() / weight.sum()
    return stored(pl.when(weight.sum() > 0).then(by_arr).otherwise(plain.mean()))


def color(edition: Edition, score: pl.Expr) -> pl.Expr:
    """Red, Yellow, Green; null is NA."""
    exact = score.round(BOUND_DECIMALS)
    return (
        pl.when(exact <= edition.red_up_to)
        .then(pl.lit("Red"))
        .when(exact <= edition.yellow_up_to)
        .then(pl.lit("Yellow"))
        .when(exact.is_not_null())
        .then(pl.lit("Green"))
    )


def letter(edition: Edition, score: pl.Expr) -> pl.Expr:
    return color(edition, score).str.head(1).fill_null("N")


def level(edition: Edition, score: pl.Expr) -> pl.Expr:
    """Position of the maturity level, from 0; null is NA."""
    exact = score.round(BOUND_DECIMALS)
    result = pl.lit(None, dtype=pl.Int32)
    for position, step in reversed(list(enumerate(edition.levels))):
        reached = exact.is_not_null() if step.up_to is None else exact <= step.up_to
        result = pl.when(reached).then(pl.lit(position, dtype=pl.Int32)).otherwise(result)
    return result
