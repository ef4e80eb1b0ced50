"""Why a score is what it is: a card's evidence as a tree that sums to it. Pure.

overall → composite → component → subscription and instance → measure → numerator and denominator. The
contributions of a node's children sum to its score; where a component is judged by the ARR-weighted
value, those of its subscriptions sum to that value instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from usage.numbers import amount, number
from usage.scoring.edition import COLORS, LETTERS, Edition, Measure, UseCase

COLOR_OF_LETTER = {letter: color for color, letter in LETTERS.items()} | {"N": "NA"}

Evidence = Mapping[str, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Node:
    """One line of the tree.

    `weight_share` is its effective weight in the parent (0-1, after redistribution; None: it does not
    count), `contribution` what it adds to the parent's number; `reason` says why it is NA.
    """

    code: str
    label: str
    color: str
    score: float | None = None
    value: float | None = None
    weight_share: float | None = None
    contribution: float | None = None
    text: str = ""
    reason: str = ""
    children: tuple[Node, ...] = ()


@dataclass(frozen=True)
class _Card:
    evidence: Evidence
    edition: Edition

    @property
    def age(self) -> int:
        age: int = self.evidence["age"]
        return age

    def positions(self, use_case: UseCase) -> list[tuple[int, Measure]]:
        """Where the use case's measures stand in lists of all measures."""
        return [
            (position, measure)
            for position, (owner, measure) in enumerate(self.edition.measures())
            if owner.code == use_case.code
        ]


def explain(evidence: Evidence, edition: Edition) -> Node:
    """The tree of a card's overall score."""
    return _composite(edition.overall, _Card(evidence, edition), share=None)


def shares(weights: Sequence[tuple[float | None, float]]) -> list[float | None]:
    """Effective weights of (number, weight) pairs: what is missing is redistributed; None where NA."""
    total = sum(weight for value, weight in weights if value is not None)
    return [weight / total if value is not None and total else None for value, weight in weights]


def _times(share: float | None, value: float | None) -> float | None:
    return None if share is None or value is None else share * value


def _composite(code: str, card: _Card, *, share: float | None) -> Node:
    scores = {name: (score, letter) for name, score, letter in card.evidence["composites"]}
    composite = next(part for part in card.edition.composites if part.code == code)
    pairs = [(_score_of(child, card), weight) for child, weight in composite.weights]
    children = tuple(
        _composite(child, card, share=part)
        if child in scores
        else _component(card.edition.use_case(child), card, share=part)
        for (child, _), part in zip(composite.weights, shares(pairs), strict=True)
    )
    score, letter = scores[code]
    return Node(
        code=code,
        label=code.replace("_", " ").capitalize(),
        color=COLOR_OF_LETTER[letter],
        score=score,
        weight_share=share,
        contribution=_times(share, score),
        reason="" if score is not None else "nothing below it is known",
        children=children,
    )


def _score_of(code: str, card: _Card) -> float | None:
    for name, score, _ in card.evidence["composites"]:
        if name == code:
            return _number(score)
    position = [use_case.code for use_case in card.edition.use_cases].index(code)
    return _number(card.evidence["components"][position][1])


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _component(use_case: UseCase, card: _Card, *, share: float | None) -> Node:
    position = [part.code for part in card.edition.use_cases].index(use_case.code)
    value, score, letter, _ = card.evidence["components"][position]
    single = use_case.single_measure
    children = _subscriptions(use_case, card)
    return Node(
        code=use_case.code,
        label=use_case.name,
        color=COLOR_OF_LETTER[letter],
        score=score,
        value=value,
        weight_share=share,
        contribution=_times(share, score),
        text=_stated(single, value, card.age) if single else "",
        reason="" if score is not None else _why_unknown(use_case, card, children),
        children=children,
    )


def _stated(measure: Measure, value: float | None, age: int) -> str:
    """A value with its unit and bounds: "38.2 builds per billable user · Green > 40 · Red ≤ 2"."""
    bounds = measure.bounds_in_words(age)
    if value is None:
        return bounds
    return " · ".join(
        filter(None, [amount(value, unit=measure.unit, is_share=measure.is_share), bounds])
    )


def _why_unknown(use_case: UseCase, card: _Card, children: Sequence[Node]) -> str:
    single = use_case.single_measure
    if not any(row["primary"] for row in card.evidence["rows"]):
        return "no Production instance reported in this month"
    if single is not None and not single.bands_at(card.age):
        return f"not judged at an account age of {card.age} months"
    return next((child.reason for child in children if child.reason), "not known")


def _counted_rows(use_case: UseCase, card: _Card) -> list[Row]:
    """The instances that a roll-up reads: all Production ones for a sum, else the primary ones."""
    if use_case.roll_up == "sum":
        return [row for row in card.evidence["rows"] if row["measures"]]
    rows = [row for row in card.evidence["rows"] if row["primary"]]
    if use_case.roll_up == "primary":
        return [row for row in rows if row["largest"]]
    return rows


