"""How mature each use case is against its goal, and why one is not used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from accounts.models import AdoptionGoal, NonAdoption
from playbooks.queries.account.frame import Frame
from playbooks.queries.account.months import Cell


class Standing(StrEnum):
    """How a use case stands against its goal."""

    NO_GOAL = "no_goal"
    REACHED = "reached"
    UNDER_WAY = "under_way"
    BEHIND = "behind"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Adoption:
    code: str
    name: str
    newest: Cell | None  # the newest month in which its maturity is known
    goal: AdoptionGoal | None
    non_adoption: NonAdoption | None
    standing: Standing


def adoptions(frame: Frame, known: Mapping[str, Cell | None]) -> list[Adoption]:
    """Each use case of the edition, and what people say of others; `known`: by its code. Two queries."""
    account, today = frame.account, frame.today
    goals = {each.use_case: each for each in account.adoption_goals.select_related("set_by")}
    reasons = {each.use_case: each for each in account.non_adoptions.select_related("noted_by")}
    levels = [level.name for level in frame.edition.levels] if frame.edition else []
    return [
        Adoption(
            code=code,
            name=name,
            newest=known.get(code),
            goal=goals.get(code),
            non_adoption=reasons.get(code),
            standing=standing(levels, known.get(code), goals.get(code), today=today),
        )
        for code, name in _names(frame, goals.keys() | reasons.keys()).items()
    ]


def standing(
    levels: Sequence[str], newest: Cell | None, goal: AdoptionGoal | None, *, today: date
) -> Standing:
    """`levels`: names from the lowest on. What is not known is not behind: nobody can tell."""
    if goal is None:
        return Standing.NO_GOAL
    if newest is None or newest.level not in levels or goal.level not in levels:
        return Standing.UNKNOWN
    if levels.index(newest.level) >= levels.index(goal.level):
        return Standing.REACHED
    is_late = goal.due_on is not None and goal.due_on < today
    return Standing.BEHIND if is_late else Standing.UNDER_WAY


def _names(frame: Frame, said: set[str]) -> dict[str, str]:
    """Use cases by code: the edition's, then those of which somebody said something before."""
    named = dict(_of_edition(frame))
    return named | {code: code for code in sorted(said - named.keys())}


def _of_edition(frame: Frame) -> Iterator[tuple[str, str]]:
    for use_case in frame.edition.use_cases if frame.edition else ():
        if use_case.counts_as_use_case:
            yield use_case.code, use_case.name
