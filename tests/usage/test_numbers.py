"""Numbers as people read them."""

from __future__ import annotations

import pytest

from usage.numbers import amount, number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(0, "0", id="zero"),
        pytest.param(38.0, "38", id="whole"),
        pytest.param(38.2, "38.2", id="three significant digits"),
        pytest.param(38.2495, "38.2", id="rounded"),
        pytest.param(0.0456, "0.0456", id="below one"),
        pytest.param(123.4, "123", id="from a hundred on no decimals"),
        pytest.param(39_346, "39,346", id="thousands apart"),
        pytest.param(-2.5, "-2.5", id="negative"),
        pytest.param(0.00004, "0.00004", id="never in powers of ten"),
    ],
)
def test_number(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(0.33, "33 %", id="whole per cent"),
        pytest.param(0.035, "3.5 %", id="below ten: one decimal"),
        pytest.param(0.03, "3 %", id="below ten, whole"),
        pytest.param(0.614, "61 %", id="from ten on rounded"),
        pytest.param(0.0997, "10 %", id="rounded up to ten"),
        pytest.param(12.5, "1,250 %", id="over-use"),
    ],
)
def test_share(value: float, text: str) -> None:
    assert number(value, is_share=True) == text


def test_amount() -> None:
    assert amount(38, unit="builds per user", is_share=False) == "38 builds per user"
    assert amount(0.5, unit="of seats", is_share=True) == "50 % of seats"
    assert amount(5, unit="", is_share=False) == "5"


@pytest.mark.parametrize(
    ("value", "unlike", "text"),
    [
        pytest.param(39.96, 40, "39.96", id="as many decimals as it takes"),
        pytest.param(39.5, 40, "39.5", id="it differs anyway"),
        pytest.param(40, 40, "40", id="the same"),
        pytest.param(40.0000001, 40, "40", id="the same in six decimals"),
    ],
)
def test_a_number_that_must_not_look_like_another(value: float, unlike: float, text: str) -> None:
    assert number(value, unlike=unlike) == text
