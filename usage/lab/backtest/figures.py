"""Figures of a backtest: how often a warning was right, how much it caught, and what that cost.

Of the cases that were scored: hits are warned losses, misses losses without a warning, false alarms warned
stays, quiet ones the rest. Definitions as in C. J. van Rijsbergen, Information Retrieval (1979), chapter 7
(precision, recall); lift is precision over the base rate. A case without a score is in none of them: it is
counted apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

import polars as pl

from usage.lab.backtest.bootstrap import Estimate, estimate, resampled
from usage.lab.backtest.judging import Judged

CENTS = 100


def precision(hits: float, false_alarms: float, misses: float, quiet: float) -> float | None:
    """Which share of the warned was lost; None where nobody was warned."""
    return _share(hits, hits + false_alarms)


def recall(hits: float, false_alarms: float, misses: float, quiet: float) -> float | None:
    """Which share of the lost was warned; None where nothing was lost."""
    return _share(hits, hits + misses)


def lift(hits: float, false_alarms: float, misses: float, quiet: float) -> float | None:
    """How many times the base rate the warned were lost; None where nothing was lost, or nobody warned."""
    rate = _share(hits + misses, hits + false_alarms + misses + quiet)
    found = precision(hits, false_alarms, misses, quiet)
    return None if not rate or found is None else found / rate


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True)
class Tally:
    """Cases by what was said and what came; ARR of the losses; CTAs that the warnings would have opened.

    `unknown` and `unknown_losses`: cases, and losses among them, without a score.
    """

    hits: int
    false_alarms: int
    misses: int
    quiet: int
    unknown: int
    unknown_losses: int
    arr_caught: Decimal
    arr_missed: Decimal
    ctas: int

    @property
    def losses(self) -> int:
        return self.hits + self.misses

    @property
    def scored(self) -> int:
        return self.losses + self.false_alarms + self.quiet

    @property
    def counts(self) -> tuple[int, int, int, int]:
        return self.hits, self.false_alarms, self.misses, self.quiet

    @property
    def base_rate(self) -> float | None:
        return _share(self.losses, self.scored)

    @property
    def ctas_per_hit(self) -> float | None:
        return _share(self.ctas, self.hits)

    @property
    def arr_share(self) -> float | None:
        return _share(float(self.arr_caught), float(self.arr_caught + self.arr_missed))


@dataclass(frozen=True)
class Figures:
    """What one alarm said at one lead of the cases of a segment ("": all), with intervals."""

    alarm: str
    lead: int
    segment: str
    tally: Tally
    precision: Estimate
    recall: Estimate
    lift: Estimate
    days_ahead: float | None

    @property
    def tells(self) -> bool:
        """Whether a warning says more than chance: the lift's whole interval lies above 1."""
        return self.lift.low is not None and self.lift.low > 1


def tally(judged: Sequence[Judged]) -> Tally:
    known = [each for each in judged if each.warned is not None]
    losses = [each for each in known if each.case.is_loss]
    caught = [each for each in losses if each.warned]
    warned = sum(bool(each.warned) for each in known)
    unknown = [each for each in judged if each.warned is None]
    nothing = Decimal(0)
    arr_lost = sum((each.case.lost for each in losses), nothing)
    arr_caught = sum((each.case.lost for each in caught), nothing)
    return Tally(
        hits=len(caught),
        false_alarms=warned - len(caught),
        misses=len(losses) - len(caught),
        quiet=len(known) - len(losses) - warned + len(caught),
        unknown=len(unknown),
        unknown_losses=sum(each.case.is_loss for each in unknown),
        arr_caught=arr_caught,
        arr_missed=arr_lost - arr_caught,
        ctas=len({(each.case.account_id, month) for each in judged for month in each.onsets}),
    )


def figures(
    judged: dict[str, list[Judged]], *, lead: int, segment: str, resamples: int, seed: int
) -> list[Figures]:
    """Figures of each alarm, by its key, over the same cases and the same draws of accounts."""
    draws = resampled(_by_account(judged), resamples=resamples, seed=seed)
    found = []
    for number, (key, of_alarm) in enumerate(judged.items()):
        counted = tally(of_alarm)
        drawn = draws.select(_columns(number)).rows()
        days = [each.days_ahead for each in of_alarm if each.case.is_loss]
        known_days = [day for day in days if day is not None]
        found.append(
            Figures(
                alarm=key,
                lead=lead,
                segment=segment,
                tally=counted,
                precision=estimate(precision(*counted.counts), drawn, precision),
                recall=estimate(recall(*counted.counts), drawn, recall),
                lift=estimate(lift(*counted.counts), drawn, lift),
                days_ahead=median(known_days) if known_days else None,
            )
        )
    return found


def _columns(number: int) -> list[str]:
    return [f"{name}:{number}" for name in ("hits", "false_alarms", "misses", "quiet")]


def _by_account(judged: dict[str, list[Judged]]) -> pl.DataFrame:
    """A row per account, in the order of their ids: four counts for each alarm."""
    rows: dict[int, list[int]] = {}
    width = 4 * len(judged)
    for number, of_alarm in enumerate(judged.values()):
        for each in of_alarm:
            row = rows.setdefault(each.case.account_id, [0] * width)
            if each.warned is not None:
                place = (
                    (0 if each.warned else 2) if each.case.is_loss else (1 if each.warned else 3)
                )
                row[4 * number + place] += 1
    names = [name for number in range(len(judged)) for name in _columns(number)]
    ordered = [rows[account_id] for account_id in sorted(rows)]
    return pl.DataFrame(ordered, schema=dict.fromkeys(names, pl.Int64), orient="row")
