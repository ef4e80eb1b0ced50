"""How much more usage reaches the next band of each use case, from one card. Pure.

Of a measure whose value the account has, the value is moved through one installation, the one that needs
least; of a use case that is judged by scores, the measure of one installation is. Distances count in units of
the numerator, are whole, and are the least that does it, by the same rounding as the score's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from accounts.formats import COLOR_WORDS
from usage import explain
from usage.bounds import measure_bounds
from usage.card_rows import Card, Row, applies, counted_rows, points_of
from usage.explain_health import Evidence
from usage.facts import Facts
from usage.lab.leaves import bottom_once, knowing, mean_by_arr
from usage.lab.moves import find
from usage.scoring.edition import COLORS, Band, Edition, Measure, UseCase
from usage.scoring.expressions import BOUND_DECIMALS, STORED_DECIMALS

MOST_MORE = 2**50  # further is out of reach: what must be more would be more than anything counted
Reached = Callable[[int], float | None]


@dataclass(frozen=True)
class Step:
    """So much more (or less) of a measure's numerator, in all, reaches this colour."""

    color: str
    amount: int


@dataclass(frozen=True)
class Way:
    """How one measure gets better: through one installation, colour by colour up to Green.

    `effort` is the share of the numerator to reach that is missing yet, by which ways compare;
    `score` and `level` are what the use case has after the first step.
    """

    measure: str
    name: str
    unit: str
    is_share: bool
    instance: str
    color: str
    value: float | None
    bounds: str
    steps: tuple[Step, ...]
    is_less: bool
    is_count_of_kinds: bool
    effort: float
    score: float | None = None
    after: str = ""
    level: str = ""

    @property
    def text(self) -> str:
        """ "14 more → Yellow, 60 more → Green"."""
        word = "less" if self.is_less else "more"
        return ", ".join(f"{step.amount:,} {word} → {step.color}" for step in self.steps)


@dataclass(frozen=True)
class Lane:
    """A use case: where it stands, the way that is nearest first; `reason` says why it is NA."""

    code: str
    name: str
    color: str
    score: float | None
    level: str
    next_level: str
    ways: tuple[Way, ...]
    stuck: tuple[str, ...]  # measures that no more usage of the kind makes better, and why
    reason: str

    @property
    def nearest(self) -> Way | None:
        return self.ways[0] if self.ways else None


def roadmap(evidence: Evidence, edition: Edition, facts: Facts | None = None) -> tuple[Lane, ...]:
    """A lane for each use case of the edition, in its order."""
    card = Card(evidence, edition, facts)
    tree = explain.explain(evidence, edition, facts)
    lanes = []
    for place, use_case in enumerate(edition.use_cases):
        if not use_case.counts_as_use_case:
            continue
        _, score, letter, *_ = evidence["components"][place]
        node = find(tree, use_case.code)
        ways, stuck = _ways(card, use_case)
        lanes.append(
            Lane(
                code=use_case.code,
                name=use_case.name,
                color=COLOR_WORDS[letter],
                score=score,
                level=level_of(edition, score),
                next_level=_next_level(edition, score),
                ways=tuple(sorted(ways, key=lambda way: (way.effort, way.steps[0].amount))),
                stuck=tuple(stuck),
                reason=node.reason if score is None and node else "",
            )
        )
    return tuple(lanes)


def level_of(edition: Edition, score: float | None) -> str:
    """The maturity level that a score has; empty where it is NA."""
    if score is None:
        return ""
    exact = round(score, BOUND_DECIMALS)
    reached = (each for each in edition.levels if each.up_to is None or exact <= each.up_to)
    return next(each.name for each in reached)


def _next_level(edition: Edition, score: float | None) -> str:
    names = [level.name for level in edition.levels]
    current = level_of(edition, score)
    place = names.index(current) + 1 if current else len(names)
    return names[place] if place < len(names) else ""


# --- Ways -----------------------------------------------------------------------------------------------


