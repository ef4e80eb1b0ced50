"""Why a colour differs between two editions, in words: which measure, its value, the bounds of each edition.

A row is an account month of `usage.scoring.judge`: column -> number. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from usage.bounds import measure_bounds, score_bounds
from usage.lab.what_if import NA, OVERALL
from usage.numbers import number
from usage.scoring import frames
from usage.scoring.edition import COLORS, Edition, Measure, UseCase

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Side:
    """An edition and what it says of one account month."""

    edition: Edition
    row: Row

    def use_case(self, code: str) -> UseCase | None:
        return next((each for each in self.edition.use_cases if each.code == code), None)

    def score(self, code: str) -> float | None:
        found: float | None = self.row.get(frames.score(code))
        return found

    def color(self, code: str) -> str:
        return self.edition.color_of(self.score(code)) or NA

    def value(self, code: str) -> float | None:
        found: float | None = self.row.get(frames.value(code))
        return found

    def band(self, code: str) -> str:
        """The colour of a measure."""
        points = self.row.get(frames.points(code))
        return NA if points is None else COLORS[self.edition.points.index(points)]


def why(part: str, before: Side, after: Side) -> str:
    """Why the part has another state; the first of what differs that explains it."""
    if part == OVERALL:
        return _why_whole(before, after)
    old, new = before.use_case(part), after.use_case(part)
    if old is None or new is None:
        edition = before.edition if old is None else after.edition
        return f"edition {edition.name} does not have it"
    return "; ".join([*_measures(before, after, old, new)] or [*_weights(part, before, after)])


def _why_whole(before: Side, after: Side) -> str:
    scores = " → ".join(_text(side.score(side.edition.overall)) for side in (before, after))
    names = {code: name for side in (before, after) for code, name in _named(side.edition)}
    moved = [
        f"{name} {before.color(code)} → {after.color(code)}"
        for code, name in names.items()
        if before.color(code) != after.color(code)
    ]
    return "; ".join([f"score {scores}", *(moved or ["other weights, points or bounds"])])


def _named(edition: Edition) -> Iterator[tuple[str, str]]:
    """Components, and the groups of a scorecard."""
    yield from ((use_case.code, use_case.name) for use_case in edition.use_cases)
    if edition.scorecard is not None:
        yield from ((group.code, group.name) for group in edition.scorecard.groups)


def _text(value: float | None) -> str:
    return NA if value is None else number(value)


def _measures(before: Side, after: Side, old: UseCase, new: UseCase) -> Iterator[str]:
    """The measures of another colour, and those that only one edition has."""
    earlier = {measure.code: measure for measure in old.measures}
    for measure in new.measures:
        code = frames.full_code(new.code, measure.code)
        if measure.code not in earlier:
            yield f"{measure.name} {_value(after, code, measure)} is new, {after.band(code)}"
        elif before.band(code) != after.band(code):
            yield _moved(code, before, after, earlier[measure.code], measure)
    kept = {measure.code for measure in new.measures}
    for measure in old.measures:
        if measure.code not in kept:
            code = frames.full_code(old.code, measure.code)
            yield f"{measure.name} counts no more, it was {before.band(code)}"


def _value(side: Side, code: str, measure: Measure) -> str:
    value = side.value(code)
    return NA if value is None else number(value, is_share=measure.is_share)


def _moved(code: str, before: Side, after: Side, old: Measure, new: Measure) -> str:
    """Its value, or both of them, then colour and bounds of each edition."""
    values = dict.fromkeys([_value(before, code, old), _value(after, code, new)])
    states = [
        f"{side.band(code)} ({bounds})" if (bounds := _bounds(side, measure)) else side.band(code)
        for side, measure in ((before, old), (after, new))
    ]
    return f"{new.name} {' → '.join(values)}: {' → '.join(states)}"


def _bounds(side: Side, measure: Measure) -> str:
    return measure_bounds(measure, side.row["age"])


def _weights(part: str, before: Side, after: Side) -> Iterator[str]:
    """What is left where no measure's colour differs: points, weights, the way of rolling up, bounds of scores."""
    yield f"score {' → '.join(_text(side.score(part)) for side in (before, after))}"
    bounds = [score_bounds(side.edition) for side in (before, after)]
    yield " → ".join(dict.fromkeys(bounds))
