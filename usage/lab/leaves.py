"""A score as a sum of leaves: the points of each judged measure times its effective weight. Pure.

A leaf is a measure of one instance where scores are rolled up, a measure of the account where values are,
a health measure, or usage that is carried over from an earlier month. Weights are fractions, so those of
a score sum to 1 exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from usage import explain_health
from usage.card_rows import Card, Row, applies, counted_rows, points_of
from usage.facts import row_id
from usage.scoring.edition import SEATS, Measure, UseCase
from usage.scoring.scorecard import HealthGroup

Known = Sequence[tuple[float | None, float]]


@dataclass(frozen=True)
class Leaf:
    """`part` is the code of the component, group or carried part; `instance` empty: of the account."""

    part: str
    measure: str
    instance: str
    weight: Fraction
    points: Fraction

    @property
    def key(self) -> tuple[str, str, str]:
        return self.part, self.measure, self.instance

    @property
    def adds(self) -> Fraction:
        return self.weight * self.points


def leaves(card: Card, of: str) -> dict[tuple[str, str, str], Leaf]:
    """What the score of a composite, component or group is made of; empty where it is NA."""
    found: dict[tuple[str, str, str], Leaf] = {}
    for leaf in _below(card, of, Fraction(1)):
        met = found.get(leaf.key)  # a component may stand in two composites
        found[leaf.key] = replace(leaf, weight=leaf.weight + met.weight) if met else leaf
    return found


def group_of(card: Card, code: str) -> HealthGroup | None:
    groups = card.edition.scorecard.groups if card.edition.scorecard else ()
    return next((group for group in groups if group.code == code), None)


def exact_shares(known: Known) -> list[Fraction]:
    """Effective weights of (number, weight) pairs; 0 where the number is missing."""
    total = sum((Fraction(weight) for number, weight in known if number is not None), Fraction(0))
    return [
        Fraction(weight) / total if number is not None and total else Fraction(0)
        for number, weight in known
    ]


def _below(card: Card, code: str, weight: Fraction) -> Iterator[Leaf]:
    kept = explain_health.carried_score(code, card.evidence)
    if kept is not None:
        month: str = card.evidence["carried"]["from"]
        yield Leaf(code, f"{code} of {month}", "", weight, Fraction(kept))
        return
    composite = next((each for each in card.edition.composites if each.code == code), None)
    group = group_of(card, code)
    if composite is not None:
        pairs = [(_score(card, child, code), share) for child, share in composite.weights]
        for (child, _), share in zip(composite.weights, exact_shares(pairs), strict=True):
            if share:
                yield from _below(card, child, weight * share)
    elif group is not None:
        yield from _of_group(card, group, weight)
    else:
        use_case = card.edition.use_case(code)
        found = _of_scores if use_case.roll_up == "score" else _of_values
        yield from found(card, use_case, weight)


def _score(card: Card, code: str, parent: str) -> float | None:
    """As far as it counts for its parent: in an account's first days usage does not count overall."""
    is_below = parent != card.edition.overall
    evidence = {**card.evidence, "young": False} if is_below else card.evidence
    return explain_health.score_of(code, evidence, card.edition)


def _of_group(card: Card, group: HealthGroup, weight: Fraction) -> Iterator[Leaf]:
    scorecard = card.edition.scorecard
    codes = [each.code for _, each in scorecard.measures()] if scorecard else []
    points = [
        points_of(card.edition, card.evidence["health"][codes.index(measure.code)][1])
        for measure in group.measures
    ]
    pairs = list(zip(points, (measure.weight for measure in group.measures), strict=True))
    for measure, point, share in zip(group.measures, points, exact_shares(pairs), strict=True):
        if point is not None:
            yield Leaf(
                group.code, f"{group.code}.{measure.code}", "", weight * share, Fraction(point)
            )


