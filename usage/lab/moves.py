"""What moved between two cards, in words: "deployments per user 7.4 → 1.1 (Green > 7 · Red < 2)". Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from accounts import formats
from usage import explain, explain_health, health_words
from usage.bounds import measure_bounds
from usage.card_rows import Card, Row, applies, counted_rows
from usage.facts import row_id
from usage.lab.leaves import Leaf, leaves
from usage.nodes import Node
from usage.scoring.edition import Edition, Measure, UseCase
from usage.scoring.scorecard import HealthMeasure


def codes(edition: Edition) -> set[str]:
    """Of all that has a score: composites, components and groups."""
    groups = edition.scorecard.codes if edition.scorecard else ()
    return {*(c.code for c in edition.composites), *(u.code for u in edition.use_cases), *groups}


def name_of(edition: Edition, code: str) -> str:
    """Of a composite, component, group or, by its full code, a measure; raise KeyError where none is."""
    part, _, rest = code.partition(".")
    if rest:
        return _measure(edition, part, rest).name
    use_case = next((each for each in edition.use_cases if each.code == code), None)
    if use_case is not None:
        return use_case.name
    groups = edition.scorecard.groups if edition.scorecard else ()
    group = next((each for each in groups if each.code == code), None)
    if group is not None:
        return group.name
    if code not in codes(edition):
        raise KeyError(code)
    return code.replace("_", " ").capitalize()


def _measure(edition: Edition, part: str, code: str) -> Measure | HealthMeasure:
    found: list[Measure | HealthMeasure] = [
        measure
        for owner, measure in edition.measures()
        if (owner.code, measure.code) == (part, code)
    ]
    if edition.scorecard is not None:
        found += [
            measure
            for group, measure in edition.scorecard.measures()
            if (group.code, measure.code) == (part, code)
        ]
    if not found:
        raise KeyError(f"{part}.{code}")
    return found[0]


def measure_text(former: Card, later: Card, code: str) -> str:
    """A measure's two values and its bounds; at another age also that other bounds hold."""
    part, _, rest = code.partition(".")
    measure = _measure(later.edition, part, rest)
    if isinstance(measure, HealthMeasure):
        texts = [_said(card, measure) for card in (former, later)]
        return f"{texts[0]} → {texts[1]}"
    values = [_value(card, code) for card in (former, later)]
    shown = " → ".join(formats.value_text(each, is_share=measure.is_share) for each in values)
    bounds = measure_bounds(measure, later.age)
    if measure.bands_at(former.age) != measure.bands_at(later.age):
        bounds = f"{bounds}; other bounds hold at {later.age} months than at {former.age}"
    return f"{shown} ({bounds})"


def _value(card: Card, code: str) -> float | None:
    full = [f"{owner.code}.{measure.code}" for owner, measure in card.edition.measures()]
    value: float | None = card.evidence["measures"][full.index(code)][0]
    return value


def _said(card: Card, measure: HealthMeasure) -> str:
    scorecard = card.edition.scorecard
    found = [each.code for _, each in scorecard.measures()] if scorecard else []
    number = card.evidence["health"][found.index(measure.code)][0]
    return "NA" if number is None else health_words.number_in_words(measure, float(number))


def edition_text(by_former: Card, by_later: Card) -> str:
    """The components that another edition judges otherwise: "CI Green 88 → Red 25"."""
    changes = []
    for use_case in by_later.edition.use_cases:
        if use_case.code not in codes(by_former.edition):
            continue
        stood = [_standing(card, use_case.code) for card in (by_former, by_later)]
        if stood[0] != stood[1]:
            changes.append(f"{use_case.name} {stood[0]} → {stood[1]}")
    return "; ".join(changes)


def _standing(card: Card, code: str) -> str:
    place = [each.code for each in card.edition.use_cases].index(code)
    _, score, letter, *_ = card.evidence["components"][place]
    return standing(formats.COLOR_WORDS[letter], score)


def standing(color: str, score: float | None) -> str:
    """A colour with its score: "Green 88", "NA"."""
    return color if score is None else f"{color} {formats.points(score)}"


# --- Coverage -------------------------------------------------------------------------------------------


def coverage_text(former: Card, later: Card, part: str) -> str:
    """What came, went or became NA in a component, group or part that is carried over."""
    carried = [explain_health.carried_score(part, card.evidence) for card in (former, later)]
    if carried[1] is not None:
        return f"counts as of {later.evidence['carried']['from']}: no usage yet in this month"
    if carried[0] is not None:
        return f"counted as of {former.evidence['carried']['from']}; has usage of its own now"
    old, new = _leaves(former, part), _leaves(later, part)
    if not new:
        return f"became NA: {reason(later, part)}"
    if not old:
        return f"known now, was NA: {reason(former, part)}"
    said = [*_measures_text(later, old, new), *_instances_text(former, later, part)]
    return "; ".join(said) or "ARR or plans of its subscriptions changed"


def _leaves(card: Card, part: str) -> list[Leaf]:
    return list(leaves(card, part).values()) if part in codes(card.edition) else []


def _measures_text(later: Card, old: Sequence[Leaf], new: Sequence[Leaf]) -> Iterator[str]:
    before, after = ({leaf.measure for leaf in each} for each in (old, new))
    for code in sorted(before - after):
        yield f"{name_of(later.edition, code)} became NA"
    for code in sorted(after - before):
        yield f"{name_of(later.edition, code)} is known now"


def _instances_text(former: Card, later: Card, part: str) -> Iterator[str]:
    use_case = next((each for each in later.edition.use_cases if each.code == part), None)
    if use_case is None:
        return
    before, after = (_reporting(card, use_case) for card in (former, later))
    for instance in sorted(before.keys() - after.keys()):
        yield f"{_host(before[instance])} does not count any more"
    for instance in sorted(after.keys() - before.keys()):
        yield f"{_host(after[instance])} counts now"


def _reporting(card: Card, use_case: UseCase) -> dict[str, Row]:
    places = [place for place, _ in card.positions(use_case)]
    return {
        row_id(row): row
        for row in counted_rows(use_case, card)
        if not applies(use_case, row)
        and any(row["measures"][place][2] is not None for place in places)
    }


def _host(row: Row) -> str:
    return str(row["hostname"] or row["instance"])


def reason(card: Card, part: str) -> str:
    """Why a composite, component or group is NA."""
    if part not in codes(card.edition):
        return f"edition {card.edition.name} does not have it"
    node = find(explain.explain(card.evidence, card.edition), part)
    return node.reason if node is not None and node.reason else "nothing below it is known"


def find(root: Node, code: str) -> Node | None:
    """The first node of that code in a tree, parents before their children."""
    if root.code == code:
        return root
    return next((found for child in root.children if (found := find(child, code))), None)


def notes(
    former: Card, later: Card, of: str, scores: tuple[float | None, float | None]
) -> Iterator[str]:
    """What the parts cannot say: why a month is NA, and a Red that decides the whole."""
    for card, score, when in zip((former, later), scores, ("before", "now"), strict=True):
        if score is None:
            yield f"NA {when}: {reason(card, of)}"
    if of == later.edition.overall:
        decided = [_decided_by(card) for card in (former, later)]
        if decided[1] and not decided[0]:
            yield f"{decided[1]} is Red, and makes the whole Red whatever the rest says"
        if decided[0] and not decided[1]:
            yield f"{decided[0]} made the whole Red before, and does not any more"


def _decided_by(card: Card) -> str:
    shown = explain_health.tree(card.evidence, card.edition)
    line = shown.decided_by if shown else None
    return line.measure.name if line else ""
