"""Why a score is what it is: a card's evidence as a tree that sums to it. Pure.

overall → composite → component → subscription and instance → measure → numerator and denominator. The
contributions of a node's children sum to its score. A component that is judged by value has one
measure whose instances' contributions sum to that value, or several, each with its instances below it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from accounts.formats import COLOR_WORDS
from accounts.words import gettext
from usage import explain_health
from usage.bounds import measure_bounds
from usage.card_rows import Card, Evidence, Row, applies, counted_rows, points_of
from usage.facts import Facts, Metric, missing_keys, row_id
from usage.nodes import Node, times
from usage.numbers import amount, number
from usage.scoring.edition import Edition, Measure, UseCase

__all__ = ["Node", "explain", "shares"]


def explain(evidence: Evidence, edition: Edition, facts: Facts | None = None) -> Node:
    """The tree of a card's overall score; with facts down to the metrics of its snapshots."""
    return _composite(edition.overall, Card(evidence, edition, facts), share=None)


def shares(weights: Sequence[tuple[float | None, float]]) -> list[float | None]:
    """Effective weights of (number, weight) pairs: what is missing is redistributed; None where NA."""
    total = sum(weight for value, weight in weights if value is not None)
    return [weight / total if value is not None and total else None for value, weight in weights]


def _composite(code: str, card: Card, *, share: float | None) -> Node:
    scores = {name: (score, letter) for name, score, letter in card.evidence["composites"]}
    composite = next(part for part in card.edition.composites if part.code == code)
    pairs = [(_score_of(child, code, card), weight) for child, weight in composite.weights]
    children = tuple(
        _part(child, card, scores, share=part)
        for (child, _), part in zip(composite.weights, shares(pairs), strict=True)
    )
    score, letter = scores[code]
    color, text = COLOR_WORDS[letter], ""
    kept = explain_health.carried_score(code, card.evidence)
    if kept is not None:
        score, text = kept, explain_health.carried_from(card.evidence)
        color = card.edition.color_of(kept) or color
    return Node(
        code=code,
        label=code.replace("_", " ").capitalize(),
        color=color,
        score=score,
        text=text,
        weight_share=share,
        contribution=times(share, score),
        reason=""
        if score is not None
        else _dated(gettext("nothing below it is known"), code, card),
        children=children,
    )


def _part(code: str, card: Card, composites: Mapping[str, Any], *, share: float | None) -> Node:
    if code in composites:
        return _composite(code, card, share=share)
    groups = card.edition.scorecard.groups if card.edition.scorecard else ()
    group = next((each for each in groups if each.code == code), None)
    if group is None:
        return _component(card.edition.use_case(code), card, share=share)
    node = explain_health.group_node(group, card.evidence, card.edition, share=share)
    children = tuple(_since_when(child, f"{code}.{child.code}", card) for child in node.children)
    return _since_when(replace(node, children=children), code, card)


def _since_when(node: Node, code: str, card: Card) -> Node:
    return replace(node, reason=_dated(node.reason, code, card)) if node.reason else node


def _dated(reason: str, code: str, card: Card) -> str:
    """Why something is NA, with since when where facts are told."""
    return f"{reason}; {card.facts.since(code)}" if card.facts else reason


def _score_of(code: str, parent: str, card: Card) -> float | None:
    """The score of a part as far as it counts for its parent: in an account's first days usage does not."""
    is_below = parent != card.edition.overall
    evidence = {**card.evidence, "young": False} if is_below else card.evidence
    return explain_health.score_of(code, evidence, card.edition)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _component(use_case: UseCase, card: Card, *, share: float | None) -> Node:
    position = [part.code for part in card.edition.use_cases].index(use_case.code)
    value, score, letter, _ = card.evidence["components"][position]
    single = use_case.single_measure
    children = _scored(use_case, card) if use_case.roll_up == "score" else _valued(use_case, card)
    return Node(
        code=use_case.code,
        label=use_case.name,
        color=COLOR_WORDS[letter],
        score=score,
        value=value,
        weight_share=share,
        contribution=times(share, score),
        text=_stated(single, value, card.age) if single else "",
        reason="" if score is not None else _why_unknown(use_case, card, children),
        children=children,
    )


def _stated(measure: Measure, value: float | None, age: int) -> str:
    """A value with its unit and bounds: "38.2 builds per billable user · Green > 40 · Red ≤ 2"."""
    bounds = measure_bounds(measure, age)
    if value is None:
        return bounds
    return " · ".join(
        filter(None, [amount(value, unit=measure.unit, is_share=measure.is_share), bounds])
    )


