"""Judges accounts by the former edition too, where a change of edition concerns their drops or beginnings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

import polars as pl

from usage import scoring
from usage.periods import shift, span
from usage.queries.publications import Calendar, formers
from usage.scoring import frames
from usage.scoring.causes import Judged, causes, of_data
from usage.scoring.evidence import levels
from usage.scoring.transitions import longest_look_back, look_back_months
from usage.services import editions, readings


def with_causes(
    drops: pl.DataFrame,
    edition: scoring.Edition,
    months: Calendar,
    *,
    account_ids: Collection[int],
    periods: Sequence[date],
    now: datetime,
) -> pl.DataFrame:
    """The drops of `periods` by the edition in force with their `cause`, and those that its coming made."""
    concerned = formers(months, periods, look_back=look_back_months(edition))
    is_plain = ~pl.col("period").is_in(list(concerned))
    parts = [of_data(drops.filter(is_plain))]
    for former_id, changed in _by_former(concerned).items():
        own = drops.filter(pl.col("period").is_in(changed))
        old = editions.load(former_id)
        look_back = longest_look_back([edition, old])
        read = span(shift(changed[0], -look_back), changed[-1])
        new_scores, old_scores = (
            Judged(_scores(each, account_ids, read, now=now), each) for each in (edition, old)
        )
        decided_by_old = [month for month in read if months.edition_of(month) == former_id]
        parts.append(
            causes(own, new_scores, old_scores, periods=changed, decided_by_old=decided_by_old)
        )
    return pl.concat(parts)


def reach(
    edition: scoring.Edition,
    account_ids: Collection[int],
    periods: Sequence[date],
    *,
    now: datetime,
) -> dict[int, dict[date, str]]:
    """Account -> month -> a digit of reach per component, by an edition over the readings of today.

    As many queries as reading takes, whatever the accounts and months.
    """
    scores = _scores(edition, account_ids, list(periods), now=now)
    found: dict[int, dict[date, str]] = defaultdict(dict)
    rows = scores.select(*frames.KEY, reach=levels(edition, frames.reach)).iter_rows()
    for account_id, period, digits in rows:
        found[account_id][period] = digits
    return found


def _by_former(concerned: Mapping[date, int]) -> dict[int, list[date]]:
    found: dict[int, list[date]] = defaultdict(list)
    for period, former_id in sorted(concerned.items()):
        found[former_id].append(period)
    return found


def _scores(
    edition: scoring.Edition, account_ids: Collection[int], periods: list[date], *, now: datetime
) -> pl.DataFrame:
    data = readings.read(account_ids, edition, periods, now=now)
    chosen = scoring.candidates(data, edition)
    return scoring.judge(chosen, data.subscriptions, edition, periods, data.signals)
