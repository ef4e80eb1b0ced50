"""Why a score moved: the difference of two cards split into edition, coverage and measures. Pure.

With both months judged by both editions, E is the mean of what the edition changes in either month, and the
rest is the mean of what the data changes under either edition (the Shapley value of two causes: L. S. Shapley,
"A value for n-person games", 1953). Under one edition a score is the sum of leaves, weight times points, and

    difference = Σ mean weight * change of points + Σ (mean points - r) * change of weight

(the Bennet decomposition: T. L. Bennet, 1920; r, the mean of the two scores, cancels as weights sum to 1). The
first sum is of the measures; the second, with instances, subscriptions and measures that came or went and the
weights they hand on, is coverage. A value that is averaged over instances moves for the measure only as far
as the instances known in both months moved it. Both are even-handed: the months swapped give the negative.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from accounts.formats import COLOR_WORDS
from usage import explain_health
from usage.card_rows import Card
from usage.lab import moves
from usage.lab.leaves import Leaf, group_of, knowing, leaves, value_over
from usage.scoring.edition import COLORS, Measure
from usage.scoring.expressions import BOUND_DECIMALS

EDITION = "edition"
COVERAGE = "coverage"
MEASURE = "measure"
WEIGHTS = (
    "weights"  # the part of coverage that is weights handed on to what is known in both months
)
HALF = Fraction(1, 2)
Crossed = tuple[Card, Card]


@dataclass(frozen=True)
class Part:
    """What one cause adds to the difference, in points of the score."""

    kind: str
    code: str
    name: str
    points: Fraction
    text: str = ""


@dataclass(frozen=True)
class Attribution:
    """The parts sum to the difference exactly; none where a month is NA, then `notes` say why."""

    of: str
    name: str
    former: float | None
    later: float | None
    former_color: str
    later_color: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...]

    @property
    def difference(self) -> Fraction | None:
        if self.former is None or self.later is None:
            return None
        return Fraction(self.later) - Fraction(self.former)

    def total(self, kind: str) -> Fraction:
        return sum((part.points for part in self.parts if part.kind == kind), Fraction(0))


@dataclass
class _Sum:
    """What is found of one cause so far."""

    name: str
    text: str
    points: Fraction = field(default_factory=Fraction)


Causes = dict[tuple[str, str], _Sum]


def attribute(former: Card, later: Card, *, of: str, crossed: Crossed | None = None) -> Attribution:
    """Split the difference of the score of a composite, component or group.

    `crossed`: the former month by the later edition and the later month by the former one; needed
    where the editions differ. Raise KeyError where the later edition has no such part.
    """
    name = moves.name_of(later.edition, of)
    is_there = of in moves.codes(former.edition)
    scores = (stored_score(former, of) if is_there else None, stored_score(later, of))
    colors = (stored_color(former, of) if is_there else "NA", stored_color(later, of))
    result = Attribution(of, name, *scores, *colors, parts=(), notes=())
    if result.difference is not None:
        causes = _causes(former, later, of, crossed)
        result = replace(result, parts=_parts(causes, result.difference))
    return replace(result, notes=tuple(moves.notes(former, later, of, scores)))


def stored_score(card: Card, of: str) -> float | None:
    """What the card says, with usage of an earlier month where that counts."""
    if of == card.edition.overall:
        score: float | None = next(
            score for code, score, _ in card.evidence["composites"] if code == of
        )
        return score
    return explain_health.score_of(of, {**card.evidence, "young": False}, card.edition)


def stored_color(card: Card, of: str) -> str:
    if of == card.edition.overall:
        return COLOR_WORDS[next(c for code, _, c in card.evidence["composites"] if code == of)]
    return card.edition.color_of(stored_score(card, of)) or "NA"


def _parts(causes: Causes, difference: Fraction) -> tuple[Part, ...]:
    """Largest first; cards keep ten decimals, and what that rounded away goes to the largest."""
    found = [
        Part(kind, code, cause.name, cause.points, cause.text)
        for (kind, code), cause in causes.items()
        if cause.points
    ]
    found.sort(key=lambda part: (-abs(part.points), part.kind, part.code))
    if found:
        missing = difference - sum((part.points for part in found), Fraction(0))
        found[0] = replace(found[0], points=found[0].points + missing)
    return tuple(found)


def _causes(former: Card, later: Card, of: str, crossed: Crossed | None) -> Causes:
    if former.edition.digest == later.edition.digest:
        return _between(former, later, of)
    paths = [path for path in _paths(former, later, crossed) if _is_known(path, of)]
    causes: Causes = {}
    weight = Fraction(1, len(paths)) if paths else Fraction(1)
    for by_former, by_later, data in paths:
        _add(causes, _between(*data, of), weight)
        _add(causes, _of_edition(by_former, by_later, of), weight)
    return causes if paths else _of_edition(former, later, of)


Path = tuple[Card, Card, tuple[Card, Card]]


def _paths(former: Card, later: Card, crossed: Crossed | None) -> Iterator[Path]:
    """(A month by the former, by the later edition; the two months by one edition): two ways to go."""
    if crossed is not None:
        former_by_later, later_by_former = crossed
        yield later_by_former, later, (former, later_by_former)
        yield former, former_by_later, (former_by_later, later)


def _is_known(path: Path, of: str) -> bool:
    by_former, by_later, data = path
    cards = (by_former, by_later, *data)
    return all(
        of in moves.codes(card.edition) and stored_score(card, of) is not None for card in cards
    )


def _of_edition(by_former: Card, by_later: Card, of: str) -> Causes:
    scores = [Fraction(stored_score(card, of) or 0) for card in (by_former, by_later)]
    text = moves.edition_text(by_former, by_later)
    name = f"{by_former.edition.name} → {by_later.edition.name}"
    return {(EDITION, EDITION): _Sum(name, text, scores[1] - scores[0])}


def _add(causes: Causes, found: Causes, weight: Fraction) -> None:
    for key, cause in found.items():
        held = causes.setdefault(key, _Sum(cause.name, cause.text))
        held.points += cause.points * weight


# --- Two months under one edition -----------------------------------------------------------------------


def _between(former: Card, later: Card, of: str) -> Causes:
    old, new = leaves(former, of), leaves(later, of)
    middle = _sum_of(old.values()) * HALF + _sum_of(new.values()) * HALF
    found: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for key in sorted(old.keys() & new.keys()):
        _both(found, former, later, (old[key], new[key]), middle)
    for gone in (old[key] for key in sorted(old.keys() - new.keys())):
        found[COVERAGE, gone.part] -= gone.weight * (gone.points - middle)
    for come in (new[key] for key in sorted(new.keys() - old.keys())):
        found[COVERAGE, come.part] += come.weight * (come.points - middle)
    return {
        (kind, code): _Sum(_name(later, code), _text(kind, code, former, later), points)
        for (kind, code), points in found.items()
    }


def _sum_of(found: Iterable[Leaf]) -> Fraction:
    return sum((leaf.adds for leaf in found), Fraction(0))


def _both(
    found: dict[tuple[str, str], Fraction],
    former: Card,
    later: Card,
    pair: tuple[Leaf, Leaf],
    middle: Fraction,
) -> None:
    """A leaf that is known in both months."""
    before, after = pair
    weight = (before.weight + after.weight) * HALF
    moved = after.points - before.points
    own = _own_move(former, later, pair)
    found[MEASURE, before.measure] += weight * own
    found[COVERAGE, before.part] += weight * (moved - own)
    points = (before.points + after.points) * HALF
    found[COVERAGE, WEIGHTS] += (points - middle) * (after.weight - before.weight)


def _own_move(former: Card, later: Card, pair: tuple[Leaf, Leaf]) -> Fraction:
    """By how much its points moved for what the instances known in both months reported."""
    before, after = pair
    if before.instance or group_of(later, before.part) or "." not in before.measure:
        return after.points - before.points
    use_case = later.edition.use_case(before.part)
    place, measure = next(
        (place, measure)
        for place, measure in later.positions(use_case)
        if before.measure == f"{use_case.code}.{measure.code}"
    )
    known = [knowing(card, use_case, place).keys() for card in (former, later)]
    if known[0] == known[1]:
        return after.points - before.points
    common = known[0] & known[1]
    values = [value_over(card, use_case, place, common) for card in (former, later)]
    points = [
        points_at(card, measure, value) for card, value in zip((former, later), values, strict=True)
    ]
    if points[0] is None or points[1] is None:
        return Fraction(0)
    return Fraction(points[1]) - Fraction(points[0])


def points_at(card: Card, measure: Measure, value: float | None) -> float | None:
    color = color_at(measure, value, card.age)
    return None if color is None else card.edition.points[COLORS.index(color)]


def color_at(measure: Measure, value: float | None, age: int) -> str | None:
    """The colour of a value at an account's age, rounded to 6 decimals first; None is NA."""
    if value is None:
        return None
    exact = round(value, BOUND_DECIMALS)
    for band in measure.bands_at(age):
        low, high = band.lower, band.upper
        above = low is None or exact > low or (band.lower_closed and exact == low)
        below = high is None or exact < high or (band.upper_closed and exact == high)
        if above and below:
            return band.color
    return None


def _name(later: Card, code: str) -> str:
    if code == WEIGHTS:
        return "Weights redistributed"
    return moves.name_of(later.edition, code)


def _text(kind: str, code: str, former: Card, later: Card) -> str:
    if kind == MEASURE:
        return moves.measure_text(former, later, code)
    if code == WEIGHTS:
        return "what is missing hands its weight on; ARR weighs subscriptions"
    return moves.coverage_text(former, later, code)
