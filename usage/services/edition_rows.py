"""Makes a draft's rows say what a changed edition says: row by row, so that each keeps its history."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from usage.models import Band, Edition, MaturityLevel, Measure, UseCase, Weight
from usage.models.editions import EditionPart
from usage.scoring import edition as scored
from usage.services import editions

Columns = Mapping[str, Any]
C = TypeVar("C", scored.UseCase, scored.Measure)


def write(row: Edition, content: scored.Edition) -> None:
    """Change what differs; the health scorecard is left as it is."""
    _set(row, editions.edition_columns(content))
    _write_levels(row, content)
    _write_weights(row, content)
    stored: dict[str, UseCase] = {each.code: each for each in row.use_cases.all()}
    _write_parts(
        stored,
        content.use_cases,
        add=lambda part, position: editions.insert_use_case(row, position, part),
        change=_write_use_case,
    )


def _set(row: Any, columns: Columns) -> None:
    """Save a row if a column of it is to be another."""
    changed = {name: value for name, value in columns.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if changed:
        row.save()


def _write_parts(
    stored: Mapping[str, Any],
    wanted: Sequence[C],
    *,
    add: Callable[[C, int], None],
    change: Callable[[Any, C, int], None],
) -> None:
    """Remove, add and change parts by their codes; one that comes too early in the order goes behind."""
    kept = {part.code for part in wanted}
    for code, row in stored.items():
        if code not in kept:
            row.delete()
    free = max((row.position for row in stored.values()), default=-1) + 1
    last = -1
    for part in wanted:
        old = stored.get(part.code)
        if old is not None and old.position > last:
            last = old.position
        else:
            last, free = free, free + 1
        if old is None:
            add(part, last)
        else:
            change(old, part, last)


def _write_use_case(row: UseCase, content: scored.UseCase, position: int) -> None:
    _set(row, {**editions.use_case_columns(content), "position": position})
    stored: dict[str, Measure] = {each.code: each for each in row.measures.all()}
    _write_parts(
        stored,
        content.measures,
        add=lambda part, place: editions.insert_measure(row, place, part),
        change=_write_measure,
    )


def _write_measure(row: Measure, content: scored.Measure, position: int) -> None:
    _set(row, {**editions.measure_columns(content), "position": position})
    wanted: dict[Hashable, Columns] = {
        (band.age_from, band.age_to, band.color): asdict(band) for band in content.bands
    }
    _write_rows(
        row.bands.all(),
        wanted,
        key=lambda band: (band.age_from, band.age_to, band.color),
        make=lambda columns: Band(measure=row, **columns),
    )


def _write_levels(row: Edition, content: scored.Edition) -> None:
    wanted = {
        level.name: {"name": level.name, "position": position, "up_to": level.up_to}
        for position, level in enumerate(content.levels)
    }
    stored = list(row.levels.all())
    if [(each.name, each.up_to) for each in stored] == [
        (each.name, each.up_to) for each in content.levels
    ]:
        return
    for level in stored:  # two that change places would meet at one position
        level.delete()
    for columns in wanted.values():
        MaturityLevel(edition=row, **columns).save()


def _write_weights(row: Edition, content: scored.Edition) -> None:
    pairs = [
        (composite.code, child, weight)
        for composite in content.composites
        for child, weight in composite.weights
    ]
    wanted: dict[Hashable, Columns] = {
        (parent, child): {"parent": parent, "child": child, "weight": weight, "position": position}
        for position, (parent, child, weight) in enumerate(pairs)
    }
    _write_rows(
        row.weights.all(),
        wanted,
        key=lambda weight: (weight.parent, weight.child),
        make=lambda columns: Weight(edition=row, **columns),
    )


def _write_rows(
    stored: Iterable[EditionPart],
    wanted: Mapping[Hashable, Columns],
    *,
    key: Callable[[Any], Hashable],
    make: Callable[[Columns], EditionPart],
) -> None:
    """Delete, change and add rows by a key; of two with one key the first stays."""
    seen = set()
    for row in stored:
        found = key(row)
        if found in seen or found not in wanted:
            row.delete()
        else:
            _set(row, wanted[found])
        seen.add(found)
    for missing, columns in wanted.items():
        if missing not in seen:
            make(columns).save()
