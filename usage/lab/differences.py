"""What differs between two editions, in a sentence each. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from usage.lab.age_rows import age_rows, age_words, band_words
from usage.scoring.edition import COLORS, Edition, Measure, Term, UseCase
from usage.scoring.frames import full_code

T = TypeVar("T")
NONE = "none"


def differences(before: Edition, after: Edition) -> list[str]:
    """One sentence per difference; empty where both say the same."""
    return [
        *_settings(before, after),
        *_pairs("", _weights(before), _weights(after)),
        *_use_cases(before, after),
    ]


def _settings(before: Edition, after: Edition) -> Iterator[str]:
    yield from _fields("", before, after, but=("name", "points", "use_cases", "composites", "levels", "scorecard"))  # fmt: skip
    yield from _pairs("", *(dict(_points(each)) for each in (before, after)))
    yield from _pairs("", *(dict(_levels(each)) for each in (before, after)))
    if before.scorecard != after.scorecard:
        yield "the health scorecard: other groups or measures"


def _points(edition: Edition) -> Iterator[tuple[str, str]]:
    for color, points in zip(COLORS, edition.points, strict=True):
        yield f"points of {color}", f"{points:g}"


def _levels(edition: Edition) -> Iterator[tuple[str, str]]:
    for level in edition.levels:
        top = "the highest" if level.up_to is None else f"up to {level.up_to:g}"
        yield f"maturity level {level.name}", top


def _weights(edition: Edition) -> dict[str, str]:
    return {
        f"weight of {child} in {composite.code}": f"{weight:g}"
        for composite in edition.composites
        for child, weight in composite.weights
    }


def _use_cases(before: Edition, after: Edition) -> Iterator[str]:
    old = {each.code: each for each in before.use_cases}
    new = {each.code: each for each in after.use_cases}
    yield from _order("use cases", list(old), list(new))
    for code in (*old, *(code for code in new if code not in old)):
        if code not in new:
            yield f"{code}: removed"
        elif code not in old:
            yield f"{code}: added"
        else:
            yield from _use_case(old[code], new[code])


def _use_case(before: UseCase, after: UseCase) -> Iterator[str]:
    yield from _fields(f"{before.code}: ", before, after, but=("code", "measures"))
    old = {full_code(before.code, each.code): each for each in before.measures}
    new = {full_code(after.code, each.code): each for each in after.measures}
    yield from _order(f"measures of {before.code}", list(old), list(new))
    for code in (*old, *(code for code in new if code not in old)):
        if code not in new:
            yield f"{code}: removed"
        elif code not in old:
            yield f"{code}: added"
        else:
            yield from measure_differences(code, old[code], new[code])


def measure_differences(code: str, before: Measure, after: Measure) -> Iterator[str]:
    yield from _fields(f"{code}: ", before, after, but=("code", "bands"))
    yield from _pairs(f"{code}: ", _bands(before), _bands(after))


def _bands(measure: Measure) -> dict[str, str]:
    """Colours with their bounds; accounts of which age where it matters."""
    found = {}
    for row in age_rows(measure.bands):
        ages = age_words(row.age_from, row.age_to)
        where = "" if ages == age_words(None, None) else f" ({ages})"
        for band in row.bands:
            found[f"{band.color}{where}"] = band_words(band, is_share=measure.is_share)
    return found


def _order(what: str, before: list[str], after: list[str]) -> Iterator[str]:
    """Whether those that are in both stand in another order."""
    kept = [code for code in before if code in after]
    if kept != [code for code in after if code in before]:
        yield f"another order of the {what}"


def _fields(prefix: str, before: T, after: T, *, but: tuple[str, ...]) -> Iterator[str]:
    for field in fields(before):  # type: ignore[arg-type]  # dataclasses, all of them
        if field.name not in but:
            old, new = getattr(before, field.name), getattr(after, field.name)
            if old != new:
                name = field.name.replace("_", " ")
                yield f"{prefix}{name} {_told(old)} → {_told(new)}"


def _pairs(prefix: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name in (*before, *(name for name in after if name not in before)):
        old, new = before.get(name, NONE), after.get(name, NONE)
        if old != new:
            yield f"{prefix}{name} {old} → {new}"


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Term):
        return f"{value.operation} of {', '.join(value.keys)}"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "all"
    return NONE if value is None else f"“{value}”" if isinstance(value, str) else str(value)
