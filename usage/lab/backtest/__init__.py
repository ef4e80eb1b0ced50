"""Backtest: held against what became of customers, what did the scores of earlier months say?

    outcomes ──> cases ──┐
                         ├──> judged cases ──> figures with intervals, by segment ──> report, sentences
    scores as known at ──┘                └──> calibration
    the end of each month

Pure. Nothing here knows a date later than the month a case is judged in, but the outcome's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from usage.lab.backtest.calibration import Bin, calibrate
from usage.lab.backtest.cases import Case, Target, Told, cases_of, periods_of
from usage.lab.backtest.figures import Figures, figures
from usage.lab.backtest.judging import LOOK_BACK, Alarm, Standing, Standings, judge

__all__ = [
    "LOOK_BACK",
    "Alarm",
    "Asked",
    "Case",
    "Report",
    "Standing",
    "Standings",
    "Target",
    "Told",
    "cases_of",
    "measure",
    "periods_of",
]

ALL = ""


@dataclass(frozen=True)
class Asked:
    """What a backtest is asked: leads in months, what is a loss, and how intervals are drawn."""

    leads: tuple[int, ...] = (3, 6, 9)
    target: Target = Target.CHURN
    resamples: int = 1_000
    seed: int = 1


@dataclass(frozen=True)
class Report:
    """Figures by lead, alarm and segment, and calibration by lead."""

    cases: int
    losses: int
    figures: tuple[Figures, ...]
    calibration: tuple[Bin, ...]


def measure(
    cases: Sequence[Case],
    standings: Standings,
    alarms: Sequence[Alarm],
    asked: Asked,
    *,
    by_segment: Sequence[str] = (),
    progress: Callable[[int], None] = lambda done: None,
) -> Report:
    """Judge the cases by all alarms at each lead; those in `by_segment`, by key, in each segment too.

    `progress` is told how many leads are done.
    """
    found: list[Figures] = []
    bins: list[Bin] = []
    segments = sorted({case.segment for case in cases})
    for done, lead in enumerate(asked.leads, start=1):
        judged = {alarm.key: list(judge(cases, standings, alarm, lead)) for alarm in alarms}
        drawn = {"lead": lead, "resamples": asked.resamples, "seed": asked.seed}
        found += figures(judged, segment=ALL, **drawn)
        for segment in segments if len(segments) > 1 else ():
            of_segment = {
                key: [each for each in judged[key] if each.case.segment == segment]
                for key in by_segment
            }
            found += figures(of_segment, segment=segment or "none", **drawn)
        bins += calibrate(cases, standings, lead)
        progress(done)
    losses = sum(case.is_loss for case in cases)
    return Report(len(cases), losses, tuple(found), tuple(bins))
