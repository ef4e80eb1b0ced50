"""What records were at a moment of the past, as their history tells it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Q

State = dict[str, Any]
DELETED, CREATED = "-", "+"


@dataclass(frozen=True)
class Former:
    """States by id. `guessed`: those of which nothing is kept from that time; they are as now."""

    states: dict[int, State] = field(default_factory=dict)
    guessed: frozenset[int] = frozenset()


def states(
    model: Any, path: str, ids: Collection[int], *, fields: Sequence[str], moment: datetime
) -> Former:
    """The rows whose `path` was one of these ids at the moment. Four queries.

    A row whose history begins with its making later was not there; one that has no history at all, or
    one that begins with a change, is taken as it is now.
    """
    wanted = set(ids)
    concerned = Q(**{f"{path}__in": wanted})
    known = model.history.model.objects
    keys = set(known.filter(concerned).order_by().values_list("id", flat=True).distinct())
    keys |= set(model._default_manager.filter(concerned).order_by().values_list("pk", flat=True))
    columns = list(dict.fromkeys(["id", path, *fields]))
    current = {
        row["id"]: row
        for row in model._default_manager.filter(pk__in=keys).order_by().values(*columns)
    }
    noted = known.filter(id__in=keys).order_by("id", "history_date", "history_id")
    told = {
        key: list(rows)
        for key, rows in groupby(
            noted.values("history_date", "history_type", *columns), key=itemgetter("id")
        )
    }
    found: dict[int, State] = {}
    guessed = set()
    for key in sorted(keys):
        state, is_sure = _at(told.get(key, []), current.get(key), moment)
        if state is not None and state[path] in wanted:
            found[key] = state
            if not is_sure:
                guessed.add(key)
    return Former(found, frozenset(guessed))


def _at(
    told: Sequence[State], current: State | None, moment: datetime
) -> tuple[State | None, bool]:
    """The state at the moment, and whether it is known to have been so."""
    before = [row for row in told if row["history_date"] <= moment]
    if before:
        return (None if before[-1]["history_type"] == DELETED else before[-1]), True
    if told and told[0]["history_type"] == CREATED:
        return None, True
    return current or (told[0] if told else None), False