def _ways(card: Card, use_case: UseCase) -> tuple[list[Way], list[str]]:
    ways, stuck = [], []
    by_score = use_case.roll_up == "score"
    for place, measure in card.positions(use_case):
        found = list(
            _of_rows(card, use_case, place, measure)
            if by_score
            else _of_value(card, use_case, place, measure)
        )
        open_ways = [way for way in found if way.steps]
        if open_ways:
            ways.append(min(open_ways, key=lambda way: (way.effort, way.steps[0].amount)))
        stuck += sorted({_why_stuck(way) for way in found} if not open_ways else set())
    return ways, stuck


def _why_stuck(way: Way) -> str:
    if way.value is None:
        return f"{way.name} is NA"
    return f"{way.name} stays {way.color}: more of it alone does not reach the next band"


def _of_rows(card: Card, use_case: UseCase, place: int, measure: Measure) -> Iterator[Way]:
    """Of each installation that is not Green yet."""
    for row in counted_rows(use_case, card):
        top, bottom, value, letter = row["measures"][place]
        color = COLOR_WORDS[letter]
        if applies(use_case, row) or color == "Green" or (value is not None and color == "NA"):
            continue

        def reached(
            more: int, top: float | None = top, bottom: float | None = bottom
        ) -> float | None:
            return value_after(measure, top, bottom, more)

        way = _way(card, measure, row, color, top, value, reached)
        yield _judged_after(card, use_case, place, row, way)


def _of_value(card: Card, use_case: UseCase, place: int, measure: Measure) -> Iterator[Way]:
    """Of the account's value, through each installation that it is made of."""
    value, letter = card.evidence["measures"][place]
    color = COLOR_WORDS[letter]
    if color == "Green" or (value is not None and color == "NA"):
        return
    known = list(knowing(card, use_case, place).values())
    for row in known:

        def reached(more: int, row: Row = row) -> float | None:
            return _rolled_after(use_case, measure, place, known, row, more)

        way = _way(card, measure, row, color, row["measures"][place][0], value, reached)
        yield _valued_after(card, use_case, place, way)


def _rolled_after(
    use_case: UseCase, measure: Measure, place: int, rows: Sequence[Row], moved: Row, more: int
) -> float | None:
    if use_case.roll_up == "sum":
        tops = sum(row["measures"][place][0] for row in rows)
        bottoms = None
        if measure.denominator is not None:
            bottoms = sum(bottom_once(measure, row, rows, place) for row in rows)
        return value_after(measure, tops, bottoms, more)
    pairs = []
    for row in rows:
        top, bottom, value, _ = row["measures"][place]
        if row is moved:
            value = value_after(measure, top, bottom, more)
            if value is None:
                return None
        pairs.append((float(row["arr"]), float(value)))
    return rounded(mean_by_arr(pairs), STORED_DECIMALS)


def value_after(
    measure: Measure, top: float | None, bottom: float | None, more: int
) -> float | None:
    """A measure's value with so much more in its numerator; a key that both terms sum moves both."""
    if top is None:
        return None
    if measure.denominator is None:
        return rounded(top + more, STORED_DECIMALS)
    if bottom is None:
        return None
    if _moves_both(measure):
        bottom += more
    if not bottom:
        return None if measure.zero_denominator_is_na else 0.0
    return rounded((top + more) / bottom, STORED_DECIMALS)


def _moves_both(measure: Measure) -> bool:
    bottom = measure.denominator
    return (
        bottom is not None
        and measure.numerator.operation == bottom.operation == "sum"
        and set(measure.numerator.keys) <= set(bottom.keys)
    )


def rounded(value: float, decimals: int) -> float:
    """As scoring rounds: half away from zero."""
    scale = 10.0**decimals
    return math.copysign(math.floor(abs(value) * scale + 0.5) / scale, value)


# --- Distances ------------------------------------------------------------------------------------------


def _way(  # noqa: PLR0913 - what a measure says of a row
    card: Card,
    measure: Measure,
    row: Row,
    color: str,
    top: float | None,
    value: float | None,
    reached: Reached,
) -> Way:
    is_less = False
    steps: tuple[Step, ...] = ()
    if value is not None and top is not None:
        is_less, steps = _steps(measure, card.age, color, top, reached)
    effort = 1.0
    if steps and top:
        first = steps[0].amount
        effort = first / top if is_less else first / (top + first)
    return Way(
        measure=measure.code,
        name=measure.name,
        unit=measure.unit,
        is_share=measure.is_share,
        instance=row["hostname"] or row["instance"],
        color=color,
        value=value,
        bounds=measure_bounds(measure, card.age),
        steps=steps,
        is_less=is_less,
        is_count_of_kinds=measure.numerator.operation == "count_positive",
        effort=effort,
    )


