"""Which months are out of the ordinary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usage.anomalies import Mark, Rules, Values, marks

RULES = Rules()
LEVEL = [10.0, 11.0, 10.0, 9.0, 10.0, 11.0]


@pytest.mark.parametrize(
    ("values", "newest"),
    [
        pytest.param([], None, id="no months"),
        pytest.param([10.0], (), id="a first month has nothing before it"),
        pytest.param([10.0, 14.0], (), id="less than half more is no step"),
        pytest.param([10.0, 15.0], (Mark.RISE,), id="half more is a step, the bound included"),
        pytest.param([10.0, 5.0], (Mark.FALL,), id="half less is a step"),
        pytest.param([0.0, 5.0], (), id="from zero there is no share"),
        pytest.param([10.0, None, 30.0], (), id="across a gap there is no step"),
        pytest.param([10.0, None], (), id="NA is nothing, and no zero"),
        pytest.param([*LEVEL, 30.0], (Mark.RISE, Mark.HIGH), id="far above all others"),
        pytest.param([*LEVEL, 2.0], (Mark.FALL, Mark.LOW), id="far below all others"),
        pytest.param(
            [10.0, 10.5, 10.0, 9.5, 10.0, 10.5, 7.0], (Mark.LOW,), id="an outlier that is no step"
        ),
        pytest.param([*LEVEL, 12.0], (), id="as far away as the others are"),
        pytest.param([10.0] * 4 + [30.0], (Mark.RISE,), id="too few months: no outlier"),
        pytest.param(
            [10.0] * 6 + [12.0], (Mark.HIGH,), id="most months the same: distance decides"
        ),
        pytest.param([10.0] * 6 + [11.9], (), id="most the same, and it hardly moves"),
        pytest.param([100.0, 100.1] * 3 + [101.0], (), id="many spreads away, yet hardly moved"),
        pytest.param([1.0, 3.0] * 3 + [3.5], (), id="a wide spread"),
        pytest.param([0.0] * 6 + [1.0], (Mark.HIGH,), id="something after nothing"),
    ],
)
def test_the_newest_month(values: Values, newest: tuple[Mark, ...] | None) -> None:
    found = marks(values, RULES)
    assert (found[-1] if found else None) == newest


@given(st.lists(st.none() | st.floats(-1e6, 1e6), max_size=20))
def test_a_gap_is_never_marked(values: list[float | None]) -> None:
    found = marks(values, RULES)
    assert len(found) == len(values)
    assert all(not each for each, value in zip(found, values, strict=True) if value is None)


@given(st.floats(-1e6, 1e6), st.integers(1, 20))
def test_a_row_that_does_not_move_has_no_mark(value: float, months: int) -> None:
    assert not any(marks([value] * months, RULES))
