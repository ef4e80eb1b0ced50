"""Whether a card that was made anew is the one that is stored, and what differs. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from usage.scoring.edition import Edition

ABOUT = {
    "score": "the overall score",
    "color": "the overall colour",
    "component_colors": "the components' colours",
    "component_levels": "the maturity levels",
    "component_reach": "the reach of the components",
    "use_cases_adopted": "the use cases adopted",
    "newest_recorded_at": "the newest snapshot",
    "reporting_arr_share": "the share of ARR that reports",
    "input_hash": "the digest of the inputs",
}


class Outcome(StrEnum):
    """What became of a proof."""

    EQUAL = "equal"
    DIFFERS = "differs"
    UNKNOWABLE = "unknowable"


@dataclass(frozen=True)
class Difference:
    """One thing that a stored card says otherwise than the one made anew, both as text."""

    what: str
    stored: str
    rebuilt: str

    def __str__(self) -> str:
        return f"{self.what}: stored {self.stored}, rebuilt {self.rebuilt}"


@dataclass(frozen=True)
class Card:
    """A card's columns without its evidence, and that as its text."""

    values: Mapping[str, Any]
    evidence: str


def differences(stored: Card, rebuilt: Card, edition: Edition) -> tuple[Difference, ...]:
    """All that differs, components first; empty where the two are the same, byte for byte.

    A database that was moved may have written the same JSON otherwise: then the digests decide.
    """
    return tuple(_differences(stored, rebuilt, edition))


def _differences(stored: Card, rebuilt: Card, edition: Edition) -> Iterator[Difference]:
    before, after = json.loads(stored.evidence), json.loads(rebuilt.evidence)
    if before != after:
        yield from _of_evidence(before, after, edition)
    for name, words in ABOUT.items():
        if stored.values[name] != rebuilt.values[name]:
            yield Difference(words, _text(stored.values[name]), _text(rebuilt.values[name]))


def _of_evidence(
    before: Mapping[str, Any], after: Mapping[str, Any], edition: Edition
) -> Iterator[Difference]:
    """What two evidences say of components, of measures, and of the rest by its name."""
    names = {
        "components": [use_case.code for use_case in edition.use_cases],
        "measures": [f"{use_case.code}.{measure.code}" for use_case, measure in edition.measures()],
        "composites": [composite.code for composite in edition.composites],
        "health": [m.code for _, m in edition.scorecard.measures()] if edition.scorecard else [],
        "groups": list(edition.scorecard.codes) if edition.scorecard else [],
    }
    for part in dict.fromkeys([*names, *before, *after]):
        old: Any = before.get(part)
        new: Any = after.get(part)
        if old == new:
            continue
        if part == "rows":
            yield from _of_rows(old or [], new or [])
        elif part in names and _fits(old, names[part]) and _fits(new, names[part]):
            for code, was, now in zip(names[part], old, new, strict=True):
                if was != now:
                    yield Difference(code, _cell(was), _cell(now))
        else:
            yield Difference(part, _text(old), _text(new))


def _fits(cells: Any, names: Sequence[str]) -> bool:
    return isinstance(cells, list) and len(cells) == len(names)


def _of_rows(old: Sequence[Any], new: Sequence[Any]) -> Iterator[Difference]:
    """Instances and subscriptions, each by its ids."""
    before, after = _by_ids(old), _by_ids(new)
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            yield Difference(key, _row(before.get(key)), _row(after.get(key)))


def _by_ids(rows: Sequence[Any]) -> dict[str, Any]:
    return {
        f"{row['subscription']} / {row['instance'] or 'no instance'}"
        f"{' ' + row['hostname'] if row['hostname'] else ''}": row
        for row in rows
    }


def _row(row: Any) -> str:
    if row is None:
        return "not there"
    told = {name: row[name] for name in ("plan", "arr", "seats", "snapshot", "primary", "measures")}
    return _text(told)


def _cell(cell: Any) -> str:
    return " ".join(map(_text, cell)) if isinstance(cell, list) else _text(cell)


def _text(value: Any) -> str:
    if value is None:
        return "nothing"
    return json.dumps(value, default=str) if isinstance(value, list | dict) else str(value)
