"""The health scorecard of an edition as frozen values: groups of measures beside the product score.

What a group weighs stands with the other weights, in the edition's overall composite.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """Where a measure's number comes from; each is a number that bands colour."""

    SENTIMENT = "sentiment"  # 0 red, 1 yellow, 2 green: the newest one on the timeline
    SUCCESS_PLAN = "success_plan"  # 0 none or no objective, 1 begun, 2 active and written out
    SUPPORT_VOLUME = "support_volume"  # cases opened in a month
    URGENT_CASES = "urgent_cases"  # 0 none, 1 closed a short while ago, 2 open
    NPS = "nps"  # promoters less detractors, -100 to 100
    CSAT = "csat"  # mean of 1 to 5
    MEETING_AGE = "meeting_age"  # days since the last call or meeting
    PERSONAS = "personas"  # how many of the named ones took part in three months
    MANUAL = "manual"  # 0 red, 1 yellow, 2 green: set by hand


ABSENCE_COUNTS = (Source.SUCCESS_PLAN, Source.MEETING_AGE, Source.PERSONAS)
"""That an account has none says something, once the organisation records such things at all."""


@dataclass(frozen=True)
class HealthBand:
    """One colour between two bounds (None: none on that side), for accounts of one priority or all."""

    color: str
    lower: float | None
    lower_closed: bool
    upper: float | None
    upper_closed: bool
    priority: int | None = None


@dataclass(frozen=True)
class HealthMeasure:
    """`segments` empty: for all, but for `except_segments`. An override's Red makes the overall colour Red."""

    code: str
    name: str
    source: str
    bands: tuple[HealthBand, ...]
    weight: float = 1.0
    stale_after_days: int | None = None
    flagged_after_days: int | None = None
    counts_from_first_day: bool = False
    overrides: bool = False
    segments: tuple[str, ...] = ()
    except_segments: tuple[str, ...] = ()
    personas: tuple[str, ...] = ()

    def bands_for(self, priority: int) -> tuple[HealthBand, ...]:
        return tuple(band for band in self.bands if band.priority in {None, priority})


@dataclass(frozen=True)
class HealthGroup:
    code: str
    name: str
    measures: tuple[HealthMeasure, ...]


@dataclass(frozen=True)
class Scorecard:
    """In an account's first days nothing counts but the measures that count from the first day."""

    groups: tuple[HealthGroup, ...]
    first_days: int = 30

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(group.code for group in self.groups)

    def measures(self) -> Iterator[tuple[HealthGroup, HealthMeasure]]:
        """All measures in order; evidence lists them so."""
        for group in self.groups:
            for measure in group.measures:
                yield group, measure

    def reads(self, *sources: str) -> bool:
        return any(measure.source in sources for _, measure in self.measures())
