"""Breaks in metrics' series: what reads a metric, and which drops lie across a break. Pure.

A break is of the first month that is not as before. A drop across it compares two different things:
it is recorded, and nothing is asked to be done about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from usage.scoring.edition import Edition, Measure, UseCase

NUMERATOR, DENOMINATOR, SIZE = "numerator", "denominator", "size of an instance"


@dataclass(frozen=True)
class Break:
    """Where the series of what payloads report at a key path breaks, and why in words."""

    key_path: str
    period: date
    words: str

    @property
    def sentence(self) -> str:
        return f"{self.key_path} is counted otherwise from {self.period:%b %Y}: {self.words}"


@dataclass(frozen=True)
class Use:
    """A place of an edition that reads a metric; of the size that chooses instances, no measure."""

    use_case: str
    use_case_name: str
    measure: str
    measure_name: str
    role: str


def uses(edition: Edition, key_paths: Iterable[str]) -> tuple[Use, ...]:
    """Where an edition reads one of these key paths."""
    return tuple(_uses(edition, frozenset(key_paths)))


def _uses(edition: Edition, paths: frozenset[str]) -> Iterator[Use]:
    if edition.size_metric in paths:
        yield Use("", "", "", "", SIZE)
    for use_case, measure in edition.measures():
        terms = ((NUMERATOR, measure.numerator), (DENOMINATOR, measure.denominator))
        for role, term in terms:
            if term is not None and not paths.isdisjoint(term.keys):
                yield Use(use_case.code, use_case.name, measure.code, measure.name, role)


def reads(measure: Measure) -> frozenset[str]:
    """The key paths of a measure."""
    bottom = measure.denominator.keys if measure.denominator else ()
    return frozenset((*measure.numerator.keys, *bottom))


def of_measure(measure: Measure, breaks: Iterable[Break]) -> tuple[Break, ...]:
    """The breaks of what a measure reads, oldest first."""
    paths = reads(measure)
    concerned = (each for each in breaks if each.key_path in paths)
    return tuple(sorted(concerned, key=lambda each: (each.period, each.key_path)))


def of_component(use_case: UseCase, breaks: Sequence[Break]) -> tuple[Break, ...]:
    """The breaks of what any of a component's measures reads, oldest first, each once."""
    found = {each for measure in use_case.measures for each in of_measure(measure, breaks)}
    return tuple(sorted(found, key=lambda each: (each.period, each.key_path)))


def across(breaks: Iterable[Break], *, from_period: date, period: date) -> tuple[Break, ...]:
    """Those that lie after one month, and not after the other: the two do not compare."""
    return tuple(each for each in breaks if from_period < each.period <= period)


def by_component(edition: Edition, breaks: Sequence[Break]) -> Mapping[str, tuple[Break, ...]]:
    """The breaks of each component that has any, by its code."""
    found = {use_case.code: of_component(use_case, breaks) for use_case in edition.use_cases}
    return {code: concerned for code, concerned in found.items() if concerned}
