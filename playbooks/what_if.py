"""The answer to a what-if, and what it says in sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from accounts.formats import plural
from usage.lab.what_if import (
    BETTER,
    GAINED,
    LOST,
    OVERALL,
    WORSE,
    Matrix,
    SegmentShift,
    Shift,
)
from usage.periods import format_period
from usage.scoring.edition import Edition

WAYS = {
    WORSE: "worse",
    BETTER: "better",
    LOST: "known before and NA now",
    GAINED: "NA before and known now",
}


@dataclass(frozen=True)
class Opened:
    """A call to action that a trigger would open."""

    account_id: int
    external_id: str
    account: str
    component: str
    title: str
    trigger: str
    type: str
    priority: int
    priority_name: str
    owner: str
    due_on: date


@dataclass(frozen=True)
class WhatIf:
    """What a draft would change in these months; distributions and calls to action are of `newest`.

    `moved`: a row per account and part with its newest move: account_id, part, period, before, after,
    months, external_id, name, segment, csm, arr. `made_at`: when the oldest reading was read.
    `never_kept`: metrics that the draft names and nothing else does: all of them are NA.
    """

    draft: Edition
    bases: tuple[str, ...]
    first: date
    last: date
    newest: date | None
    accounts: int
    account_months: int
    matrices: tuple[Matrix, ...]
    moved: pl.DataFrame
    adoption: tuple[Shift, ...]
    health: tuple[Shift, ...]
    segments: tuple[SegmentShift, ...]
    ctas: tuple[Opened, ...]
    made_at: datetime
    never_kept: tuple[str, ...]

    @property
    def ctas_opened(self) -> int:
        return len(self.ctas)

    @property
    def accounts_moved(self) -> int:
        return self.moved["account_id"].n_unique()

    @property
    def arr_moved(self) -> float:
        """ARR of the accounts whose health moves."""
        whole = self.moved.filter(pl.col("part") == OVERALL)
        return float(whole["arr"].sum())

    def summary_lines(self) -> list[str]:
        """What would change, in plain sentences."""
        return list(self._lines())

    def _lines(self) -> Iterator[str]:
        against = " and ".join(self.bases)
        months = format_period(self.first)
        if self.last != self.first:
            months += f" to {format_period(self.last)}"
        yield (
            f"{self.draft.name} against {against}, {months}: "
            f"{plural(self.accounts, 'account')}, {plural(self.account_months, 'account month')}."
        )
        if not self.account_months:
            yield "There is nothing to compare: no account has readings in these months."
            return
        if self.never_kept:
            yield f"Not kept so far, so NA for everybody: {', '.join(self.never_kept)}."
        if not self.accounts_moved:
            yield "Nobody moves: every colour stays."
        for matrix in self.matrices:
            if matrix.moved:
                yield f"{matrix.part.name}: {_movement(matrix)}."
        if self.accounts_moved:
            yield (
                f"{plural(self.accounts_moved, 'account')} move in some part; "
                f"{self.arr_moved:,.0f} of ARR is at those whose health moves."
            )
        if self.newest is not None:
            opened = plural(self.ctas_opened, "call to action", "calls to action")
            yield (
                f"In {format_period(self.newest)} the triggers would open {opened}, those that only "
                "the change of edition causes if that is asked for when it is published."
            )


def _movement(matrix: Matrix) -> str:
    """As in: 12 worse, 3 better of 640; account months."""
    counts = ((matrix.going(way), words) for way, words in WAYS.items())
    said = ", ".join(f"{count:,} {words}" for count, words in counts if count)
    return f"{said} of {matrix.total:,}"
