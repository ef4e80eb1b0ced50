"""Customer health taken apart: overall → group → measure, what each adds summing exactly. Pure.

Contributions are hundredths of the overall score: those of the groups sum to it, those of a group's
measures to the group's, by the largest remainders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.formats import COLOR_WORDS
from accounts.words import gettext
from usage import health_words
from usage.nodes import Node, times
from usage.scoring import health
from usage.scoring.contributions import apportion, rounded
from usage.scoring.edition import COLORS, Edition
from usage.scoring.scorecard import HealthGroup, HealthMeasure

Evidence = Mapping[str, Any]


@dataclass(frozen=True)
class MeasureLine:
    """One measure: what it says, from which row (`ref`) and day, and what it adds to the whole."""

    measure: HealthMeasure
    color: str
    number: float | None
    points: float | None
    share: float | None  # of its group, after redistribution
    contribution: Decimal | None
    text: str
    bounds: str
    on: date | None
    ref: int | None
    reason: str  # why it is NA
    is_flagged: bool

    @property
    def decides(self) -> bool:
        """Whether its Red makes the whole Red."""
        return self.measure.overrides and self.color == "Red"


@dataclass(frozen=True)
class GroupLine:
    code: str
    name: str
    color: str
    score: float | None
    weight: float
    share: float | None  # of the whole, after redistribution
    contribution: Decimal | None
    reason: str  # why it is NA, or which earlier month it is of
    measures: tuple[MeasureLine, ...]


@dataclass(frozen=True)
class HealthTree:
    score: Decimal | None
    color: str
    groups: tuple[GroupLine, ...]
    is_overridden: bool

    @property
    def measures(self) -> tuple[MeasureLine, ...]:
        return tuple(line for group in self.groups for line in group.measures)

    @property
    def decided_by(self) -> MeasureLine | None:
        return next((line for line in self.measures if line.decides), None)


def has_groups(evidence: Evidence, edition: Edition) -> bool:
    """Whether a card tells groups: one of an edition without a scorecard does not."""
    return edition.scorecard is not None and "groups" in evidence


def tree(evidence: Evidence, edition: Edition) -> HealthTree | None:
    """The groups of a card; None where it has none."""
    if not has_groups(evidence, edition):
        return None
    parts = edition.composites[-1].weights
    scores = [score_of(code, evidence, edition) for code, _ in parts]
    shares = _shares(scores, [weight for _, weight in parts])
    whole = _composites(evidence)[edition.overall]
    total = None if whole[0] is None else rounded(whole[0])
    adds = apportion(
        total or Decimal(0), [times(*pair) for pair in zip(shares, scores, strict=True)]
    )
    groups = tuple(
        _group(code, weight, share, added, evidence, edition)
        for (code, weight), share, added in zip(parts, shares, adds, strict=True)
    )
    return HealthTree(total, COLOR_WORDS[whole[1]], groups, bool(evidence["overridden"]))


def score_of(code: str, evidence: Evidence, edition: Edition) -> float | None:
    """The score of a part of the overall one, as far as it counts there."""
    if edition.scorecard is not None and code in edition.scorecard.codes:
        groups = {name: score for name, score, _ in evidence.get("groups", ())}
        return _float(groups.get(code))
    if evidence.get("young"):
        return None
    composites = _composites(evidence)
    kept = carried_score(code, evidence)
    if kept is not None:
        return kept
    if code in composites:
        return composites[code][0]
    position = [use_case.code for use_case in edition.use_cases].index(code)
    return _float(evidence["components"][position][1])


def group_node(
    group: HealthGroup, evidence: Evidence, edition: Edition, *, share: float | None
) -> Node:
    """A group in the tree of a whole explanation, its measures below it."""
    score = score_of(group.code, evidence, edition)
    total = None if score is None else rounded(score)
    lines = _lines(group, evidence, edition, total, share=1.0) if "health" in evidence else ()
    return Node(
        code=group.code,
        label=group.name,
        color=edition.color_of(score) or "NA",
        score=score,
        weight_share=share,
        contribution=times(share, score),
        reason="" if score is not None else _why_unknown(group, evidence),
        children=tuple(_measure_node(line) for line in lines),
    )


def _measure_node(line: MeasureLine) -> Node:
    return Node(
        code=line.measure.code,
        label=line.measure.name,
        color=line.color,
        score=line.points,
        value=line.number,
        weight_share=line.share,
        contribution=times(line.share, line.points),
        text=" · ".join(filter(None, [line.text, line.bounds])),
        reason=line.reason,
    )


def _composites(evidence: Evidence) -> dict[str, tuple[float | None, str]]:
    return {name: (_float(score), letter) for name, score, letter in evidence["composites"]}


def _group(
    code: str,
    weight: float,
    share: float | None,
    added: Decimal | None,
    evidence: Evidence,
    edition: Edition,
) -> GroupLine:
    card = edition.scorecard
    group = next((each for each in card.groups if each.code == code), None) if card else None
    score = score_of(code, evidence, edition)
    measures = () if group is None else _lines(group, evidence, edition, added, share=share)
    return GroupLine(
        code=code,
        name=group.name if group is not None else code.replace("_", " ").capitalize(),
        color=edition.color_of(score) or "NA",
        score=score,
        weight=weight,
        share=share,
        contribution=added,
        reason=_remark(code, group, score, evidence),
        measures=measures,
    )


def carried_score(code: str, evidence: Evidence) -> float | None:
    """The score of a part of usage that an earlier month gave, where this one has none."""
    kept = evidence.get("carried")
    return _float(kept["scores"].get(code)) if kept else None


def carried_from(evidence: Evidence) -> str:
    """Which month it is of, in words."""
    return gettext("of %(month)s: this month has no usage yet") % {
        "month": evidence["carried"]["from"]
    }


def _remark(code: str, group: HealthGroup | None, score: float | None, evidence: Evidence) -> str:
    """Why a group is NA, or which earlier month it is of."""
    if score is None:
        return _why_unknown(group, evidence)
    return carried_from(evidence) if carried_score(code, evidence) is not None else ""


def _why_unknown(group: HealthGroup | None, evidence: Evidence) -> str:
    if group is not None:
        return gettext("none of its measures is known")
    if evidence.get("young"):
        return gettext("usage does not count in an account's first days")
    return gettext("no usage was reported in this month")


def _lines(
    group: HealthGroup,
    evidence: Evidence,
    edition: Edition,
    total: Decimal | None,
    *,
    share: float | None,
) -> tuple[MeasureLine, ...]:
    cells = [_cells(measure, evidence, edition) for measure in group.measures]
    points = [_points(edition, letter) for _, letter, *_ in cells]
    shares = _shares(points, [measure.weight for measure in group.measures])
    parts = [times(times(one, point), share) for one, point in zip(shares, points, strict=True)]
    adds = apportion(total or Decimal(0), parts)
    return tuple(
        _line(measure, cell, edition, point, one, added)
        for measure, cell, point, one, added in zip(
            group.measures, cells, points, shares, adds, strict=True
        )
    )


def _cells(measure: HealthMeasure, evidence: Evidence, edition: Edition) -> Sequence[Any]:
    card = edition.scorecard
    codes = [each.code for _, each in card.measures()] if card else []
    cells: Sequence[Any] = evidence["health"][codes.index(measure.code)]
    return cells


def _line(
    measure: HealthMeasure,
    cells: Sequence[Any],
    edition: Edition,
    points: float | None,
    share: float | None,
    added: Decimal | None,
) -> MeasureLine:
    number, letter, day, ref, why = cells
    card = edition.scorecard
    is_known = points is not None
    return MeasureLine(
        measure=measure,
        color=COLOR_WORDS[letter],
        number=_float(number),
        points=points,
        share=share,
        contribution=added,
        text=health_words.number_in_words(measure, float(number)) if number is not None else "",
        bounds=health_words.bounds(measure),
        on=date.fromisoformat(day) if day else None,
        ref=ref,
        reason="" if is_known or card is None else health_words.reason(measure, why, card),
        is_flagged=why == health.FLAGGED,
    )


def _points(edition: Edition, letter: str) -> float | None:
    color = COLOR_WORDS[letter]
    return edition.points[COLORS.index(color)] if color in COLORS else None


def _shares(scores: Sequence[float | None], weights: Sequence[float]) -> list[float | None]:
    pairs = list(zip(scores, weights, strict=True))
    total = sum(weight for score, weight in pairs if score is not None)
    return [weight / total if score is not None else None for score, weight in pairs]


def _float(value: Any) -> float | None:
    return None if value is None else float(value)
