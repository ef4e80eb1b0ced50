"""Which signals open a call to action, which are added to one, which were used before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.rules import Plan, Signal, begun, plan, playbook_for, priority_of


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