def _why_unknown(use_case: UseCase, card: Card, children: Sequence[Node]) -> str:
    single = use_case.single_measure
    if not any(row["primary"] for row in card.evidence["rows"]):
        return _dated(gettext("no Production instance reported in this month"), use_case.code, card)
    if single is not None and not single.bands_at(card.age):
        return _not_judged(card.age)
    return next((child.reason for child in children if child.reason), gettext("not known"))


def _left_out(use_case: UseCase, card: Card) -> Iterator[Node]:
    rows = counted_rows(use_case, card)
    for row in card.evidence["rows"]:
        if row not in rows:
            yield Node(
                code=row["instance"] or row["subscription"],
                label=row["hostname"] or row["instance"] or row["subscription"],
                color="NA",
                text=f"{row['subscription']} · {row['plan']}",
                reason=_why_left_out(row, card),
            )


def _why_left_out(row: Row, card: Card) -> str:
    if row["instance"] is None:
        return _dated(row["reason"], f"#{row['subscription']}", card)
    return row["reason"] or gettext("another instance of the account has more users")


def _arr_shares(rows: Sequence[Row], numbers: Sequence[float | None]) -> list[float | None]:
    """Shares by ARR of what is known; even ones where the known rows have none."""
    known = sum(row["arr"] for row, value in zip(rows, numbers, strict=True) if value is not None)
    weights = [row["arr"] if known else 1.0 for row in rows]
    return shares(list(zip(numbers, weights, strict=True)))


# --- Judged by score: subscriptions, then their measures ---------------------------------------------


def _scored(use_case: UseCase, card: Card) -> tuple[Node, ...]:
    rows = counted_rows(use_case, card)
    measured = [_measures(use_case, row, card, applies(use_case, row)) for row in rows]
    scores = [_sum_of(children) for children in measured]
    parts = _arr_shares(rows, scores)
    nodes = [
        _instance(
            row,
            color=card.edition.color_of(score) or "NA",
            score=score,
            weight_share=part,
            contribution=times(part, score),
            reason=applies(use_case, row) or ("" if score is not None else _first_reason(children)),
            children=children,
        )
        for row, score, part, children in zip(rows, scores, parts, measured, strict=True)
    ]
    return (*nodes, *_left_out(use_case, card))


def _sum_of(children: Sequence[Node]) -> float | None:
    known = [child.contribution for child in children if child.contribution is not None]
    return sum(known) if known else None


def _first_reason(children: Sequence[Node]) -> str:
    return next((child.reason for child in children if child.reason), gettext("not known"))


def _instance(row: Row, **fields: Any) -> Node:
    return Node(
        code=row["instance"],
        label=row["hostname"] or row["instance"],
        text=f"{row['subscription']} · {row['plan']} · reported {row['snapshot'][:10]}",
        **fields,
    )


def _measures(use_case: UseCase, row: Row, card: Card, reason: str) -> tuple[Node, ...]:
    found = [(m, row["measures"][position]) for position, m in card.positions(use_case)]
    points = [points_of(card.edition, letter) for _, (*_, letter) in found]
    parts = shares([(p, m.weight) for p, (m, _) in zip(points, found, strict=True)])
    return tuple(
        _reported(measure, cells, row, card, reason, share=part)
        for (measure, cells), part in zip(found, parts, strict=True)
    )


# --- Judged by value: each measure's value from its instances ------------------------------------------


def _valued(use_case: UseCase, card: Card) -> tuple[Node, ...]:
    """The instances that make the one measure's value, or the measures and below each its instances."""
    places = card.positions(use_case)
    if use_case.single_measure is not None:
        return _parts_of_value(use_case, *places[0], card)
    found = [card.evidence["measures"][position] for position, _ in places]
    points = [points_of(card.edition, letter) for _, letter in found]
    parts = shares([(p, m.weight) for p, (_, m) in zip(points, places, strict=True)])
    return tuple(
        _judged(use_case, place, card, share=part)
        for place, part in zip(places, parts, strict=True)
    )


