"""What makes an edition valid, in sentences: bands without gap or overlap, weights, known metrics."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from itertools import pairwise

from usage.scoring import scorecard_validation
from usage.scoring.bands import CODE, band_row_faults, repeated
from usage.scoring.edition import COLORS, Band, Edition, Measure
from usage.scoring.frames import full_code
from usage.scoring.settling_validation import sampling_faults, settling_faults

MOST_USE_CASES = 40  # a card keeps a letter for each
MOST_LEVELS = 10  # a card keeps a digit for each

AgeRow = tuple[int, int | None]


def faults(edition: Edition, known_metrics: Collection[str]) -> list[str]:
    """One sentence per fault; empty: the edition may be published."""
    return [
        *_points(edition),
        *_codes(edition),
        *_composites(edition),
        *_levels(edition),
        *_metrics(edition, known_metrics),
        *scorecard_validation.faults(edition),
        *(
            f"{use_case.code}: {fault}"
            for use_case in edition.use_cases
            for fault in settling_faults(use_case, edition)
        ),
        *(
            f"{full_code(use_case.code, measure.code)}: {fault}"
            for use_case, measure in edition.measures()
            for fault in (*_bands(measure), *sampling_faults(measure))
        ),
    ]


def _points(edition: Edition) -> Iterator[str]:
    for color, points in zip(COLORS, edition.points, strict=True):
        if edition.color_of(points) != color:
            yield f"points of {color} ({points:g}) lie in another colour's range of scores"
    if not all(0 <= points <= 100 for points in edition.points):
        yield "points must lie within 0 to 100"
    if not (edition.red_up_to > 0 and edition.yellow_up_to < 100):
        yield "the bounds of scores must lie between 0 and 100"


def _codes(edition: Edition) -> Iterator[str]:
    if not edition.use_cases:
        yield "it has no use cases"
    if (count := len(edition.use_cases)) > MOST_USE_CASES:
        yield f"it has {count} use cases; {MOST_USE_CASES} is the most"
    composites = [composite.code for composite in edition.composites]
    for code in composites:
        if not CODE.fullmatch(code):
            yield f"the code {code} is not made of up to 40 small letters, digits and _"
    for code in repeated([*(use_case.code for use_case in edition.use_cases), *composites]):
        yield f"the code {code} is used twice"
    for use_case in edition.use_cases:
        if not use_case.measures:
            yield f"{use_case.code} has no measures"
        for code in repeated(measure.code for measure in use_case.measures):
            yield f"{use_case.code} has the measure {code} twice"


def _composites(edition: Edition) -> Iterator[str]:
    if not edition.composites:
        yield "it has no composite, so there is no overall score"
    known = {use_case.code for use_case in edition.use_cases}
    for composite in edition.composites:
        if not composite.weights:
            yield f"{composite.code} weighs nothing"
        groups = _groups_of(composite.code, edition)
        for child, weight in composite.weights:
            if child not in known and child not in groups:
                yield f"{composite.code} weighs {child}, which is no component and no composite before it"
            if not 0 < weight < math.inf:
                yield f"{composite.code} gives {child} the weight {weight:g}; it must be above 0"
        for child in repeated(child for child, _ in composite.weights):
            yield f"{composite.code} weighs {child} twice"
        known.add(composite.code)


def _groups_of(composite: str, edition: Edition) -> tuple[str, ...]:
    """The health groups that a composite may weigh: only the overall score has them."""
    card = edition.scorecard
    return card.codes if card is not None and composite == edition.overall else ()


def _levels(edition: Edition) -> Iterator[str]:
    if not edition.levels:
        yield "it has no maturity levels"
        return
    if (count := len(edition.levels)) > MOST_LEVELS:
        yield f"it has {count} maturity levels; {MOST_LEVELS} is the most"
    for name in repeated(level.name for level in edition.levels):
        yield f"the maturity level {name} stands twice"
    tops = [level.up_to for level in edition.levels]
    if tops[-1] is not None or None in tops[:-1]:
        yield "just the last maturity level has no upper bound"
        return
    bounds = [top for top in tops if top is not None]
    if any(low >= high for low, high in pairwise(bounds)):
        yield "the bounds of the maturity levels do not ascend"


def _metrics(edition: Edition, known: Collection[str]) -> Iterator[str]:
    for key in edition.metric_keys:
        if key not in known:
            yield f"the metric {key} is not in the metric dictionary"
    for use_case, measure in edition.measures():
        for term in (measure.numerator, measure.denominator):
            if term is not None and not term.keys:
                yield f"{full_code(use_case.code, measure.code)}: a term names no metric"
        if not 0 < measure.weight < math.inf:
            yield f"{full_code(use_case.code, measure.code)}: the weight must be above 0"


def _bands(measure: Measure) -> Iterator[str]:
    if not measure.bands:
        yield "it has no bands"
    rows: dict[AgeRow, list[Band]] = {}
    for band in measure.bands:
        rows.setdefault((band.age_from or 0, band.age_to), []).append(band)
    ages = sorted(rows, key=lambda row: row[0])
    for (_, end), (start, _) in pairwise(ages):
        if end is None or start <= end:
            yield f"age rows overlap at {start} months"
    for age in ages:
        if age[1] is not None and age[1] < age[0]:
            yield f"an age row ends before it begins{_at(age)}"
        yield from (f"{fault}{_at(age)}" for fault in band_row_faults(rows[age]))


def _at(age: AgeRow) -> str:
    if age == (0, None):
        return ""
    return f" (age {age[0]} to {age[1]})" if age[1] is not None else f" (age {age[0]} and up)"
