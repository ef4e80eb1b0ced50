"""Scores from readings: a pure function on frames, generated from an edition's rows.

The same function serves the nightly run, one account on a page, the export and every test. It imports
Polars and the standard library, nothing of Django.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from usage.scoring.accounts import score_accounts
from usage.scoring.edition import Edition
from usage.scoring.evidence import add_evidence
from usage.scoring.health_facts import Signals
from usage.scoring.instances import counted_months, mark_primary, readings, score_instances
from usage.scoring.transitions import drops

__all__ = ["Edition", "Readings", "Scores", "Signals", "candidates", "judge", "score"]


@dataclass(frozen=True)
class Readings:
    """Frames by the schemas in usage.scoring.frames; `signals` where the edition has a scorecard."""

    subscriptions: pl.DataFrame
    instances: pl.DataFrame
    snapshots: pl.DataFrame
    signals: Signals | None = None


@dataclass(frozen=True)
class Scores:
    """`instances`: a row per instance and month; `accounts`: a row per account and month with its
    evidence; `drops`: a row per account, month and component whose colour fell."""

    instances: pl.DataFrame
    accounts: pl.DataFrame
    drops: pl.DataFrame


def score(
    data: Readings,
    edition: Edition,
    periods: Sequence[date],
    *,
    explained: Collection[date] | None = None,
) -> Scores:
    """Score all months in `periods`; drops need the two months before a month among them.

    `accounts` and `drops` have the months in `explained` (None: all); evidence costs as much as a score.
    """
    rows = readings(data.subscriptions, data.instances, data.snapshots)
    instances = mark_primary(score_instances(rows, edition), edition)
    counted = counted_months(data.subscriptions, periods)
    accounts = score_accounts(instances, counted, edition, data.signals)
    fallen = drops(accounts, edition, explained)
    if explained is not None:
        wanted = pl.col("period").is_in(explained)
        accounts, counted = accounts.filter(wanted), counted.filter(wanted)
    shown = instances if explained is None else instances.filter(wanted)
    return Scores(
        instances=instances,
        accounts=add_evidence(accounts, shown, counted, edition),
        drops=fallen,
    )


def candidates(data: Readings, edition: Edition) -> pl.DataFrame:
    """The readings that can count, with which of them stand for their subscription and account.

    The same for all editions of one size metric: what `judge` begins with.
    """
    rows = readings(data.subscriptions, data.instances, data.snapshots)
    return mark_primary(rows.filter(pl.col("candidate")), edition)


def judge(
    chosen: pl.DataFrame,
    subscriptions: pl.DataFrame,
    edition: Edition,
    periods: Sequence[date],
    signals: Signals | None = None,
) -> pl.DataFrame:
    """The account scores of all months in `periods`, of candidates, without evidence."""
    counted = counted_months(subscriptions, periods)
    return score_accounts(score_instances(chosen, edition), counted, edition, signals)
