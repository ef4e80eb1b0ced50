"""Changes of an edition as values: an edition in, the changed one out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from usage.scoring.edition import Composite, Edition, Measure, UseCase

P = TypeVar("P", Measure, UseCase)


def with_use_case(edition: Edition, use_case: UseCase) -> Edition:
    """The use case in place of the one of its code, or as the last."""
    return replace(edition, use_cases=_put(edition.use_cases, use_case))


def without_use_case(edition: Edition, code: str) -> Edition:
    """Neither the use case nor what it weighs; a composite that then weighs nothing stays."""
    kept = tuple(each for each in edition.use_cases if each.code != code)
    composites = tuple(
        Composite(each.code, tuple(pair for pair in each.weights if pair[0] != code))
        for each in edition.composites
    )
    return replace(edition, use_cases=kept, composites=composites)


def moved_use_case(edition: Edition, code: str, by: int) -> Edition:
    return replace(edition, use_cases=_moved(edition.use_cases, code, by))


def with_measure(edition: Edition, use_case: str, measure: Measure) -> Edition:
    """The measure in place of the one of its code, or as the last of its use case."""
    return _measures(edition, use_case, lambda measures: _put(measures, measure))


def without_measure(edition: Edition, use_case: str, code: str) -> Edition:
    return _measures(
        edition, use_case, lambda measures: tuple(each for each in measures if each.code != code)
    )


def moved_measure(edition: Edition, use_case: str, code: str, by: int) -> Edition:
    return _measures(edition, use_case, lambda measures: _moved(measures, code, by))


def with_weights(
    edition: Edition,
    composites: Mapping[str, Mapping[str, float]],
    measures: Mapping[tuple[str, str], float],
) -> Edition:
    """Other weights: of composites by their children's codes, of measures by use case and code."""
    weighed = tuple(
        Composite(each.code, tuple(composites.get(each.code, dict(each.weights)).items()))
        for each in edition.composites
    )
    use_cases = tuple(
        replace(
            use_case,
            measures=tuple(
                replace(each, weight=measures.get((use_case.code, each.code), each.weight))
                for each in use_case.measures
            ),
        )
        for use_case in edition.use_cases
    )
    return replace(edition, composites=weighed, use_cases=use_cases)


def _measures(
    edition: Edition, code: str, change: Callable[[tuple[Measure, ...]], tuple[Measure, ...]]
) -> Edition:
    use_case = edition.use_case(code)
    return with_use_case(edition, replace(use_case, measures=change(use_case.measures)))


def _put(parts: Sequence[P], part: P) -> tuple[P, ...]:
    kept = [part if each.code == part.code else each for each in parts]
    if all(each.code != part.code for each in parts):
        kept.append(part)
    return tuple(kept)


def _moved(parts: Sequence[P], code: str, by: int) -> tuple[P, ...]:
    """The part so many places further; the ends of the row hold it."""
    at = next(place for place, each in enumerate(parts) if each.code == code)
    others = [each for each in parts if each.code != code]
    others.insert(min(max(at + by, 0), len(others)), parts[at])
    return tuple(others)
