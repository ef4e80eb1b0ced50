"""Drops: a component's colour against the newest known one of the two preceding months."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import polars as pl

from usage.scoring import expressions as ex
from usage.scoring import frames
from usage.scoring.edition import Edition

LOOK_BACK_MONTHS = 2
RANK = {"Red": 0, "Yellow": 1, "Green": 2}


def drops(
    account_scores: pl.DataFrame, edition: Edition, periods: Collection[date] | None = None
) -> pl.DataFrame:
    """One row per account, month and component whose colour fell; NA on either side is no drop.

    Only in `periods` (None: all); the others are what these are judged against.

    Columns: account_id, period, component, from_color, to_color, from_period, from_value, to_value.
    A component's value is its single measure's; with several it is the score.
    """
    parts = []
    for code in _codes(edition):
        known = _history(account_scores, code, edition)
        judged = known if periods is None else known.filter(pl.col("period").is_in(periods))
        parts.append(_drops_of(judged, known, code))
    return pl.concat(parts).sort(*frames.KEY, "component")


def _codes(edition: Edition) -> list[str]:
    return [use_case.code for use_case in edition.use_cases]


def shown_value(edition: Edition, code: str) -> pl.Expr:
    """What stands for a component in words and charts: its one measure's value, or its score."""
    single = edition.use_case(code).single_measure
    return pl.col(
        frames.value(frames.full_code(code, single.code)) if single else frames.score(code)
    )


def _history(scores: pl.DataFrame, code: str, edition: Edition) -> pl.DataFrame:
    return scores.select(
        *frames.KEY,
        color=ex.color(edition, pl.col(frames.score(code))),
        value=shown_value(edition, code),
    ).filter(pl.col("color").is_not_null())


def _drops_of(judged: pl.DataFrame, known: pl.DataFrame, code: str) -> pl.DataFrame:
    now = judged
    for months in range(1, LOOK_BACK_MONTHS + 1):
        earlier = known.select(
            "account_id",
            pl.col("period").alias(f"period_{months}"),
            pl.col("period").dt.offset_by(f"{months}mo"),
            pl.col("color").alias(f"color_{months}"),
            pl.col("value").alias(f"value_{months}"),
        )
        now = now.join(earlier, on=frames.KEY, how="left")
    newest = range(1, LOOK_BACK_MONTHS + 1)
    before = {
        name: pl.coalesce(
            pl.when(pl.col(f"color_{m}").is_not_null()).then(pl.col(f"{name}_{m}")) for m in newest
        )
        for name in ("color", "period", "value")
    }
    fell = pl.col("from_color").replace_strict(RANK, return_dtype=pl.Int8) > pl.col(
        "to_color"
    ).replace_strict(RANK, return_dtype=pl.Int8)
    return now.select(
        *frames.KEY,
        component=pl.lit(code),
        from_color=before["color"],
        to_color=pl.col("color"),
        from_period=before["period"],
        from_value=before["value"],
        to_value=pl.col("value"),
    ).filter(pl.col("from_color").is_not_null() & fell)
