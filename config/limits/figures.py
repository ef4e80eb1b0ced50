"""A figure against its limit, and what to do when it comes near. Pure; imports nothing of Django."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext, gettext_noop, ngettext

NEAR = 0.8  # of a limit: time enough to act

BYTE_UNITS = ("bytes", "kB", "MB", "GB", "TB")
SECONDS_A_MINUTE = 60


class Unit(StrEnum):
    ROWS = "rows"
    JOBS = "jobs"
    SECONDS = "seconds"
    BYTES = "bytes"
    CONNECTIONS = "connections"
    IDS = "ids"


class State(StrEnum):
    """By how pressing it is, the least first."""

    FINE = "fine"
    UNKNOWN = "unknown"
    NEAR = "near"
    OVER = "over"


STATE_WORDS = {
    State.FINE: gettext_noop("Fine"),
    State.UNKNOWN: gettext_noop("Not known"),
    State.NEAR: gettext_noop("Near the limit"),
    State.OVER: gettext_noop("At the limit"),
}
COUNTED: Mapping[Unit, Callable[[int], str]] = {
    Unit.ROWS: lambda n: ngettext("%(count)s row", "%(count)s rows", n),
    Unit.JOBS: lambda n: ngettext("%(count)s job", "%(count)s jobs", n),
    Unit.CONNECTIONS: lambda n: ngettext("%(count)s connection", "%(count)s connections", n),
    Unit.IDS: lambda n: ngettext("%(count)s id", "%(count)s ids", n),
}
_PRESSING = list(State)


@dataclass(frozen=True)
class Figure:
    """How much is used of how much; None where that is not known, and the note says why."""

    key: str
    name: str
    used: int | None
    limit: int | None
    unit: Unit
    advice: str
    note: str = ""

    @property
    def share(self) -> float | None:
        if self.used is None or not self.limit:
            return None
        return self.used / self.limit

    @property
    def percent(self) -> int | None:
        """Rounded down: 79.9 % is not yet 80."""
        return None if self.share is None else int(self.share * 100)

    @property
    def state(self) -> State:
        if self.share is None:
            return State.UNKNOWN
        if self.share >= 1:
            return State.OVER
        return State.NEAR if self.share >= NEAR else State.FINE

    @property
    def state_words(self) -> str:
        return gettext(STATE_WORDS[self.state])

    @property
    def is_pressing(self) -> bool:
        return self.state in {State.NEAR, State.OVER}

    @property
    def amounts(self) -> str:
        """`12,000 of 2,000,000 rows`, `1.2 MB of 77.1 GB`, with `?` for what is not known."""
        used, limit = amount(self.used, self.unit), amount(self.limit, self.unit)
        if self.used is not None and self.unit not in {Unit.BYTES, Unit.SECONDS}:
            used = f"{self.used:,}"  # the unit stands behind the limit
        return gettext("%(used)s of %(limit)s") % {
            "used": used,
            "limit": limit,
        }


@dataclass(frozen=True)
class Group:
    name: str
    figures: tuple[Figure, ...]


def worst(figures: Iterable[Figure]) -> State:
    """The most pressing state of all; fine where there are none."""
    states = [figure.state for figure in figures]
    return max(states, key=_PRESSING.index, default=State.FINE)


def amount(value: int | None, unit: Unit) -> str:
    """A number with its unit, for people: `1.5 GB`, `3 min`, `1,200 rows`."""
    if value is None:
        return "?"
    if unit is Unit.BYTES:
        return _bytes(value)
    if unit is Unit.SECONDS:
        return f"{value} s" if value < SECONDS_A_MINUTE else f"{value // SECONDS_A_MINUTE:,} min"
    return COUNTED[unit](value) % {"count": f"{value:,}"}


def _bytes(value: int) -> str:
    size, power = float(value), 0
    while size >= 1000 and power < len(BYTE_UNITS) - 1:
        size, power = size / 1000, power + 1
    return f"{size:.1f} {BYTE_UNITS[power]}" if power else f"{value} {BYTE_UNITS[0]}"
