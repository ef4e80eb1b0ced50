"""What a CTA keeps of the cards that opened it: values, thresholds, snapshots, the change in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts.formats import COLOR_WORDS
from playbooks import words
from usage.bounds import measure_bounds
from usage.models import ScoreCard, Transition
from usage.periods import format_period, months_between
from usage.scoring.edition import Edition, UseCase


@dataclass(frozen=True)
class Finding:
    """One signal's story: a title, a line why, and the evidence entry."""

    title: str
    summary: str
    entry: dict[str, Any]

    @property
    def sentence(self) -> str:
        return f"{self.title}: {self.summary}" if self.summary else self.title


def of_drop(transition: Transition, card: ScoreCard, edition: Edition) -> Finding:
    """The finding of a drop; `card` is the account's of the month, `edition` the one that made it."""
    use_case = edition.use_case(transition.component)
    title = words.drop_title(use_case.name, transition.from_color, transition.to_color)
    changes = {
        "kind": "score_drop",
        "from_color": transition.from_color,
        "to_color": transition.to_color,
        "from_period": format_period(transition.from_period),
        "from_value": transition.from_value,
        "to_value": transition.to_value,
        "transition": transition.pk,
        "cause": transition.cause,
    }
    age: int = card.evidence["age"]
    age_before = age - months_between(transition.from_period, card.period)
    notes = [
        words.other_bounds(use_case, age_before=age_before, age=age),
        words.stood(use_case),
        _by_edition(transition.cause, edition),
    ]
    note = "; ".join(filter(None, notes))
    return _finding(title, changes, use_case, card, edition, note=note)


def of_beginning(
    component: str,
    card: ScoreCard,
    edition: Edition,
    cause: Transition.Cause = Transition.Cause.DATA,
) -> Finding:
    """The finding of a use case that was never above minimum before this card's month."""
    use_case = edition.use_case(component)
    changes = {
        "kind": "new_use_case",
        "from_color": None,
        "to_color": None,
        "from_period": None,
        "from_value": None,
        "to_value": None,
        "transition": None,
        "cause": cause,
    }
    note = _by_edition(cause, edition)
    return _finding(words.begin_title(use_case.name), changes, use_case, card, edition, note=note)


def _by_edition(cause: str, edition: Edition) -> str:
    return words.by_edition(edition.name) if cause == Transition.Cause.EDITION else ""


def _finding(
    title: str,
    changes: dict[str, Any],
    use_case: UseCase,
    card: ScoreCard,
    edition: Edition,
    *,
    note: str = "",
) -> Finding:
    position = [part.code for part in edition.use_cases].index(use_case.code)
    measures = _measures(use_case, card, edition)
    state = words.state(
        use_case,
        score=card.evidence["components"][position][1],
        values=[measure["value"] for measure in measures],
        age=card.evidence["age"],
        edition=edition,
    )
    summary = "; ".join(filter(None, [state, note]))
    finding = Finding(title, summary[:500], {})
    entry = {
        **changes,
        "component": use_case.code,
        "component_name": use_case.name,
        "period": format_period(card.period),
        "edition": edition.name,
        "edition_id": card.edition_id,
        "text": finding.sentence,
        "measures": measures,
        "snapshots": _snapshots(card),
    }
    return Finding(finding.title, finding.summary, entry)


def _measures(use_case: UseCase, card: ScoreCard, edition: Edition) -> list[dict[str, Any]]:
    """The component's measures of the card; one that a plan keeps from counting by what was reported."""
    result = []
    for position, (owner, measure) in enumerate(edition.measures()):
        if owner.code != use_case.code:
            continue
        value, letter = card.evidence["measures"][position]
        if value is None:
            value = _reported(card, position)
        result.append(
            {
                "code": measure.code,
                "name": measure.name,
                "unit": measure.unit,
                "is_share": measure.is_share,
                "value": value,
                "color": COLOR_WORDS[letter],
                "bounds": measure_bounds(measure, card.evidence["age"]),
            }
        )
    return result


def _reported(card: ScoreCard, position: int) -> float | None:
    values = [
        row["measures"][position][2]
        for row in card.evidence["rows"]
        if row["primary"] and row["measures"][position][2] is not None
    ]
    return max(values, default=None)


def _snapshots(card: ScoreCard) -> list[dict[str, Any]]:
    return [
        {"instance": row["instance"], "hostname": row["hostname"], "recorded_at": row["snapshot"]}
        for row in card.evidence["rows"]
        if row["primary"]
    ]
