"""What an edition does that its author may not mean: no fault, but worth a sentence each. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from usage.lab.age_rows import age_rows, age_words
from usage.scoring.edition import COLORS, SEATS, Band, Edition, Measure
from usage.scoring.expressions import BOUND_DECIMALS
from usage.scoring.frames import full_code

GRAIN = 10.0**-BOUND_DECIMALS


@dataclass(frozen=True)
class Seen:
    """When a metric was last reported, of which share of instances in the newest month.

    `share` None: not known; `last` None: never seen.
    """

    share: float | None
    last: date | None


def cautions(edition: Edition, seen: Mapping[str, Seen], newest: date | None) -> list[str]:
    """One sentence each; `seen` holds what is known of the metrics, `newest` the newest month."""
    return [
        *unweighed(edition),
        *(
            f"{full_code(use_case.code, measure.code)}: {text}"
            for use_case, measure in edition.measures()
            for text in measure_cautions(measure, seen, newest)
        ),
    ]


def measure_cautions(
    measure: Measure, seen: Mapping[str, Seen], newest: date | None
) -> Iterator[str]:
    yield from silent_metrics(measure, seen, newest)
    rows = age_rows(measure.bands)
    domain = domain_of(measure)
    for row in rows:
        where = "" if len(rows) == 1 else f" ({age_words(row.age_from, row.age_to)})"
        for color in unreachable(row.bands, domain):
            yield f"no value is {color}{where}"
    for young, old in pairwise(rows):
        if young.age_to is not None and (old.age_from or 0) > young.age_to + 1:
            between = age_words(young.age_to + 1, (old.age_from or 0) - 1)
            yield f"accounts of {between} are NA"


def silent_metrics(
    measure: Measure, seen: Mapping[str, Seen], newest: date | None
) -> Iterator[str]:
    """Metrics that nobody reports, or no longer; of those that are not in `seen` nothing is said."""
    for key in dict.fromkeys(_keys(measure)):
        found = seen.get(key)
        if found is None:
            continue
        if found.last is None:
            yield f"the metric {key} was never reported"
        elif newest is not None and found.last < newest:
            yield f"the metric {key} was last reported in {found.last:%B %Y}"


def _keys(measure: Measure) -> Iterator[str]:
    for term in (measure.numerator, measure.denominator):
        yield from (key for key in (term.keys if term else ()) if key != SEATS)


def domain_of(measure: Measure) -> tuple[float, float]:
    """The lowest and highest value that it can have: metrics are never negative, differences may be."""
    terms = [term for term in (measure.numerator, measure.denominator) if term]
    if any(term.operation == "difference" for term in terms):
        return -math.inf, math.inf
    if measure.numerator.operation == "count_positive" and measure.denominator is None:
        return 0.0, float(len(measure.numerator.keys))
    return 0.0, math.inf


def unreachable(bands: Sequence[Band], domain: tuple[float, float]) -> Iterator[str]:
    """The colours that no value has: they have no band, or one without a value of 6 decimals in it."""
    reached = {band.color for band in bands if _holds_any(band, domain)}
    yield from (color for color in COLORS if color not in reached)


def _holds_any(band: Band, domain: tuple[float, float]) -> bool:
    """Whether a value rounded to 6 decimals lies in a band: one next to an end of it, if any does."""
    ends = {end for end in (band.lower, band.upper, *domain) if end is not None}
    near = (
        round(end, BOUND_DECIMALS) + step * GRAIN
        for end in ends | {0.0}
        if math.isfinite(end)
        for step in (-1, 0, 1)
    )
    return any(
        domain[0] <= value <= domain[1] and holds(band, round(value, BOUND_DECIMALS))
        for value in near
    )


def holds(band: Band, value: float) -> bool:
    """Whether a value lies between a band's bounds."""
    low, high = band.lower, band.upper
    above = low is None or value > low or (band.lower_closed and value == low)
    return above and (high is None or value < high or (band.upper_closed and value == high))


def unweighed(edition: Edition) -> Iterator[str]:
    """Components and composites that no composite weighs: they change no score."""
    weighed = {child for composite in edition.composites for child, _ in composite.weights}
    for code in _parts(edition, weighed):
        yield f"{code} has no weight: it changes no other score"


def _parts(edition: Edition, weighed: Collection[str]) -> Iterator[str]:
    yield from (part.code for part in edition.use_cases if part.code not in weighed)
    yield from (part.code for part in edition.composites[:-1] if part.code not in weighed)
