"""What keeps an edition from being published, in sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.editions import bands, edition, measure, use_case
from tests.scoring import shipped
from usage.scoring.edition import Band, Composite, Edition, Level, Term
from usage.scoring.validation import faults

METRICS = {"cups", "guests"}


def band(color: str, interval: str, **ages: int | None) -> Band:
    left, right = interval[0] == "[", interval[-1] == "]"
    low, high = (None if "inf" in side else float(side) for side in interval[1:-1].split(","))
    return Band(color, low, left and low is not None, high, right and high is not None, **ages)


def judged_by(*parts: Band) -> Edition:
    return edition(use_case("brewing", measure("rate", bands=parts)))


def row(red: str, yellow: str, green: str, **ages: int | None) -> tuple[Band, ...]:
    return (
        band("Red", red, **ages),
        band("Yellow", yellow, **ages),
        band("Green", green, **ages),
    )


@pytest.mark.parametrize("name", ["2024", "2025"])
def test_shipped_editions_are_valid(name: str) -> None:
    assert faults(shipped(name), shipped(name).metric_keys) == []


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(row("(-inf,1]", "(1,2]", "(2,inf)"), id="open and closed bounds meet"),
        pytest.param(row("(2,inf)", "(1,2]", "(-inf,1]"), id="less is better"),
        pytest.param((band("Green", "(-inf,inf)"),), id="always one colour"),
        pytest.param((band("Red", "(-inf,1]"), band("Green", "(1,inf)")), id="never Yellow"),
        pytest.param(row("(-inf,1)", "[1,1]", "(1,inf)"), id="Yellow at one value"),
        pytest.param(row("(1,inf)", "[1,1]", "(-inf,1)"), id="Yellow at one value, less is better"),
        pytest.param(
            bands(1, 2, age_from=3, age_to=6) + bands(1, 2, age_from=7), id="ages follow each other"
        ),
        pytest.param(
            bands(1, 2, age_to=6) + bands(1, 2, age_from=9), id="ages may leave a gap: NA"
        ),
    ],
)
def test_bands_that_neither_overlap_nor_leave_a_gap(parts: tuple[Band, ...]) -> None:
    assert faults(judged_by(*parts), METRICS) == []


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        pytest.param((), "it has no bands", id="no bands"),
        pytest.param(
            row("(-inf,1]", "(1.5,2]", "(2,inf)"), "a gap between Red and Yellow: 1 to 1.5", id="gap"
        ),
        pytest.param(row("(-inf,1.5]", "(1,2]", "(2,inf)"), "Red and Yellow overlap", id="overlap"),
        pytest.param(
            row("(-inf,1]", "[1,2]", "(2,inf)"), "Red and Yellow both hold 1", id="both closed"
        ),
        pytest.param(
            row("(-inf,1)", "(1,2]", "(2,inf)"), "neither of Red and Yellow holds 1", id="neither closed"
        ),
        pytest.param(
            (band("Red", "(-inf,1]"), band("Yellow", "(1,inf)"), band("Green", "(2,inf)")),
            "Yellow and Green overlap",
            id="two without an upper bound",
        ),
        pytest.param(
            (band("Red", "(-inf,1]"), band("Green", "(-inf,inf)")), "overlap", id="two without a lower"
        ),
        pytest.param(row("[0,1]", "(1,2]", "(2,inf)"), "no band below 0", id="nothing below"),
        pytest.param(row("(-inf,1]", "(1,2]", "(2,9]"), "no band above 9", id="nothing above"),
        pytest.param(
            (*row("(-inf,1]", "(1,2]", "(2,3]"), band("Green", "(3,inf)")),
            "Green stands twice",
            id="a colour twice",
        ),
        pytest.param(
            row("(-inf,1]", "(1,1)", "[1,inf)"), "Yellow holds nothing", id="an empty interval"
        ),
        pytest.param(
            bands(1, 2, age_from=3, age_to=6) + bands(1, 2, age_from=6),
            "age rows overlap at 6 months",
            id="ages overlap",
        ),
        pytest.param(
            bands(1, 2, age_from=3) + bands(1, 2, age_from=7),
            "age rows overlap at 7 months",
            id="ages overlap, the first without end",
        ),
        pytest.param(
            bands(1, 2, age_from=6, age_to=3), "an age row ends before it begins", id="ages reversed"
        ),
        pytest.param(
            (band("Red", "(-inf,1]", age_from=3, age_to=6),), "no band above 1 (age 3 to 6)", id="age row"
        ),
        pytest.param(
            (band("Red", "(-inf,1]", age_from=10),), "no band above 1 (age 10 and up)", id="last age row"
        ),
    ],
)  # fmt: skip
def test_bands_that_are_refused(parts: tuple[Band, ...], sentence: str) -> None:
    assert [fault for fault in faults(judged_by(*parts), METRICS) if sentence in fault] != []


def test_a_fault_of_a_band_names_its_measure() -> None:
    assert faults(judged_by(), METRICS) == ["brewing.rate: it has no bands"]


def many(count: int) -> Edition:
    return edition(*(use_case(f"brewing{number}") for number in range(count)))


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        pytest.param(
            edition(points=(55, 60, 90)), "points of Red (55) lie in another colour's range", id="points"
        ),
        pytest.param(replace(edition(), use_cases=()), "it has no use cases", id="no use cases"),
        pytest.param(
            edition(use_case(), use_case()), "the code brewing is used twice", id="a code twice"
        ),
        pytest.param(
            edition(composites=(Composite("brewing", (("brewing", 1.0),)),)),
            "the code brewing is used twice",
            id="a composite with a component's code",
        ),
        pytest.param(
            edition(replace(use_case(), measures=())), "brewing has no measures", id="no measures"
        ),
        pytest.param(
            edition(use_case("brewing", measure(), measure())),
            "brewing has the measure rate twice",
            id="a measure twice",
        ),
        pytest.param(edition(composites=()), "so there is no overall score", id="no composite"),
        pytest.param(
            edition(composites=(Composite("all", ()),)), "all weighs nothing", id="empty composite"
        ),
        pytest.param(
            edition(composites=(Composite("all", (("baking", 1.0),)),)),
            "all weighs baking, which is no component and no composite before it",
            id="weight of an unknown child",
        ),
        pytest.param(
            edition(composites=(Composite("all", (("rest", 1.0),)), Composite("rest", (("brewing", 1.0),)))),
            "all weighs rest, which is no component",
            id="a parent before its child",
        ),
        pytest.param(
            edition(composites=(Composite("all", (("brewing", 0.0),)),)),
            "all gives brewing the weight 0; it must be above 0",
            id="weight 0",
        ),
        pytest.param(
            edition(composites=(Composite("all", (("brewing", 1.0), ("brewing", 1.0))),)),
            "all weighs brewing twice",
            id="weight twice",
        ),
        pytest.param(
            edition(composites=(Composite('All "parts"', (("brewing", 1.0),)),)),
            'the code All "parts" is not',
            id="a composite's code with signs",
        ),
        pytest.param(
            edition(use_case("brewing", measure(weight=0))),
            "brewing.rate: the weight must be above 0",
            id="a measure's weight",
        ),
        pytest.param(
            edition(use_case("brewing", measure(weight=float("nan")))),
            "brewing.rate: the weight must be above 0",
            id="a measure's weight is no number",
        ),
        pytest.param(edition(levels=()), "it has no maturity levels", id="no levels"),
        pytest.param(
            edition(levels=(Level("low", 5),)), "just the last maturity level", id="a closed last level"
        ),
        pytest.param(
            edition(levels=(Level("low", None), Level("high", None))),
            "just the last maturity level",
            id="two open levels",
        ),
        pytest.param(
            edition(levels=(Level("low", 9), Level("mid", 9), Level("high", None))),
            "the bounds of the maturity levels do not ascend",
            id="levels do not ascend",
        ),
        pytest.param(
            edition(levels=(Level("low", 9), Level("low", None))),
            "the maturity level low stands twice",
            id="a level twice",
        ),
        pytest.param(
            edition(levels=(*(Level(f"l{n}", n) for n in range(10)), Level("top", None))),
            "it has 11 maturity levels; 10 is the most",
            id="too many levels",
        ),
        pytest.param(many(41), "it has 41 use cases; 40 is the most", id="too many use cases"),
        pytest.param(
            edition(size_metric="rooms"),
            "the metric rooms is not in the metric dictionary",
            id="unknown metric",
        ),
        pytest.param(
            edition(use_case("brewing", measure(numerator=Term("sum", ())))),
            "brewing.rate: a term names no metric",
            id="empty term",
        ),
        pytest.param(
            edition(red_up_to=80), "points of Yellow (60) lie in", id="score bounds do not ascend"
        ),
        pytest.param(
            edition(points=(20, 60, 120)), "points must lie within 0 to 100", id="points above 100"
        ),
        pytest.param(
            edition(points=(-1, 60, 90), red_up_to=0),
            "the bounds of scores must lie between 0 and 100",
            id="Red up to 0",
        ),
    ],
)  # fmt: skip
def test_what_keeps_an_edition_from_being_published(broken: Edition, sentence: str) -> None:
    found = faults(broken, METRICS)
    assert any(sentence in fault for fault in found), found
    assert faults(edition(), METRICS) == []
    assert faults(many(40), METRICS) == []
