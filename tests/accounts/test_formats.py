"""Numbers, money and days in words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import timezone

from accounts import formats

TODAY = date(2026, 11, 16)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(None, "NA", id="unknown"),
        pytest.param(0, "$0", id="nothing"),
        pytest.param(950, "$950", id="below a thousand"),
        pytest.param(9_640, "$9.6k", id="a decimal where there is room"),
        pytest.param(9_960, "$10k", id="ten thousand by rounding"),
        pytest.param(Decimal("412300.40"), "$412k", id="thousands"),
        pytest.param(999_600, "$1M", id="a million by rounding"),
        pytest.param(1_310_000, "$1.31M", id="millions"),
        pytest.param(13_100_000, "$13.1M", id="tens of millions"),
        pytest.param(131_400_000, "$131M", id="hundreds of millions"),
        pytest.param(2_000_000_000, "$2B", id="billions"),
        pytest.param(-412_000, "−$412k", id="negative"),  # noqa: RUF001 - the real minus sign
    ],
)
def test_money_is_short(value: formats.Amount | None, text: str) -> None:
    assert formats.money(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NA"),
        (Decimal("412300.00"), "$412,300"),
        (Decimal("412300.50"), "$412,300.50"),
        (Decimal(-5), "−$5"),  # noqa: RUF001
    ],
)
def test_money_is_exact_in_its_title(value: Decimal | None, text: str) -> None:
    assert formats.money_exact(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NA"),
        (0, "0"),
        (39_346, "39,346"),
        (99.96, "100"),
        (38.24, "38.2"),
        (9.998, "10"),
        (1.25, "1.25"),
        (2.0, "2"),
        (0.333333, "0.33"),
        (0.00412, "0.0041"),
        (0.00001, "0.00001"),
        (-3.5, "−3.5"),  # noqa: RUF001
    ],
)
def test_numbers_have_about_three_digits(value: float | None, text: str) -> None:
    assert formats.number(value) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (None, None, "NA"),
        (0.712, None, "71\xa0%"),
        (0.083, None, "8.3\xa0%"),
        (0.0, None, "0\xa0%"),
        (0.7504, 1, "75\xa0%"),
        (1.126, 1, "112.6\xa0%"),
        (12.5, None, "1,250\xa0%"),
    ],
)
def test_shares_are_per_cent(value: float | None, digits: int | None, text: str) -> None:
    assert formats.share(value, digits) == text


def test_a_value_is_said_as_its_measure_wants_it() -> None:
    assert formats.value_text(0.7132, is_share=True) == "71.3\xa0%"
    assert formats.value_text(38.2, is_share=False) == "38.2"


def test_scores_are_points_or_na() -> None:
    assert [formats.points(value) for value in (None, 0.0, 43.76)] == ["NA", "0", "44"]
    assert [formats.points_exact(value) for value in (None, 43.76)] == ["NA", "43.8"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "NA"), (3, "+\xa03"), (-22.4, "−\xa022"), (0.2, "±\xa00"), (1200, "+\xa01,200")],  # noqa: RUF001
)
def test_changes_have_a_sign(value: float | None, text: str) -> None:
    assert formats.signed(value) == text


def test_changes_of_measured_numbers_keep_their_digits() -> None:
    texts = [formats.signed_number(value) for value in (0.0, 1.254, -0.02)]
    assert texts == ["±\xa00", "+\xa01.25", "−\xa00.02"]  # noqa: RUF001


def test_plurals() -> None:
    assert formats.plural(1, "account") == "1 account"
    assert formats.plural(1_200, "account") == "1,200 accounts"
    assert formats.plural(2, "reply", "replies") == "2 replies"


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (None, "NA"),
        (date(2026, 11, 16), "today"),
        (date(2026, 11, 17), "tomorrow"),
        (date(2026, 11, 15), "yesterday"),
        (date(2027, 1, 13), "in 58 days"),
        (date(2026, 9, 13), "64 days ago"),
        (date(2029, 7, 31), "in 2.7 years"),
        (date(2024, 11, 16), "2 years ago"),
    ],
)
def test_days_in_words(day: date | None, text: str) -> None:
    assert formats.days_in_words(day, today=TODAY) == text


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (None, "NA"),
        (date(2026, 11, 14), "2 days late"),
        (date(2026, 11, 15), "1 day late"),
        (date(2026, 11, 16), "today"),
        (date(2026, 11, 17), "tomorrow"),
        (date(2026, 11, 19), "Thu"),
        (date(2026, 12, 1), "1 Dec"),
        (date(2027, 1, 4), "4 Jan 2027"),
    ],
)
def test_due_dates_in_words(day: date | None, text: str) -> None:
    assert formats.due_in_words(day, today=TODAY) == text


def test_letters_of_a_card_are_colour_words() -> None:
    assert [formats.color_word(letter) for letter in ("G", "Y", "R", "N", "")] == [
        "Green",
        "Yellow",
        "Red",
        "NA",
        "NA",
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_spreadsheet_takes_a_cell_for_a_formula(start: str) -> None:
    assert formats.csv_cell(f"{start}1+1") == f"'{start}1+1"


def test_plain_cells_stay_as_they_are() -> None:
    assert [formats.csv_cell(value) for value in ("Larch", -22.5, None)] == ["Larch", -22.5, ""]


def test_a_colour_has_a_class() -> None:
    template = Template("{% load foothold %}{% for c in colors %}{{ c|color_class }} {% endfor %}")
    context = Context({"colors": ["Green", "Yellow", "Red", "NA", ""]})
    assert template.render(context) == "g y r na na "


def test_filters_say_the_same_in_the_persons_zone() -> None:
    template = Template(
        "{% load foothold %}{{ arr|money }} {{ part|share }} {{ change|signed:1 }} "
        "{{ count|plural:'reply,replies' }} {{ at|day:today }} {{ at|days_in_words:today }} "
        "{{ at|due_in_words:today }} {{ none|day }}"
    )
    seen_at = datetime(2026, 11, 15, 23, 30, tzinfo=UTC)
    context = Context(
        {"arr": 412_000, "part": 0.5, "change": -1.5, "count": 2, "at": seen_at, "today": TODAY}
        | {"none": None}
    )
    with timezone.override("Europe/Berlin"):  # there it is already the 16th
        text = template.render(context)
    assert text == "$412k 50\xa0% −\xa01.5 2 replies 16 Nov today today NA"  # noqa: RUF001


def test_a_noun_that_is_not_listed_is_said_in_english() -> None:
    assert formats.plural(1, "reply", "replies") == "1 reply"
    assert formats.plural(2, "reply", "replies") == "2 replies"