def _judged(
    use_case: UseCase, place: tuple[int, Measure], card: Card, *, share: float | None
) -> Node:
    """A measure of the account, by its rolled-up value."""
    position, measure = place
    value, letter = card.evidence["measures"][position]
    points = points_of(card.edition, letter)
    children = _parts_of_value(use_case, position, measure, card)
    unknown = _not_judged(card.age) if value is not None else _first_reason(children)
    return Node(
        code=measure.code,
        label=measure.name,
        color=COLOR_WORDS[letter],
        score=points,
        value=value,
        weight_share=share,
        contribution=times(share, points),
        text=_stated(measure, value, card.age),
        reason="" if points is not None else unknown,
        children=children,
    )


def _parts_of_value(
    use_case: UseCase, position: int, measure: Measure, card: Card
) -> tuple[Node, ...]:
    rows = counted_rows(use_case, card)
    reasons = [applies(use_case, row) for row in rows]
    values = [
        None if reason else _number(row["measures"][position][2])
        for row, reason in zip(rows, reasons, strict=True)
    ]
    if use_case.roll_up == "sum":
        parts, contributions = _parts_of_sum(rows, reasons, position, measure, card)
    else:
        parts = _arr_shares(rows, values)
        contributions = [times(part, value) for part, value in zip(parts, values, strict=True)]
    nodes = []
    for row, reason, value, part, contribution in zip(
        rows, reasons, values, parts, contributions, strict=True
    ):
        leaf = _reported(measure, row["measures"][position], row, card, reason, share=None)
        unknown = "" if value is not None else leaf.reason
        nodes.append(
            _instance(
                row,
                color="NA" if reason else leaf.color,
                value=value,
                weight_share=part,
                contribution=contribution,
                reason=reason or unknown,
                children=(leaf,),
            )
        )
    return (*nodes, *_left_out(use_case, card))


Shares = list[float | None]


def _parts_of_sum(
    rows: Sequence[Row], reasons: Sequence[str], position: int, measure: Measure, card: Card
) -> tuple[Shares, Shares]:
    """Shares of the summed numerator, and what each adds to the value: the same share of it."""
    tops: Shares = []
    for row, reason in zip(rows, reasons, strict=True):
        top, bottom, *_ = row["measures"][position]
        known = (
            not reason and top is not None and (measure.denominator is None or bottom is not None)
        )
        tops.append(float(top) if known else None)
    total = sum(top for top in tops if top is not None)
    parts = shares([(top, (top or 0.0) if total else 1.0) for top in tops])
    value = _number(card.evidence["measures"][position][0])
    return parts, [times(part, value) for part in parts]


def _reported(
    measure: Measure,
    cells: Sequence[Any],
    row: Row,
    card: Card,
    reason: str,
    *,
    share: float | None,
) -> Node:
    """A measure of one instance."""
    top, bottom, value, letter = cells
    metrics = card.facts.metrics_of(measure, row) if card.facts else ()
    points = points_of(card.edition, letter)
    bounds = measure_bounds(measure, card.age)
    return Node(
        code=measure.code,
        label=measure.name,
        color=COLOR_WORDS[letter],
        score=points,
        value=value,
        weight_share=share,
        contribution=times(share, points),
        text=" · ".join(filter(None, [_division(measure, top, bottom, value), bounds])),
        reason=reason
        or ("" if points is not None else _missing(measure, cells, card.age, metrics)),
        edition=card.edition.name,
        recorded_at=row["snapshot"],
        snapshot=card.facts.snapshots.get(row_id(row)) if card.facts else None,
        metrics=metrics,
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


def _missing(measure: Measure, cells: Sequence[Any], age: int, metrics: Sequence[Metric]) -> str:
    top, bottom, value, _ = cells
    if value is not None:
        return _not_judged(age)
    names: list[str] = []
    if top is None:
        names += measure.numerator.keys
    if measure.denominator is not None and bottom is None:
        names += measure.denominator.keys
    if not names:
        return _too_small(measure, bottom) or gettext("the denominator is 0")
    told = missing_keys([metric for metric in metrics if metric.key in names])
    return told or gettext("not reported: %(keys)s") % {"keys": ", ".join(dict.fromkeys(names))}


def _too_small(measure: Measure, bottom: float | None) -> str:
    least = measure.minimum_sample
    if least is None or bottom is None or round(bottom, 6) >= least:
        return ""
    return gettext("sample too small: %(count)s of at least %(least)s") % {
        "count": number(bottom),
        "least": number(least),
    }


def _not_judged(age: int) -> str:
    return gettext("not judged at an account age of %(age)s months") % {"age": age}
