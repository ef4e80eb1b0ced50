from __future__ import annotations

import pytest

from config.limits.figures import Figure, State, Unit, amount, worst


def figure(used: int | None, limit: int | None, unit: Unit = Unit.ROWS) -> Figure:
    return Figure("rows.cards", "Cards", used, limit, unit, advice="Take some out.")


@pytest.mark.parametrize(
    ("used", "limit", "percent", "state"),
    [
        pytest.param(0, 1000, 0, State.FINE, id="nothing used"),
        pytest.param(799, 1000, 79, State.FINE, id="just below: not rounded up to 80"),
        pytest.param(800, 1000, 80, State.NEAR, id="four fifths"),
        pytest.param(999, 1000, 99, State.NEAR, id="not quite full"),
        pytest.param(1000, 1000, 100, State.OVER, id="full"),
        pytest.param(3000, 1000, 300, State.OVER, id="far beyond"),
        pytest.param(None, 1000, None, State.UNKNOWN, id="not measured"),
        pytest.param(5, None, None, State.UNKNOWN, id="no limit known"),
        pytest.param(5, 0, None, State.UNKNOWN, id="no share of nothing"),
    ],
)
def test_state_by_share(used, limit, percent, state) -> None:
    judged = figure(used, limit)
    assert (judged.percent, judged.state) == (percent, state)
    assert judged.is_pressing == (state in {State.NEAR, State.OVER})
    assert judged.state_words


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        ([], State.FINE),
        ([1, 2], State.FINE),
        ([1, None], State.UNKNOWN),
        ([None, 85], State.NEAR),
        ([85, 100, None], State.OVER),
    ],
)
def test_the_most_pressing_state_stands_for_all(used, expected) -> None:
    assert worst(figure(each, 100) for each in used) is expected


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, Unit.ROWS, "?"),
        (1234, Unit.ROWS, "1,234 rows"),
        (999, Unit.BYTES, "999 bytes"),
        (1_500_000, Unit.BYTES, "1.5 MB"),
        (2 * 10**15, Unit.BYTES, "2000.0 TB"),
        (59, Unit.SECONDS, "59 s"),
        (60 * 1500, Unit.SECONDS, "1,500 min"),
    ],
)
def test_amounts_have_their_unit(value, unit, text) -> None:
    assert amount(value, unit) == text


@pytest.mark.parametrize(
    ("used", "limit", "unit", "text"),
    [
        (12, 2000, Unit.ROWS, "12 of 2,000 rows"),
        (12, 2000, Unit.BYTES, "12 bytes of 2.0 kB"),
        (12, None, Unit.JOBS, "12 of ?"),
    ],
)
def test_used_and_limit_are_told_together(used, limit, unit, text) -> None:
    assert figure(used, limit, unit).amounts == text
