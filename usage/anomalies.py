"""Which months of a row of numbers are out of the ordinary. Pure.

Two looks at each known month; a month that is NA is a gap, never a zero:

- *step*: against the calendar month before, where both are known:
  |value - before| / |before| >= `step_share`. From zero there is no share, and so no step.
- *outlier*: against all known months by the modified z-score, 0.6745 * |value - median| / MAD, where MAD
  is the median of |value - median|: above `score_above`. It also has to lie `least_share` of the median
  away, so that a row that hardly moves has none; where MAD is 0 (most months are the same) that
  distance alone decides. With fewer known months than `least_months` nothing is an outlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

NORMAL = 0.6745  # the MAD of normally distributed numbers, in standard deviations
DECIMALS = 6  # a value is rounded before it meets a bound


class Mark(StrEnum):
    RISE = "rise"
    FALL = "fall"
    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True)
class Rules:
    """Constants of both looks."""

    step_share: float = 0.5
    least_months: int = 6
    score_above: float = 3.5
    least_share: float = 0.2


Values = Sequence[float | None]
Marks = tuple[Mark, ...]


def marks(values: Values, rules: Rules) -> tuple[Marks, ...]:
    """What is out of the ordinary in each month, oldest first; most months have nothing."""
    steps, outliers = _steps(values, rules), _outliers(values, rules)
    return tuple(
        tuple(mark for mark in pair if mark is not None)
        for pair in zip(steps, outliers, strict=True)
    )


def _steps(values: Values, rules: Rules) -> list[Mark | None]:
    before: Values = [None, *values[:-1]]
    return [_step(then, value, rules) for then, value in zip(before, values, strict=False)]


def _step(before: float | None, value: float | None, rules: Rules) -> Mark | None:
    if not before or value is None:
        return None
    share = round((value - before) / abs(before), DECIMALS)
    if abs(share) < rules.step_share:
        return None
    return Mark.RISE if share > 0 else Mark.FALL


def _outliers(values: Values, rules: Rules) -> list[Mark | None]:
    known = [value for value in values if value is not None]
    if len(known) < rules.least_months:
        return [None] * len(values)
    middle = median(known)
    spread = median(abs(value - middle) for value in known)
    return [
        None if value is None else _outlier(value - middle, middle, spread, rules)
        for value in values
    ]


def _outlier(distance: float, middle: float, spread: float, rules: Rules) -> Mark | None:
    size = round(abs(distance), DECIMALS)
    if not size or size < round(rules.least_share * abs(middle), DECIMALS):
        return None
    if spread and round(NORMAL * size / spread, DECIMALS) <= rules.score_above:
        return None
    return Mark.HIGH if distance > 0 else Mark.LOW
