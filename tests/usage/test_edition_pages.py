from __future__ import annotations

import pytest
from django.urls import reverse

from accounts import formats
from tests.factories import make_edition
from usage.queries import thresholds
from usage.scoring.edition import Band, Measure, Term
from usage.services import editions


def measure(*bands: Band, **fields) -> Measure:
    defaults = {
        "code": "m",
        "name": "M",
        "unit": "",
        "is_share": False,
        "weight": 1.0,
        "numerator": Term("sum", ("a",)),
        "denominator": None,
        "zero_denominator_is_na": False,
    }
    return Measure(**{**defaults, **fields, "bands": bands})


RED = Band("Red", None, lower_closed=False, upper=0.1, upper_closed=True)
YELLOW = Band("Yellow", 0.1, lower_closed=False, upper=0.33, upper_closed=True)
GREEN = Band("Green", 0.33, lower_closed=False, upper=None, upper_closed=False)
MUCH_IS_BAD = Band("Red", 15, lower_closed=False, upper=None, upper_closed=False)
LITTLE_IS_GOOD = Band("Green", None, lower_closed=False, upper=15, upper_closed=False)


@pytest.mark.parametrize(
    ("bands", "is_share", "text"),
    [
        pytest.param(
            (GREEN, RED, YELLOW), False, "Red ≤ 0.1 · Yellow · Green > 0.33", id="from low to high"
        ),
        pytest.param(
            (RED, YELLOW, GREEN), True, "Red ≤ 10 % · Yellow · Green > 33 %",
            id="a share is told in per cent",
        ),
        pytest.param((MUCH_IS_BAD, LITTLE_IS_GOOD), False, "Green < 15 · Red > 15", id="less is more"),
    ],
)  # fmt: skip
def test_bands_are_told_in_words(bands, is_share, text) -> None:
    told = thresholds.bands_text(bands, is_share=is_share)
    assert told.replace(formats.NBSP, " ") == text


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "a"),
        ({"numerator": Term("sum", ("a", "b"))}, "(a + b)"),
        ({"numerator": Term("difference", ("a", "b"))}, "(a \N{MINUS SIGN} b)"),
        ({"numerator": Term("count_positive", ("a", "b"))}, "how many are above 0 of (a, b)"),
        ({"denominator": Term("first", ("seats", "b"))}, "a / first known of (seats, b)"),
    ],
)
def test_a_measure_says_which_metrics_it_is_made_of(fields, text) -> None:
    assert thresholds.formula_text(measure(**fields)) == text


@pytest.mark.django_db
def test_each_part_says_what_it_weighs_in_the_whole() -> None:
    rows = thresholds.weight_rows(editions.frozen(make_edition()))
    assert [(row.name, row.depth) for row in rows] == [
        ("Product", 0), ("License utilization", 1), ("CI", 1), ("Security", 1),
    ]  # fmt: skip
    assert [row.overall for row in rows] == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3])


@pytest.mark.django_db
def test_levels_are_told_by_their_bounds() -> None:
    rows = thresholds.level_rows(editions.frozen(make_edition()))
    assert [row.text for row in rows] == ["up to 50", "above 50 up to 75", "above 75"]


@pytest.mark.django_db
def test_everyone_reads_the_thresholds(viewer_client) -> None:
    edition = make_edition("2025")
    page = viewer_client.get(reverse("usage:edition", args=[edition.pk])).text
    assert "Red ≤ 0.1 · Yellow · Green &gt; 0.33" in page.replace(formats.NBSP, " ")
    assert "Ultimate only" in page


@pytest.mark.django_db
def test_the_edition_in_force_is_marked(csm_client) -> None:
    make_edition("2025")
    make_edition("2026", published=False)
    page = csm_client.get(reverse("usage:editions")).text
    assert page.count("in force now") == 1


@pytest.mark.django_db
def test_an_edition_that_is_not_there_is_not_found(csm_client) -> None:
    assert csm_client.get(reverse("usage:edition", args=[404])).status_code == 404


@pytest.mark.django_db
def test_what_makes_a_drop_is_told(viewer_client) -> None:
    edition = make_edition("2025", published=False)
    edition.use_cases.filter(code="ci").update(hold_months=2, exit_margin=0.05, recovery_months=1)
    edition.use_cases.filter(code="security").update(exit_margin=4, roll_up="score")
    edition.use_cases.get(code="ci").measures.update(minimum_sample=10)
    page = viewer_client.get(reverse("usage:edition", args=[edition.pk])).text
    for text in (
        "a drop counts when it has stood for 2 known months",
        "a drop begins 0.05 beyond its bound",
        "it has recovered after 1 known month back where it fell from",
        "a drop begins 4 points beyond its bound",
        "NA where the denominator is below 10",
    ):
        assert text in page


@pytest.mark.django_db
def test_why_an_edition_is_in_force_stands_on_its_page(viewer_client) -> None:
    edition = make_edition("2025")
    page = viewer_client.get(reverse("usage:edition", args=[edition.pk])).text
    assert "For a test." in page
    assert reverse("playbooks:publish_edition", args=[edition.pk]) not in page
