"""Today's value of each measure of an edition for each account: what thresholds are set over."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
from django.core.cache import cache
from django.db.models import Max

from accounts.models import Account
from usage.lab import values
from usage.models import ScoreCard
from usage.scoring.edition import Edition, Measure
from usage.scoring.frames import full_code
from usage.services import readings
from usage.services.scoring import reported_periods

KEPT_SECONDS = 300


@dataclass(frozen=True)
class Measured:
    """`frame`: a row per account that counts in the month, as usage.lab.values has it."""

    period: date
    frame: pl.DataFrame

    def of(self, use_case: str, measure: str) -> pl.DataFrame | None:
        """Columns age and value (null: NA) of one measure; None while it names no metric."""
        code = full_code(use_case, measure)
        if code not in self.frame.columns:
            return None
        return self.frame.select("age", value=pl.col(code))


def newest_period() -> date | None:
    """The newest scored month, or the newest that was reported where nothing is scored."""
    scored: date | None = ScoreCard.objects.order_by().aggregate(newest=Max("period"))["newest"]
    reported = reported_periods()
    return scored or (reported[1] if reported else None)


def measured(edition: Edition, *, now: datetime) -> Measured | None:
    """Values of all measures in the newest scored month; None where there is nothing to show.

    Kept for five minutes: thresholds, weights and names are changed without reading anything anew.
    """
    period = newest_period()
    bare = values.unjudged(edition)
    if period is None or not bare.use_cases:
        return None
    key = f"lab-values:{period}:{bare.digest}:{_names(bare)}"
    frame = cache.get(key)
    if frame is None:
        frame = _read(bare, period, now=now)
        cache.set(key, frame, timeout=KEPT_SECONDS)
    return Measured(period, frame)


def measured_one(
    edition: Edition, use_case: str, measure: Measure, *, now: datetime
) -> Measured | None:
    """The same of one measure, which may not be stored: its metrics alone are read."""
    return measured(values.only(edition, use_case, measure.code), now=now)


def _read(edition: Edition, period: date, *, now: datetime) -> pl.DataFrame:
    last = Account.objects.aggregate(last=Max("pk"))["last"] or 0
    data = readings.read(range(last + 1), edition, [period], now=now)
    return values.account_values(data, edition, period)


def _names(edition: Edition) -> str:
    """The codes that columns are named by."""
    codes = ",".join(full_code(use_case.code, each.code) for use_case, each in edition.measures())
    return hashlib.blake2b(codes.encode(), digest_size=8).hexdigest()
