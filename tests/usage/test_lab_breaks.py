"""What reads a metric, and which drops lie across a break of its series. Pure."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.editions import edition, measure, use_case
from usage.lab.breaks import (
    DENOMINATOR,
    NUMERATOR,
    SIZE,
    Break,
    Use,
    across,
    by_component,
    of_component,
    of_measure,
    uses,
)

SEPTEMBER, OCTOBER, NOVEMBER = (date(2026, month, 1) for month in (9, 10, 11))
TEA = edition(
    use_case("brewing", measure("rate"), measure("heat", ["degrees"], [])),
    use_case("serving", measure("speed", ["trays"], ["guests"])),
)
CUPS = Break("cups", OCTOBER, "mugs are no cups")
GUESTS = Break("guests", SEPTEMBER, "children count")
OTHER = Break("spoons", OCTOBER, "of nobody")


def test_a_metric_is_found_in_every_place_that_reads_it() -> None:
    assert uses(TEA, ["guests"]) == (
        Use("", "", "", "", SIZE),
        Use("brewing", "Brewing", "rate", "Rate", DENOMINATOR),
        Use("serving", "Serving", "speed", "Speed", DENOMINATOR),
    )
    assert uses(TEA, ["degrees"]) == (Use("brewing", "Brewing", "heat", "Heat", NUMERATOR),)
    assert uses(TEA, ["spoons"]) == ()


def test_a_measure_has_the_breaks_of_all_that_it_reads() -> None:
    rate, heat = TEA.use_case("brewing").measures
    assert of_measure(rate, [CUPS, GUESTS, OTHER]) == (GUESTS, CUPS)
    assert of_measure(heat, [CUPS, GUESTS, OTHER]) == ()


def test_a_component_has_each_break_once() -> None:
    part = use_case("brewing", measure("rate"), measure("again"))
    assert of_component(part, [CUPS, GUESTS]) == (GUESTS, CUPS)


def test_components_without_a_break_are_left_out() -> None:
    assert by_component(TEA, [CUPS]) == {"brewing": (CUPS,)}
    assert by_component(TEA, [OTHER]) == {}


@pytest.mark.parametrize(
    ("from_period", "period", "lies"),
    [
        pytest.param(SEPTEMBER, OCTOBER, True, id="to the first month that is not as before"),
        pytest.param(SEPTEMBER, NOVEMBER, True, id="over it"),
        pytest.param(OCTOBER, NOVEMBER, False, id="both months are after it"),
        pytest.param(date(2026, 8, 1), SEPTEMBER, False, id="both months are before it"),
    ],
)
def test_a_drop_lies_across_a_break(from_period: date, period: date, *, lies: bool) -> None:
    assert bool(across([CUPS], from_period=from_period, period=period)) is lies


@given(st.integers(1, 11), st.integers(1, 11), st.integers(1, 12))
def test_a_break_lies_in_one_half_of_a_span_that_is_cut_in_two(
    start: int, length: int, middle: int
) -> None:
    months = [date(2026 + (n // 12), n % 12 + 1, 1) for n in range(36)]
    first, cut, last = months[start], months[start + length], months[start + length + middle]
    whole = across([CUPS], from_period=first, period=last)
    halves = (
        *across([CUPS], from_period=first, period=cut),
        *across([CUPS], from_period=cut, period=last),
    )
    assert whole == halves


def test_a_break_says_what_and_since_when() -> None:
    assert CUPS.sentence == "cups is counted otherwise from Oct 2026: mugs are no cups"
