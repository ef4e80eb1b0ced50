"""An edition as people read it: bands, weights and levels in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from accounts import formats
from usage.scoring.edition import Band, Edition, Measure, UseCase

SEPARATOR = " · "


@dataclass(frozen=True)
class AgeBands:
    """The bands of a measure for accounts of one age."""

    age: str  # "" where they hold for all
    text: str


@dataclass(frozen=True)
class MeasureSheet:
    measure: Measure
    formula: str
    bands: tuple[AgeBands, ...]


@dataclass(frozen=True)
class UseCaseSheet:
    use_case: UseCase
    measures: tuple[MeasureSheet, ...]
    limits: str  # which plans and deployments it applies to
    share: float | None  # of the overall score, where everything is available


@dataclass(frozen=True)
class WeightRow:
    """A part of a composite; `share` is its part of that composite, `overall` of the whole score."""

    name: str
    weight: float
    share: float
    overall: float
    depth: int


@dataclass(frozen=True)
class LevelRow:
    name: str
    text: str


def use_case_sheets(edition: Edition) -> tuple[UseCaseSheet, ...]:
    shares = {row.name: row.overall for row in weight_rows(edition)}
    return tuple(
        UseCaseSheet(
            use_case=use_case,
            measures=tuple(_measure_sheet(measure) for measure in use_case.measures),
            limits=SEPARATOR.join(filter(None, _limits(use_case))),
            share=shares.get(use_case.name),
        )
        for use_case in edition.use_cases
    )


def weight_rows(edition: Edition) -> tuple[WeightRow, ...]:
    """The tree of weights below the overall score, parents before their parts."""
    return tuple(_weights_below(edition, edition.overall, overall=1.0, depth=0))


def level_rows(edition: Edition) -> tuple[LevelRow, ...]:
    below: float | None = None
    rows = []
    for level in edition.levels:
        sides = [
            "" if below is None else f"above {formats.number(below)}",
            "" if level.up_to is None else f"up to {formats.number(level.up_to)}",
        ]
        rows.append(LevelRow(level.name, " ".join(filter(None, sides)) or "any score"))
        below = level.up_to
    return tuple(rows)


def _weights_below(
    edition: Edition, code: str, *, overall: float, depth: int
) -> Iterator[WeightRow]:
    composite = next((each for each in edition.composites if each.code == code), None)
    if composite is None:
        return
    total = sum(weight for _, weight in composite.weights)
    names = {use_case.code: use_case.name for use_case in edition.use_cases}
    for child, weight in composite.weights:
        share = weight / total
        name = names.get(child, child.replace("_", " ").capitalize())
        yield WeightRow(name, weight, share, share * overall, depth)
        yield from _weights_below(edition, child, overall=share * overall, depth=depth + 1)


def _limits(use_case: UseCase) -> Iterator[str]:
    if use_case.plans:
        yield f"{' and '.join(use_case.plans)} only"
    if use_case.deployments:
        yield f"{' and '.join(use_case.deployments)} only"


def _measure_sheet(measure: Measure) -> MeasureSheet:
    return MeasureSheet(measure, formula_text(measure), tuple(_bands_by_age(measure)))


def formula_text(measure: Measure) -> str:
    numerator = _term_text(measure.numerator.operation, measure.numerator.keys)
    if measure.denominator is None:
        return numerator
    return f"{numerator} / {_term_text(measure.denominator.operation, measure.denominator.keys)}"


def _term_text(operation: str, keys: tuple[str, ...]) -> str:
    if len(keys) == 1 and operation != "count_positive":
        return keys[0]
    if operation == "sum":
        return f"({' + '.join(keys)})"
    if operation == "difference":
        return f"({f' {formats.MINUS} '.join(keys)})"
    words = {"first": "first known of", "count_positive": "how many are above 0 of"}
    return f"{words[operation]} ({', '.join(keys)})"


def _bands_by_age(measure: Measure) -> Iterator[AgeBands]:
    ages = sorted({(band.age_from or 0, band.age_to) for band in measure.bands}, key=_from_age)
    if ages and ages[0][0] > 0:
        yield AgeBands(f"under {formats.plural(ages[0][0], 'month')}", formats.NA)
    for first, last in ages:
        text = bands_text(measure.bands_at(first), is_share=measure.is_share)
        yield AgeBands(_age_text(first, last), text)


def _from_age(age: tuple[int, int | None]) -> int:
    return age[0]


def _age_text(first: int, last: int | None) -> str:
    if last is None:
        return f"from {formats.plural(first, 'month')}" if first else ""
    return f"{first} to {last} months"


def bands_text(bands: tuple[Band, ...], *, is_share: bool) -> str:
    """From the lowest to the highest: "Red ≤ 0.1 · Yellow · Green > 0.33"."""
    ascending = sorted(bands, key=lambda band: float("-inf") if band.lower is None else band.lower)
    return SEPARATOR.join(_band_text(band, is_share=is_share) for band in ascending)


def _band_text(band: Band, *, is_share: bool) -> str:
    """A band between two others needs no bounds of its own: its neighbours say them."""
    if band.lower is None and band.upper is not None:
        bound = formats.value_text(band.upper, is_share=is_share)
        return _joined(band.color, "≤" if band.upper_closed else "<", bound)
    if band.upper is None and band.lower is not None:
        bound = formats.value_text(band.lower, is_share=is_share)
        return _joined(band.color, "≥" if band.lower_closed else ">", bound)
    return band.color


def _joined(*words: str) -> str:
    """Words that no line break parts."""
    return formats.NBSP.join(words)
