"""What makes a health scorecard valid, in sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from usage.scoring.bands import CODE, band_row_faults, repeated
from usage.scoring.edition import Band, Edition
from usage.scoring.scorecard import HealthMeasure, Scorecard, Source

PRIORITIES = (1, 2)


def faults(edition: Edition) -> Iterator[str]:
    """One sentence per fault; none where the edition has no scorecard."""
    card = edition.scorecard
    if card is None:
        return
    yield from _codes(card, edition)
    yield from _weights(card, edition)
    for group, measure in card.measures():
        yield from (f"{group.code}.{measure.code}: {fault}" for fault in _measure(measure))


def _codes(card: Scorecard, edition: Edition) -> Iterator[str]:
    taken = {
        *(use_case.code for use_case in edition.use_cases),
        *(composite.code for composite in edition.composites),
    }
    for group in card.groups:
        if group.code in taken:
            yield f"the health group {group.code} has the code of a component or composite"
        if not group.measures:
            yield f"the health group {group.code} has no measures"
    for code in repeated(card.codes):
        yield f"the health group {code} stands twice"
    measures = [measure.code for _, measure in card.measures()]
    for code in repeated(measures):
        yield f"the health measure {code} stands twice"
    for code in (*card.codes, *measures):
        if not CODE.fullmatch(code):
            yield f"the code {code} is not made of up to 40 small letters, digits and _"


def _weights(card: Scorecard, edition: Edition) -> Iterator[str]:
    weighed = (
        {child for child, _ in edition.composites[-1].weights} if edition.composites else set()
    )
    for code in card.codes:
        if code not in weighed:
            yield f"the overall score gives the health group {code} no weight"


def _measure(measure: HealthMeasure) -> Iterator[str]:
    if not 0 < measure.weight < math.inf:
        yield "the weight must be above 0"
    if measure.source == Source.PERSONAS and not measure.personas:
        yield "it names no personas"
    stale, flagged = measure.stale_after_days, measure.flagged_after_days
    if stale is not None and flagged is not None and flagged >= stale:
        yield "it is NA before it is marked as old"
    if not measure.bands:
        yield "it has no bands"
    seen: set[tuple[str, ...]] = set()
    for priority in PRIORITIES:
        found = tuple(band_row_faults(_plain(measure, priority)))
        if found and found not in seen:
            yield from found
        seen.add(found)


def _plain(measure: HealthMeasure, priority: int) -> Sequence[Band]:
    """The bands for a priority, as those of any measure."""
    return [
        Band(band.color, band.lower, band.lower_closed, band.upper, band.upper_closed)
        for band in measure.bands_for(priority)
    ]