def _subscriptions(use_case: UseCase, card: _Card) -> tuple[Node, ...]:
    rows = _counted_rows(use_case, card)
    applicable = [_applies(use_case, row) for row in rows]
    measured = [
        _measures(use_case, row, card, ok) for row, ok in zip(rows, applicable, strict=True)
    ]
    numbers = [
        _rolled(use_case, row, card, parts) if ok == "" else None
        for row, ok, parts in zip(rows, applicable, measured, strict=True)
    ]
    weights = _arr_weights(rows, numbers)
    parts = shares(list(zip(numbers, weights, strict=True)))
    silent = [row for row in card.evidence["rows"] if not row["primary"] and row not in rows]
    return (
        *(
            _subscription(row, use_case, number_, share, reason, children)
            for row, number_, share, reason, children in zip(
                rows, numbers, parts, applicable, measured, strict=True
            )
        ),
        *(_left_out(row) for row in silent),
    )


def _arr_weights(rows: Sequence[Row], numbers: Sequence[float | None]) -> list[float]:
    """ARR, or one each where the known ones have none."""
    known = sum(row["arr"] for row, value in zip(rows, numbers, strict=True) if value is not None)
    return [row["arr"] if known else 1.0 for row in rows]


def _applies(use_case: UseCase, row: Row) -> str:
    """Why the use case cannot be known for an instance; empty where it can."""
    if use_case.plans and row["plan"] not in use_case.plans:
        return f"not part of {row['plan']}"
    if use_case.deployments and row["deployment"] not in use_case.deployments:
        return f"not reported by {row['deployment']}"
    return ""


def _rolled(use_case: UseCase, row: Row, card: _Card, children: Sequence[Node]) -> float | None:
    """What a subscription brings: its one measure's value, or its score."""
    if use_case.roll_up == "score" or use_case.single_measure is None:
        pairs = [
            (child.score, m.weight) for child, m in zip(children, use_case.measures, strict=True)
        ]
        parts = shares(pairs)
        known = [_times(part, child.score) for part, child in zip(parts, children, strict=True)]
        return (
            sum(part for part in known if part is not None)
            if any(p is not None for p in parts)
            else None
        )
    ((position, _),) = card.positions(use_case)
    return _number(row["measures"][position][2])


def _subscription(
    row: Row,
    use_case: UseCase,
    value: float | None,
    share: float | None,
    reason: str,
    children: tuple[Node, ...],
) -> Node:
    by_value = use_case.roll_up != "score" and use_case.single_measure is not None
    color = children[0].color if by_value else "NA"
    return Node(
        code=row["instance"],
        label=row["hostname"] or row["instance"],
        color=color if reason == "" else "NA",
        score=None if by_value else value,
        value=value if by_value else None,
        weight_share=share,
        contribution=_times(share, value),
        text=f"{row['subscription']} · {row['plan']} · reported {row['snapshot'][:10]}",
        reason=reason or ("" if value is not None else _first_reason(children)),
        children=children,
    )


def _first_reason(children: Sequence[Node]) -> str:
    return next((child.reason for child in children if child.reason), "not known")


def _left_out(row: Row) -> Node:
    return Node(
        code=row["instance"] or row["subscription"],
        label=row["hostname"] or row["instance"] or row["subscription"],
        color="NA",
        text=f"{row['subscription']} · {row['plan']}",
        reason=row["reason"],
    )


def _measures(use_case: UseCase, row: Row, card: _Card, reason: str) -> tuple[Node, ...]:
    found = [(m, row["measures"][position]) for position, m in card.positions(use_case)]
    points = [_points(card.edition, letter) for _, (*_, letter) in found]
    parts = shares([(p, m.weight) for p, (m, _) in zip(points, found, strict=True)])
    return tuple(
        _measure(measure, cells, point, part, card.age, reason)
        for (measure, cells), point, part in zip(found, points, parts, strict=True)
    )


def _points(edition: Edition, letter: str) -> float | None:
    color = COLOR_OF_LETTER[letter]
    return edition.points[COLORS.index(color)] if color in COLORS else None


def _measure(
    measure: Measure,
    cells: Sequence[Any],
    points: float | None,
    share: float | None,
    age: int,
    reason: str,
) -> Node:
    top, bottom, value, letter = cells
    return Node(
        code=measure.code,
        label=measure.name,
        color=COLOR_OF_LETTER[letter],
        score=points,
        value=value,
        weight_share=share,
        contribution=_times(share, points),
        text=" · ".join(
            filter(None, [_division(measure, top, bottom, value), measure.bounds_in_words(age)])
        ),
        reason=reason or _missing(measure, top, bottom, value, points, age),
    )


def _division(
    measure: Measure, top: float | None, bottom: float | None, value: float | None
) -> str:
    """The arithmetic: "39,346 / 1,030 = 38.2 builds per billable user"."""
    if value is None:
        return ""
    result = amount(value, unit=measure.unit, is_share=measure.is_share)
    if measure.denominator is None or top is None or bottom is None:
        return result
    return f"{number(top)} / {number(bottom)} = {result}"


def _missing(
    measure: Measure,
    top: float | None,
    bottom: float | None,
    value: float | None,
    points: float | None,
    age: int,
) -> str:
    if points is not None:
        return ""
    if value is not None:
        return f"not judged at an account age of {age} months"
    names: list[str] = []
    if top is None:
        names += measure.numerator.keys
    if measure.denominator is not None and bottom is None:
        names += measure.denominator.keys
    if names:
        return "not reported: " + ", ".join(dict.fromkeys(names))
    return "the denominator is 0"
