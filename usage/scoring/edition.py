"""An edition as frozen values: what to measure, how to colour it, what it weighs.

Sources of the rules: the health scorecards of customer-success practice that the README names. Everything here is data; the
rest of this package turns it into expressions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from usage.scoring.scorecard import Scorecard

SEATS = "seats"  # the one key in a term that is the subscription's and no metric
COLORS = ("Red", "Yellow", "Green")  # worst first
# What came later, as it is where nobody uses it: left out of the digest then, so that cards stay as they are.
SETTLING = {"hold_months": 1, "exit_margin": 0.0, "recovery_months": 0}
SAMPLING = {"minimum_sample": None}


@dataclass(frozen=True)
class Band:
    """One colour between two bounds (None: none on that side) for account ages in months."""

    color: str
    lower: float | None
    lower_closed: bool
    upper: float | None
    upper_closed: bool
    age_from: int | None = None
    age_to: int | None = None

    def covers_age(self, age: int) -> bool:
        from_then = self.age_from is None or self.age_from <= age
        return from_then and (self.age_to is None or age <= self.age_to)


@dataclass(frozen=True)
class Term:
    """Metrics joined to one number: sum, count_positive, difference or first (known)."""

    operation: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Measure:
    code: str
    name: str
    unit: str
    is_share: bool
    weight: float
    numerator: Term
    denominator: Term | None
    zero_denominator_is_na: bool
    bands: tuple[Band, ...]
    minimum_sample: float | None = None  # a ratio over a smaller denominator is NA

    def bands_at(self, age: int) -> tuple[Band, ...]:
        return tuple(band for band in self.bands if band.covers_age(age))


@dataclass(frozen=True)
class UseCase:
    """A component of the product score; `plans` and `deployments` empty: it applies to all.

    A lower colour is a drop once it has stood for `hold_months` known months, beyond its bound by
    `exit_margin`; what fell has recovered after `recovery_months` (0: every drop is a new one).
    """

    code: str
    name: str
    counts_as_use_case: bool
    roll_up: str
    plans: tuple[str, ...]
    deployments: tuple[str, ...]
    measures: tuple[Measure, ...]
    hold_months: int = 1
    exit_margin: float = 0.0
    recovery_months: int = 0

    @property
    def single_measure(self) -> Measure | None:
        return self.measures[0] if len(self.measures) == 1 else None

    @property
    def judged_measure(self) -> Measure | None:
        """The one whose bands give its colour at account level; None where a score's bounds do."""
        return None if self.roll_up == "score" else self.single_measure


@dataclass(frozen=True)
class Level:
    name: str
    up_to: float | None


@dataclass(frozen=True)
class Composite:
    """A weighted mean of components and other composites: (code of child, weight)."""

    code: str
    weights: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Edition:
    name: str
    size_metric: str
    points: tuple[float, float, float]  # Red, Yellow, Green
    red_up_to: float
    yellow_up_to: float
    platform_adoption_from: int
    stale_after_days: int
    use_cases: tuple[UseCase, ...]
    composites: tuple[Composite, ...]  # children before parents; the last one is the overall score
    levels: tuple[Level, ...]
    scorecard: Scorecard | None = None

    @cached_property
    def metric_keys(self) -> tuple[str, ...]:
        """Key paths of all metrics that it reads, sorted."""
        keys = {self.size_metric}
        for _, measure in self.measures():
            for term in (measure.numerator, measure.denominator):
                keys.update(term.keys if term else ())
        return tuple(sorted(keys - {SEATS}))

    def measures(self) -> Iterator[tuple[UseCase, Measure]]:
        """All measures in order; evidence lists them so."""
        for use_case in self.use_cases:
            for measure in use_case.measures:
                yield use_case, measure

    def use_case(self, code: str) -> UseCase:
        """The component of that code; KeyError if there is none."""
        for use_case in self.use_cases:
            if use_case.code == code:
                return use_case
        raise KeyError(code)

    @cached_property
    def overall(self) -> str:
        return self.composites[-1].code

    @cached_property
    def digest(self) -> str:
        """BLAKE2b-128 of all that decides a score; the name is not part of it."""
        content = asdict(self) | {"name": ""}
        if self.scorecard is None:  # as it was before there were any: cards are not made anew
            del content["scorecard"]
        for use_case in content["use_cases"]:
            _leave_out(use_case, SETTLING)
            for measure in use_case["measures"]:
                _leave_out(measure, SAMPLING)
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def color_of(self, score: float | None) -> str | None:
        """Colour of one score, rounded to 6 decimals first; None is NA."""
        if score is None:
            return None
        exact = round(score, 6)
        if exact <= self.red_up_to:
            return "Red"
        return "Yellow" if exact <= self.yellow_up_to else "Green"


def _leave_out(content: dict[str, Any], unused: Mapping[str, Any]) -> None:
    for name, value in unused.items():
        if content[name] == value:
            del content[name]