def _of_values(card: Card, use_case: UseCase, weight: Fraction) -> Iterator[Leaf]:
    places = card.positions(use_case)
    points = [points_of(card.edition, card.evidence["measures"][place][1]) for place, _ in places]
    pairs = [(point, measure.weight) for point, (_, measure) in zip(points, places, strict=True)]
    for (_, measure), point, share in zip(places, points, exact_shares(pairs), strict=True):
        if point is not None:
            code = f"{use_case.code}.{measure.code}"
            yield Leaf(use_case.code, code, "", weight * share, Fraction(point))


def _of_scores(card: Card, use_case: UseCase, weight: Fraction) -> Iterator[Leaf]:
    rows = [row for row in counted_rows(use_case, card) if not applies(use_case, row)]
    known = [(row, cells) for row in rows if (cells := list(_cells(card, use_case, row)))]
    arr = sum(row["arr"] for row, _ in known)
    by_arr = exact_shares([(1.0, row["arr"] if arr else 1.0) for row, _ in known])
    for (row, cells), part in zip(known, by_arr, strict=True):
        shares = exact_shares([(point, measure.weight) for measure, point in cells])
        for (measure, point), share in zip(cells, shares, strict=True):
            code = f"{use_case.code}.{measure.code}"
            yield Leaf(use_case.code, code, row_id(row), weight * part * share, Fraction(point))


def _cells(card: Card, use_case: UseCase, row: Row) -> Iterator[tuple[Measure, float]]:
    for place, measure in card.positions(use_case):
        point = points_of(card.edition, row["measures"][place][3])
        if point is not None:
            yield measure, point


# --- The value of a measure over some of an account's instances ---------------------------------------


def knowing(card: Card, use_case: UseCase, place: int) -> dict[str, Row]:
    """The instances whose value of a measure counts, by installation; to a sum a row may bring 0 of 0."""
    measure = list(card.edition.measures())[place][1]
    return {
        row_id(row): row
        for row in counted_rows(use_case, card)
        if not applies(use_case, row) and _counts(measure, row["measures"][place], use_case)
    }


def _counts(measure: Measure, cells: Sequence[object], use_case: UseCase) -> bool:
    top, bottom, value, _ = cells
    if use_case.roll_up != "sum":
        return value is not None
    return top is not None and (measure.denominator is None or bottom is not None)


def value_over(
    card: Card, use_case: UseCase, place: int, instances: Collection[str]
) -> float | None:
    """A measure's value if only these instances reported; None where none of them does."""
    known = knowing(card, use_case, place)
    if known.keys() <= set(instances):
        value = card.evidence["measures"][place][0]
        return None if value is None else float(value)
    rows = [row for instance, row in known.items() if instance in instances]
    if not rows:
        return None
    measure = list(card.edition.measures())[place][1]
    if use_case.roll_up == "sum":
        return _summed(measure, rows, place)
    return mean_by_arr([(row["arr"], float(row["measures"][place][2])) for row in rows])


def mean_by_arr(pairs: Sequence[tuple[float, float]]) -> float:
    """ARR-weighted mean of (ARR, number) pairs; an even one where none has ARR."""
    total = sum(arr for arr, _ in pairs)
    return sum((arr if total else 1.0) * value for arr, value in pairs) / (total or len(pairs))


def _summed(measure: Measure, rows: Sequence[Row], place: int) -> float | None:
    tops = sum(row["measures"][place][0] for row in rows)
    if measure.denominator is None:
        return float(tops)
    bottoms = sum(bottom_once(measure, row, rows, place) for row in rows)
    if bottoms:
        return float(tops / bottoms)
    return None if measure.zero_denominator_is_na else 0.0


def bottom_once(measure: Measure, row: Row, rows: Sequence[Row], place: int) -> float:
    """A row's denominator; a subscription's seats count once, an even share for each instance of it."""
    bottom = float(row["measures"][place][1])
    keys = measure.denominator.keys if measure.denominator else ()
    if SEATS not in keys or bottom != row["seats"]:
        return bottom
    sharing = [other for other in rows if other["subscription"] == row["subscription"]]
    return bottom / len(sharing)
