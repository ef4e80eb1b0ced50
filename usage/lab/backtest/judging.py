"""What the scores of a month said of a case: a warning, none, or nothing known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from usage.lab.backtest.cases import Case
from usage.periods import Period, shift

LOOK_BACK = 12  # months in which a warning may have begun, the judged one included
NA = "N"


@dataclass(frozen=True)
class Standing:
    """An account in a month as it was known at the month's end: score, and a letter per column."""

    score: float | None
    letters: str


Standings = Mapping[tuple[int, Period], Standing]


@dataclass(frozen=True)
class Alarm:
    """A rule that warns: the letters of one column, by its place, that are a warning."""

    key: str
    name: str
    column: int
    letters: str


@dataclass(frozen=True)
class Judged:
    """A case and what one alarm said of it `lead` months before; `warned` None: nothing was known.

    `since`: the day from which the warning stood, without a break, until then. `onsets`: the months of
    the look-back in which the alarm began, each a call to action for somebody.
    """

    case: Case
    warned: bool | None
    since: date | None
    onsets: tuple[Period, ...]

    @property
    def days_ahead(self) -> int | None:
        return None if self.since is None else (self.case.on - self.since).days


def judge(cases: Iterable[Case], standings: Standings, alarm: Alarm, lead: int) -> Iterator[Judged]:
    """Hold an alarm against each case. What is not known neither begins nor ends a warning."""
    for case in cases:
        last = case.judged_in(lead)
        months = [shift(last, back) for back in range(1 - LOOK_BACK, 1)]
        states = [_state(standings.get((case.account_id, month)), alarm) for month in months]
        onsets, standing = _onsets(months, states)
        warned = states[-1]
        since = shift(standing, 1) if warned and standing else None
        yield Judged(case, warned, since, onsets)


def _state(standing: Standing | None, alarm: Alarm) -> bool | None:
    letter = standing.letters[alarm.column] if standing else NA
    return None if letter == NA else letter in alarm.letters


def _onsets(
    months: Sequence[Period], states: Sequence[bool | None]
) -> tuple[tuple[Period, ...], Period | None]:
    """The months in which the alarm began, and that of the one which stands at the end."""
    onsets: list[Period] = []
    standing: Period | None = None
    for month, state in zip(months, states, strict=True):
        if state and standing is None:
            onsets.append(month)
            standing = month
        elif state is False:
            standing = None
    return tuple(onsets), standing
