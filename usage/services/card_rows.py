"""A month's cards of scores as rows: one way for scoring, and for proving what was scored."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

import polars as pl

from usage import scoring
from usage.periods import shift, span
from usage.scoring import frames
from usage.scoring.transitions import look_back_months

CARD_VALUES = (
    "score", "color", "component_colors", "component_levels", "component_reach",
    "use_cases_adopted",
    "newest_recorded_at", "reporting_arr_share", "evidence", "input_hash",
)  # fmt: skip


def months_read(wanted: Sequence[date], edition: scoring.Edition) -> list[date]:
    """The months that are read to score these, which follow one another."""
    return span(shift(wanted[0], -look_back_months(edition)), wanted[-1])


def card_rows(cards: pl.DataFrame, edition: scoring.Edition) -> pl.DataFrame:
    """The columns of cards; the hash is of all that a card says, and of the edition's rules."""
    digests = [input_hash(edition, evidence) for evidence in cards["evidence"]]
    return cards.with_columns(
        score=pl.col("overall"), input_hash=pl.Series(digests, dtype=pl.String)
    ).select(*frames.KEY, *CARD_VALUES)


def input_hash(edition: scoring.Edition, evidence: str) -> str:
    content = f"{edition.digest}{evidence}".encode()
    return hashlib.blake2b(content, digest_size=16).hexdigest()