def _steps(
    measure: Measure, age: int, color: str, top: float, reached: Reached
) -> tuple[bool, tuple[Step, ...]]:
    """The least amounts for each better colour, nearest first; a colour that is jumped over is left out."""
    bands = {band.color: band for band in measure.bands_at(age)}
    better = [bands[each] for each in COLORS[COLORS.index(color) + 1 :] if each in bands]
    is_less = bool(better) and _lies_below(better[0], reached(0))
    most = int(top) if is_less else _most_more(measure, top)
    sign = -1 if is_less else 1
    steps: list[Step] = []
    for band in better:
        amount = _least(lambda more, b=band: _is_past(b, reached(sign * more), is_less), most)  # type: ignore[misc]
        if amount is None:
            break
        if steps and steps[-1].amount == amount:
            steps.pop()
        steps.append(Step(band.color, amount))
    return is_less, tuple(steps)


def _most_more(measure: Measure, top: float) -> int:
    if measure.numerator.operation == "count_positive":
        return len(measure.numerator.keys) - int(top)
    return MOST_MORE


def _lies_below(band: Band, value: float | None) -> bool:
    """Whether a better band is reached with less: it ends below the value."""
    return value is not None and band.upper is not None and not _within_upper(band, value)


def _is_past(band: Band, value: float | None, is_less: bool) -> bool:  # noqa: FBT001 - a direction
    """Whether a value lies in the band or, on the way, beyond it."""
    if value is None:
        return False
    return _within_upper(band, value) if is_less else _within_lower(band, value)


def _within_upper(band: Band, value: float) -> bool:
    exact = rounded(value, BOUND_DECIMALS)
    return band.upper is None or exact < band.upper or (band.upper_closed and exact == band.upper)


def _within_lower(band: Band, value: float) -> bool:
    exact = rounded(value, BOUND_DECIMALS)
    return band.lower is None or exact > band.lower or (band.lower_closed and exact == band.lower)


def _least(is_past: Callable[[int], bool], most: int) -> int | None:
    """The least amount from 1 to `most` that is past, by doubling and halving; None where none is."""
    if most < 1:
        return None
    high = 1
    while not is_past(high):
        if high == most:
            return None
        high = min(high * 2, most)
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_past(middle) else (middle, high)
    return high


# --- What the use case has after the first step ---------------------------------------------------------


def _judged_after(card: Card, use_case: UseCase, place: int, moved: Row, way: Way) -> Way:
    if not way.steps:
        return way
    scores = []
    for row in counted_rows(use_case, card):
        if applies(use_case, row):
            continue
        cells = [(row["measures"][at][3], m.weight, at) for at, m in card.positions(use_case)]
        letters = [
            (way.steps[0].color[0] if row is moved and at == place else letter, weight)
            for letter, weight, at in cells
        ]
        score = _mean(card.edition, letters)
        if score is not None:
            scores.append((float(row["arr"]), score))
    return _with_score(card.edition, way, mean_by_arr(scores))


def _valued_after(card: Card, use_case: UseCase, place: int, way: Way) -> Way:
    if not way.steps:
        return way
    letters = [
        (way.steps[0].color[0] if at == place else card.evidence["measures"][at][1], m.weight)
        for at, m in card.positions(use_case)
    ]
    return _with_score(card.edition, way, _mean(card.edition, letters))


def _mean(edition: Edition, letters: Sequence[tuple[str, float]]) -> float | None:
    known = [
        (points, weight)
        for letter, weight in letters
        if (points := points_of(edition, letter)) is not None
    ]
    if not known:
        return None
    return sum(p * w for p, w in known) / sum(w for _, w in known)


def _with_score(edition: Edition, way: Way, score: float | None) -> Way:
    exact = None if score is None else rounded(score, STORED_DECIMALS)
    after = edition.color_of(exact) or "NA"
    return replace(way, score=exact, after=after, level=level_of(edition, exact))
