"""Scores and colours of accounts alone: what a card says without the evidence, which costs as much again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from usage.scoring import expressions as ex
from usage.scoring import frames
from usage.scoring.accounts import score_accounts
from usage.scoring.edition import Edition
from usage.scoring.evidence import overall_color
from usage.scoring.instances import counted_months, mark_primary, readings, score_instances

if TYPE_CHECKING:
    from usage.scoring import Readings


def standings(
    data: Readings, edition: Edition, periods: Sequence[date], *, shown: Collection[date]
) -> pl.DataFrame:
    """One row per account and month of `shown`: account_id, period, overall, letters.

    The first letter is the overall colour's, then one per component in the edition's order; N is NA.
    """
    rows = readings(data.subscriptions, data.instances, data.snapshots)
    instances = mark_primary(score_instances(rows, edition), edition)
    counted = counted_months(data.subscriptions, periods)
    accounts = score_accounts(instances, counted, edition, data.signals)
    letters = [
        overall_color(edition).str.head(1).fill_null("N"),
        *(ex.letter(edition, pl.col(frames.score(each.code))) for each in edition.use_cases),
    ]
    return accounts.filter(pl.col("period").is_in(shown)).select(
        *frames.KEY,
        overall=pl.col(frames.score(edition.overall)),
        letters=pl.concat_str(letters),
    )
