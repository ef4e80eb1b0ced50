"""What makes an edition valid, in sentences: bands without gap or overlap, weights, known metrics."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

from usage.scoring.edition import COLORS, Band, Edition, Measure
from usage.scoring.frames import full_code

MOST_USE_CASES = 40  # a card keeps a letter for each
MOST_LEVELS = 10  # a card keeps a digit for each
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")

AgeRow = tuple[int, int | None]


def faults(edition: Edition, known_metrics: Collection[str]) -> list[str]:
    """One sentence per fault; empty: the edition may be published."""
    return [
        *_points(edition),
        *_codes(edition),
        *_composites(edition),
        *_levels(edition),
        *_metrics(edition, known_metrics),
        *(
            f"{full_code(use_case.code, measure.code)}: {fault}"
            for use_case, measure in edition.measures()
            for fault in _bands(measure)
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


def _repeated(codes: Iterable[str]) -> list[str]:
    return [code for code, count in Counter(codes).items() if count > 1]


def _codes(edition: Edition) -> Iterator[str]:
    if not edition.use_cases:
        yield "it has no use cases"
    if (count := len(edition.use_cases)) > MOST_USE_CASES:
        yield f"it has {count} use cases; {MOST_USE_CASES} is the most"
    composites = [composite.code for composite in edition.composites]
    for code in composites:
        if not CODE.fullmatch(code):
            yield f"the code {code} is not made of up to 40 small letters, digits and _"
    for code in _repeated([*(use_case.code for use_case in edition.use_cases), *composites]):
        yield f"the code {code} is used twice"
    for use_case in edition.use_cases:
        if not use_case.measures:
            yield f"{use_case.code} has no measures"
        for code in _repeated(measure.code for measure in use_case.measures):
            yield f"{use_case.code} has the measure {code} twice"


def _composites(edition: Edition) -> Iterator[str]:
    if not edition.composites:
        yield "it has no composite, so there is no overall score"
    known = {use_case.code for use_case in edition.use_cases}
    for composite in edition.composites:
        if not composite.weights:
            yield f"{composite.code} weighs nothing"
        for child, weight in composite.weights:
            if child not in known:
                yield f"{composite.code} weighs {child}, which is no component and no composite before it"
            if not 0 < weight < math.inf:
                yield f"{composite.code} gives {child} the weight {weight:g}; it must be above 0"
        for child in _repeated(child for child, _ in composite.weights):
            yield f"{composite.code} weighs {child} twice"
        known.add(composite.code)


def _levels(edition: Edition) -> Iterator[str]:
    if not edition.levels:
        yield "it has no maturity levels"
        return
    if (count := len(edition.levels)) > MOST_LEVELS:
        yield f"it has {count} maturity levels; {MOST_LEVELS} is the most"
    for name in _repeated(level.name for level in edition.levels):
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
        yield from (f"{fault}{_at(age)}" for fault in _row(rows[age]))


def _at(age: AgeRow) -> str:
    if age == (0, None):
        return ""
    return f" (age {age[0]} to {age[1]})" if age[1] is not None else f" (age {age[0]} and up)"


def _row(bands: Sequence[Band]) -> Iterator[str]:
    yield from (f"{color} stands twice" for color in _repeated(band.color for band in bands))
    yield from (f"{band.color} holds nothing" for band in bands if _is_empty(band))
    ordered = sorted(bands, key=_position)
    if ordered[0].lower is not None:
        yield f"no band below {ordered[0].lower:g}"
    if ordered[-1].upper is not None:
        yield f"no band above {ordered[-1].upper:g}"
    for low, high in pairwise(ordered):
        yield from _joint(low, high)


def _position(band: Band) -> tuple[float, float]:
    """By lower, then upper bound: a band of one value comes before the one that begins there."""
    low = -math.inf if band.lower is None else band.lower
    return low, math.inf if band.upper is None else band.upper


def _is_empty(band: Band) -> bool:
    if band.lower is None or band.upper is None or band.lower < band.upper:
        return False
    return band.lower > band.upper or not (band.lower_closed and band.upper_closed)


def _joint(low: Band, high: Band) -> Iterator[str]:
    names = f"{low.color} and {high.color}"
    if low.upper is None or high.lower is None or low.upper > high.lower:
        yield f"{names} overlap"
    elif low.upper < high.lower:
        yield f"a gap between {names}: {low.upper:g} to {high.lower:g}"
    elif low.upper_closed and high.lower_closed:
        yield f"{names} both hold {low.upper:g}"
    elif not (low.upper_closed or high.lower_closed):
        yield f"neither of {names} holds {low.upper:g}"
