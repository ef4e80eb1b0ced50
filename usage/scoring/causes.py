"""What made a component fall where another edition judges than before: usage, or the change of edition.

A drop that the former edition sees in the same month is the data's. One that it does not see is the
change's, and so is a fall against what the former edition said of the months before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from usage.scoring import frames
from usage.scoring.edition import Edition, UseCase
from usage.scoring.settling import Walk
from usage.scoring.transitions import drops, known_months, named_falls

DATA, EDITION = "data", "edition"
PLACE = [*frames.KEY, "component"]


@dataclass(frozen=True)
class Judged:
    """Account scores of the same months by one edition."""

    scores: pl.DataFrame
    edition: Edition


def attributed(own: pl.DataFrame, former: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """The drops with their `cause`: `own` by the edition in force, those that the former one sees, and
    those against what was shown before."""
    seen = former.select(PLACE).with_columns(cause=pl.lit(DATA))
    judged = own.join(seen, on=PLACE, how="left").with_columns(pl.col("cause").fill_null(EDITION))
    added = shown.join(own, on=PLACE, how="anti").with_columns(cause=pl.lit(EDITION))
    return pl.concat([judged, added]).sort(PLACE)


def of_data(own: pl.DataFrame) -> pl.DataFrame:
    """Drops of months that no change of edition concerns."""
    return own.with_columns(cause=pl.lit(DATA))


def causes(
    own: pl.DataFrame,
    new: Judged,
    old: Judged,
    *,
    periods: Collection[date],
    decided_by_old: Collection[date],
) -> pl.DataFrame:
    """The drops of `periods` with their causes; `decided_by_old`: months of which the old edition's
    scores are shown."""
    former = drops(old.scores, old.edition, periods)
    shown = _shown(new, old, periods=periods, decided_by_old=decided_by_old)
    return attributed(own, former, shown)


def _shown(
    new: Judged, old: Judged, *, periods: Collection[date], decided_by_old: Collection[date]
) -> pl.DataFrame:
    """Falls of the colours as they are shown: by the old edition, then by the new one."""
    is_old = pl.col("period").is_in(list(decided_by_old))
    before = {use_case.code: use_case for use_case in old.edition.use_cases}
    parts = [drops(new.scores.clear(), new.edition)]
    for use_case in new.edition.use_cases:
        then = before.get(use_case.code)
        if then is None:
            continue
        earlier = known_months(old.scores.filter(is_old), then, old.edition)
        later = known_months(new.scores.filter(~is_old), use_case, new.edition)
        if _terms(then) != _terms(use_case):
            earlier = earlier.with_columns(value=pl.lit(None, dtype=pl.Float64))
        rows = pl.concat([earlier, later], how="vertical_relaxed")
        parts.append(named_falls(Walk(rows, use_case).falls(periods), use_case))
    return pl.concat(parts)


def _terms(use_case: UseCase) -> Mapping[str, object]:
    """What a component is made of: where that differs, its values cannot be compared."""
    return {each.code: (each.numerator, each.denominator) for each in use_case.measures}
