"""Drops: a component's settled colour against the one before, which a gap of one month does not hide.

Colours on cards are what the bands say. A component may ask that a lower colour has stood for some
months, or lies beyond its bound by a margin, before it counts as a drop: see usage.scoring.settling.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

import polars as pl

from usage.scoring import expressions as ex
from usage.scoring import frames
from usage.scoring.edition import COLORS, Edition, UseCase
from usage.scoring.settling import GAP_MONTHS, Walk, followed_months

LOOK_BACK_MONTHS = GAP_MONTHS  # of a component that asks for nothing
RANKS = {color: rank for rank, color in enumerate(COLORS)}


def look_back_months(edition: Edition) -> int:
    """How many months before a month decide whether something dropped in it."""
    return max(map(followed_months, edition.use_cases), default=LOOK_BACK_MONTHS)


def longest_look_back(editions: Iterable[Edition]) -> int:
    return max(map(look_back_months, editions), default=LOOK_BACK_MONTHS)


def drops(
    account_scores: pl.DataFrame, edition: Edition, periods: Collection[date] | None = None
) -> pl.DataFrame:
    """One row per account, month and component whose colour fell; NA on either side is no drop.

    Only in `periods` (None: all); the others are what these are judged against.

    Columns: account_id, period, component, from_color, to_color, from_period, from_value, to_value,
    repeats (month of the drop in the same episode that this one only repeats; null: it is news).
    A component's value is its single measure's; with several it is the score.
    """
    parts = [
        _drops_of(account_scores, use_case, edition, periods) for use_case in edition.use_cases
    ]
    return pl.concat(parts).sort(*frames.KEY, "component")


def shown_value(edition: Edition, code: str) -> pl.Expr:
    """What stands for a component in words and charts: its one measure's value, or its score."""
    single = edition.use_case(code).single_measure
    return pl.col(
        frames.value(frames.full_code(code, single.code)) if single else frames.score(code)
    )


def _drops_of(
    scores: pl.DataFrame, use_case: UseCase, edition: Edition, periods: Collection[date] | None
) -> pl.DataFrame:
    known = known_months(scores, use_case, edition)
    return named_falls(Walk(known, use_case).falls(periods), use_case)


def named_falls(fallen: pl.DataFrame, use_case: UseCase) -> pl.DataFrame:
    """Falls of a component in the columns of drops."""
    return fallen.select(
        *frames.KEY,
        component=pl.lit(use_case.code),
        from_color=_name("from_rank"),
        to_color=_name("to_rank"),
        from_period="from_period",
        from_value="from_value",
        to_value="value",
        repeats="repeats",
    )


def known_months(scores: pl.DataFrame, use_case: UseCase, edition: Edition) -> pl.DataFrame:
    """Months in which a component has a colour: its rank, the rank with its margin granted, its value."""
    color = ex.color(edition, pl.col(frames.score(use_case.code)))
    return scores.select(
        *frames.KEY,
        rank=rank(color),
        lenient=lenient(use_case, edition) if use_case.exit_margin else rank(color),
        value=shown_value(edition, use_case.code),
    ).filter(pl.col("rank").is_not_null())


def lenient(use_case: UseCase, edition: Edition) -> pl.Expr:
    """Rank of the best colour that is no further than the exit margin."""
    margin, measure = use_case.exit_margin, use_case.judged_measure
    if measure is None:
        return rank(ex.color(edition, pl.col(frames.score(use_case.code)) + margin))
    value = pl.col(frames.value(frames.full_code(use_case.code, measure.code)))
    result = pl.lit(None, dtype=pl.Int8)
    for band in sorted(measure.bands, key=lambda band: RANKS[band.color]):
        near = ex.within(value, pl.col("age"), band, margin)
        result = pl.when(near).then(pl.lit(RANKS[band.color], dtype=pl.Int8)).otherwise(result)
    return result


def rank(color: pl.Expr) -> pl.Expr:
    """Red is 0; null for NA."""
    return color.replace_strict(RANKS, return_dtype=pl.Int8)


def _name(rank: str) -> pl.Expr:
    return pl.col(rank).replace_strict(dict(enumerate(COLORS)), return_dtype=pl.String)
