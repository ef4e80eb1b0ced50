"""Whether what a component asks of a drop can be: months that hold, margins that can be passed, samples."""

from __future__ import annotations

import math
from collections.abc import Iterator

from usage.scoring.edition import COLORS, Edition, Measure, UseCase
from usage.scoring.settling import FOLLOWED_MONTHS, MOST_HOLD_MONTHS

WORST = COLORS[0]


def settling_faults(use_case: UseCase, edition: Edition) -> Iterator[str]:
    if not 1 <= use_case.hold_months <= MOST_HOLD_MONTHS:
        yield (
            f"a lower colour must stand for {use_case.hold_months} months;"
            f" 1 to {MOST_HOLD_MONTHS} can be asked for"
        )
    if not 0 <= use_case.recovery_months <= FOLLOWED_MONTHS:
        yield (
            f"it has recovered after {use_case.recovery_months} months;"
            f" 0 to {FOLLOWED_MONTHS} can be asked for"
        )
    if not 0 <= use_case.exit_margin < math.inf:
        yield f"the exit margin {use_case.exit_margin:g} must be 0 or more"
    elif use_case.exit_margin and _is_beyond_reach(use_case, edition):
        yield f"with the exit margin {use_case.exit_margin:g} no drop to {WORST} can ever be"


def _is_beyond_reach(use_case: UseCase, edition: Edition) -> bool:
    """Whether what is left of Red below 0 is nothing, at some age: values and scores begin at 0."""
    measure = use_case.judged_measure
    if measure is None:
        return edition.red_up_to - use_case.exit_margin < 0
    if measure.numerator.operation == "difference":
        return False
    return any(
        (left := band.upper - use_case.exit_margin) < 0 or (left == 0 and not band.upper_closed)
        for band in measure.bands
        if band.color == WORST and band.lower is None and band.upper is not None
    )


def sampling_faults(measure: Measure) -> Iterator[str]:
    sample = measure.minimum_sample
    if sample is None:
        return
    if measure.denominator is None:
        yield "a minimum sample is of a ratio's denominator, and it has none"
    if not 0 < sample < math.inf:
        yield f"the minimum sample {sample:g} must be above 0"
