"""Which signals open a call to action, which are added to one, which were used before."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.rules import (
    Plan,
    Signal,
    begun,
    known_since,
    plan,
    playbook_for,
    priority_of,
    risen,
)


def drop(occasion: str = "2026-10:Yellow", component: str = "ci", account: str = "A1") -> Signal:
    return Signal("score_drop", account, component, occasion)


def test_keys_of_a_signal() -> None:
    assert drop().dedupe_key == "score_drop:A1:ci"
    assert drop().key == "score_drop:A1:ci:2026-10:Yellow"
    assert Signal("new_use_case", "A1", "ci").key == "new_use_case:A1:ci:"


@pytest.mark.parametrize(
    ("signals", "live", "used", "planned"),
    [
        pytest.param([], set(), set(), Plan((), ()), id="no signal: nothing"),
        pytest.param([drop()], set(), set(), Plan((drop(),), ()), id="a first drop opens"),
        pytest.param(
            [drop()],
            {drop().dedupe_key},
            set(),
            Plan((), (drop(),)),
            id="while one is live it is added",
        ),
        pytest.param([drop()], set(), {drop().key}, Plan((), ()), id="a used signal does nothing"),
        pytest.param(
            [drop()], {drop().dedupe_key}, {drop().key}, Plan((), ()), id="nor while one is live"
        ),
        pytest.param(
            [drop(), drop()], set(), set(), Plan((drop(),), ()), id="twice the same: once"
        ),
        pytest.param(
            [drop(), drop("2026-10:Red")],
            set(),
            set(),
            Plan((drop(),), (drop("2026-10:Red"),)),
            id="two of one component: the second is added to the first",
        ),
        pytest.param(
            [drop(), drop(component="cd"), drop(account="A2")],
            set(),
            set(),
            Plan((drop(), drop(component="cd"), drop(account="A2")), ()),
            id="other components and accounts open their own",
        ),
    ],
)
def test_plan(signals: list[Signal], live: set[str], used: set[str], planned: Plan) -> None:
    assert plan(signals, live=live, used=used) == planned


signals = st.builds(
    Signal,
    st.sampled_from(["score_drop", "new_use_case"]),
    st.sampled_from(["A1", "A2"]),
    st.sampled_from(["ci", "cd"]),
    st.sampled_from(["", "2026-09:Red", "2026-10:Red"]),
)


@given(st.lists(signals), st.sets(signals), st.sets(signals))
def test_every_signal_is_used_once_and_no_key_opens_twice(
    seen: list[Signal], live: set[Signal], used: set[Signal]
) -> None:
    live_keys, used_keys = {s.dedupe_key for s in live}, {s.key for s in used}
    planned = plan(seen, live=live_keys, used=used_keys)
    taken = [*planned.to_open, *planned.to_add]
    assert {s.key for s in taken} == {s.key for s in seen} - used_keys
    assert len(taken) == len({s.key for s in taken})
    opened = [s.dedupe_key for s in planned.to_open]
    assert len(opened) == len(set(opened))
    assert not live_keys & set(opened)
    again = plan(seen, live=live_keys | set(opened), used=used_keys | {s.key for s in taken})
    assert again == Plan((), ())


@pytest.mark.parametrize(
    ("now", "earlier", "positions"),
    [
        pytest.param("1", ["0"], [0], id="minimum before, basic now: begun"),
        pytest.param("3", ["0", "0"], [0], id="minimum in all months before: begun"),
        pytest.param("0", ["0"], [], id="still at minimum: not begun"),
        pytest.param("-", ["0"], [], id="not known now: not begun"),
        pytest.param("1", [], [], id="no month before: nothing to compare with"),
        pytest.param("1", ["-", "-"], [], id="not known before: nothing to compare with"),
        pytest.param("1", ["-", "0", "-"], [0], id="known once before, at minimum: begun"),
        pytest.param("2", ["0", "1", "0"], [], id="above minimum once before: not begun"),
        pytest.param("120-", ["000-"], [0, 1], id="each component by itself"),
    ],
)
def test_use_cases_that_have_begun(now: str, earlier: list[str], positions: list[int]) -> None:
    assert begun(now, earlier) == positions


@pytest.mark.parametrize(
    ("now", "earlier", "positions"),
    [
        pytest.param("1", ["0"], [0], id="minimum before: risen"),
        pytest.param("1", ["-"], [0], id="not known before: risen"),
        pytest.param("1", [], [0], id="no month before: risen"),
        pytest.param("1", ["0", "2"], [], id="above minimum once before: not risen"),
        pytest.param("0", ["0"], [], id="at minimum: not risen"),
        pytest.param("-", ["0"], [], id="not known now: not risen"),
        pytest.param("12", ["01"], [0], id="each component by itself"),
    ],
)
def test_components_that_have_risen(now: str, earlier: list[str], positions: list[int]) -> None:
    assert risen(now, earlier) == positions


@pytest.mark.parametrize(
    ("since", "is_known"),
    [
        pytest.param(date(2026, 8, 1), True, id="in that very month"),
        pytest.param(date(2026, 9, 1), False, id="only before it"),
    ],
)
def test_since_when_a_component_is_known(since: date, is_known: object) -> None:
    earlier = {date(2026, 8, 1): "0-", date(2026, 9, 1): "-0"}
    assert known_since(earlier, 0, since) is is_known


@pytest.mark.parametrize(
    ("to_red", "color", "priority"),
    [
        pytest.param(1, "Red", 1, id="to Red: the priority for Red"),
        pytest.param(1, "Yellow", 2, id="to Yellow: the normal one"),
        pytest.param(None, "Red", 2, id="none for Red: the normal one"),
        pytest.param(1, None, 2, id="no colour: the normal one"),
    ],
)
def test_priority_of_a_signal(to_red: int | None, color: str | None, priority: int) -> None:
    assert priority_of(normal=2, to_red=to_red, to_color=color) == priority


def test_playbook_of_a_component() -> None:
    playbooks = {"ci": "ci-play", "*": "any-play"}
    assert playbook_for("ci", playbooks) == "ci-play"
    assert playbook_for("cd", playbooks) == "any-play"
    assert playbook_for("cd", {"ci": "ci-play"}) is None


@pytest.mark.parametrize(
    ("repeats", "last", "count"),
    [
        pytest.param(None, date(2026, 9, 1), 1, id="news opens whatever was before"),
        pytest.param(date(2026, 8, 1), None, 1, id="what nobody was told of opens"),
        pytest.param(date(2026, 8, 1), date(2026, 7, 1), 1, id="so does it after an older one"),
        pytest.param(date(2026, 8, 1), date(2026, 8, 1), 0, id="what was answered does not"),
        pytest.param(date(2026, 8, 1), date(2026, 9, 1), 0, id="nor what was answered since"),
    ],
)
def test_what_repeats_something_opens_once(
    repeats: date | None, last: date | None, count: int
) -> None:
    signal = Signal("score_drop", "A", "ci", "2026-10:Yellow", repeats)
    answered = {} if last is None else {signal.dedupe_key: last}
    planned = plan([signal], live=set(), used=set(), answered=answered)
    assert planned == Plan((signal,) * count, ())
    live = plan([signal], live={signal.dedupe_key}, used=set(), answered=answered)
    assert live == Plan((), (signal,))
