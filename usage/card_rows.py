"""A card's evidence with the edition that reads it: which instances count, and what letters are worth. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.formats import COLOR_WORDS
from accounts.words import gettext
from usage.facts import Facts, Row
from usage.scoring.edition import COLORS, Edition, Measure, UseCase

__all__ = ["Card", "Evidence", "Row", "applies", "counted_rows", "points_of"]

Evidence = Mapping[str, Any]


@dataclass(frozen=True)
class Card:
    """`facts` are told apart from the card; without them a tree ends at what the card itself says."""

    evidence: Evidence
    edition: Edition
    facts: Facts | None = None

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


def counted_rows(use_case: UseCase, card: Card) -> list[Row]:
    """The instances that a roll-up reads: all Production ones for a sum, else the primary ones."""
    if use_case.roll_up == "sum":
        return [row for row in card.evidence["rows"] if row["measures"]]
    rows = [row for row in card.evidence["rows"] if row["primary"]]
    if use_case.roll_up == "primary":
        return [row for row in rows if row["largest"]]
    return rows


def applies(use_case: UseCase, row: Row) -> str:
    """Why the use case cannot be known for an instance; empty where it can."""
    if use_case.plans and row["plan"] not in use_case.plans:
        return gettext("not part of %(plan)s") % {"plan": row["plan"]}
    if use_case.deployments and row["deployment"] not in use_case.deployments:
        return gettext("not reported by %(deployment)s") % {"deployment": row["deployment"]}
    return ""


def points_of(edition: Edition, letter: str) -> float | None:
    color = COLOR_WORDS[letter]
    return edition.points[COLORS.index(color)] if color in COLORS else None
