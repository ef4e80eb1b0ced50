"""Calibration: of the accounts with such a score, how many were lost."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from usage.lab.backtest.bootstrap import Estimate
from usage.lab.backtest.cases import Case
from usage.lab.backtest.judging import Standings

BIN_POINTS = 10
TOP = 100
Z = 1.959963984540054  # of a 95 % interval


@dataclass(frozen=True)
class Bin:
    """Cases whose score lay from `lower` up to `upper`; the rate of losses among them."""

    lead: int
    lower: int
    upper: int
    count: int
    losses: int
    mean_score: float
    rate: Estimate


def calibrate(cases: Iterable[Case], standings: Standings, lead: int) -> list[Bin]:
    """The bins that hold a case, lowest first; the last one takes the score of 100 too."""
    found: dict[int, list[tuple[float, bool]]] = {}
    for case in cases:
        standing = standings.get((case.account_id, case.judged_in(lead)))
        if standing is not None and standing.score is not None:
            lower = min(int(standing.score) // BIN_POINTS * BIN_POINTS, TOP - BIN_POINTS)
            found.setdefault(lower, []).append((standing.score, case.is_loss))
    return [
        Bin(
            lead=lead,
            lower=lower,
            upper=lower + BIN_POINTS,
            count=len(scored),
            losses=sum(is_loss for _, is_loss in scored),
            mean_score=sum(score for score, _ in scored) / len(scored),
            rate=wilson(sum(is_loss for _, is_loss in scored), len(scored)),
        )
        for lower, scored in sorted(found.items())
    ]


def wilson(part: int, whole: int) -> Estimate:
    """A share with the score interval of E. B. Wilson (1927); it holds the share, and stays within 0-1."""
    share = part / whole
    spread = Z * Z / whole
    middle = (share + spread / 2) / (1 + spread)
    half = Z * math.sqrt(share * (1 - share) / whole + spread / whole / 4) / (1 + spread)
    return Estimate(share, max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share)))
