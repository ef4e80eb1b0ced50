"""What opens calls to action: pure decisions over signals. No data: no news; a signal counts once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

NA = "-"
MINIMUM = "0"  # position of the lowest maturity level
NOTHING: Mapping[str, date] = MappingProxyType({})


@dataclass(frozen=True)
class Signal:
    """Something that a trigger saw at an account.

    `occasion` tells two signals of the same kind, account and component apart: the month and the new
    colour of a drop; empty for what happens once in an account's life.
    """

    kind: str
    account: str  # external id
    component: str
    occasion: str = ""
    repeats: date | None = None  # month of what it only repeats; None: it is news

    @property
    def dedupe_key(self) -> str:
        """At most one live CTA has it."""
        return f"{self.kind}:{self.account}:{self.component}"

    @property
    def key(self) -> str:
        """Used at most once, whether to open a CTA or to add to one."""
        return f"{self.dedupe_key}:{self.occasion}"


@dataclass(frozen=True)
class Plan:
    """Which signals open a CTA, and which are added to a live one."""

    to_open: tuple[Signal, ...]
    to_add: tuple[Signal, ...]


def plan(
    signals: Iterable[Signal],
    *,
    live: Set[str],
    used: Set[str],
    answered: Mapping[str, date] = NOTHING,
) -> Plan:
    """Decide what becomes of each signal; `live` holds dedupe keys, `used` signal keys.

    `answered`: dedupe key -> newest month of a CTA. What only repeats something that a CTA has answered
    since opens no other one.
    """
    to_open, to_add = [], []
    open_keys, seen = set(live), set(used)
    for signal in signals:
        if signal.key in seen:
            continue
        seen.add(signal.key)
        if signal.dedupe_key in open_keys:
            to_add.append(signal)
        elif not _is_answered(signal, answered):
            open_keys.add(signal.dedupe_key)
            to_open.append(signal)
    return Plan(tuple(to_open), tuple(to_add))


def _is_answered(signal: Signal, answered: Mapping[str, date]) -> bool:
    last = answered.get(signal.dedupe_key)
    return signal.repeats is not None and last is not None and last >= signal.repeats


def begun(now: str, earlier: Sequence[str]) -> list[int]:
    """Positions of the components that are above minimum now and never were in an earlier month.

    `now` and `earlier` hold a digit per component: its maturity level, or - where it is not known. A
    component that was known in no earlier month has not begun: there is nothing to compare with.
    """
    return [
        position
        for position, level in enumerate(now)
        if level > MINIMUM and _stayed_at_minimum([month[position] for month in earlier])
    ]


def risen(now: str, earlier: Sequence[str]) -> list[int]:
    """Positions of the components that are above minimum now and in no earlier month, known or not."""
    return [
        position
        for position, level in enumerate(now)
        if level > MINIMUM and not any(month[position] > MINIMUM for month in earlier)
    ]


def known_since(earlier: Mapping[date, str], position: int, since: date) -> bool:
    """Whether a component is known in some of these months from `since` on."""
    return any(levels[position] != NA for month, levels in earlier.items() if month >= since)


def _stayed_at_minimum(levels: Sequence[str]) -> bool:
    known = [level for level in levels if level != NA]
    return bool(known) and all(level == MINIMUM for level in known)


def priority_of(*, normal: int, to_red: int | None, to_color: str | None) -> int:
    """Priority of a signal: 1 is high."""
    return to_red if to_color == "Red" and to_red is not None else normal


def playbook_for(component: str, playbooks: Mapping[str, str]) -> str | None:
    """Code of the playbook that is tied to a component; * stands for any other."""
    return playbooks.get(component) or playbooks.get("*")
