"""Months of an account's components from its cards, across editions and ages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from usage.bounds import measure_bounds
from usage.charts import Zone
from usage.models import ScoreCard
from usage.periods import span
from usage.queries.history import Book, Trend, trends
from usage.scoring.edition import Band, Composite, Edition, Level, Measure, Term, UseCase

AUGUST, OCTOBER = date(2026, 8, 1), date(2026, 10, 1)
MONTHS = span(AUGUST, OCTOBER)


def measure(code: str, *, is_share: bool = False, bands: Sequence[Band] = ()) -> Measure:
    return Measure(
        code=code,
        name=code.capitalize(),
        unit="per user",
        is_share=is_share,
        weight=1,
        numerator=Term("sum", (f"counts.{code}",)),
        denominator=Term("sum", ("license_billable_users",)),
        zero_denominator_is_na=False,
        bands=tuple(bands) or (band("Red", None, 2), band("Green", 2, None)),
    )


def band(
    color: str, lower: float | None, upper: float | None, ages: tuple[int, int | None] | None = None
) -> Band:
    first, last = ages or (None, None)
    return Band(color, lower, False, upper, True, first, last)  # noqa: FBT003 - which side is closed


def use_case(code: str, *measures: Measure) -> UseCase:
    return UseCase(
        code=code,
        name=code.upper(),
        counts_as_use_case=True,
        roll_up="value",
        plans=(),
        deployments=(),
        measures=measures,
    )


def edition(*use_cases: UseCase) -> Edition:
    return Edition(
        name="2025",
        size_metric="license_billable_users",
        points=(25, 63, 88),
        red_up_to=50,
        yellow_up_to=75,
        platform_adoption_from=3,
        stale_after_days=60,
        use_cases=use_cases,
        composites=(Composite("product", ()), Composite("health", ())),
        levels=(Level("minimum", 50), Level("advanced", None)),
    )


def card(period: date, *components: list[Any], edition_id: int = 1, age: int = 20) -> ScoreCard:
    evidence = {
        "age": age,
        "components": list(components),
        "measures": [[3.0, "G"], [None, "N"]],
        "composites": [],
        "rows": [],
    }
    return ScoreCard(
        account_id=1,
        period=period,
        edition_id=edition_id,
        score=63,
        color="Yellow",
        component_levels="1-",
        evidence=evidence,
    )


def shown(*cards: ScoreCard, editions: dict[int, Edition]) -> tuple[Trend, ...]:
    return trends(Book({each.period: each for each in cards}, editions, MONTHS))


CI = use_case("ci", measure("builds"))
CD = use_case("cd", measure("deploys"), measure("success", is_share=True))


def test_an_account_without_cards_has_no_trends() -> None:
    assert shown(editions={}) == ()


def test_a_component_of_one_measure_draws_its_value() -> None:
    first, last = card(AUGUST, [5.0, 88, "G", 1]), card(OCTOBER, [1.5, 25, "R", 0])
    _, ci = shown(first, last, editions={1: edition(CI)})
    assert ci.title == "CI: Builds"
    assert [month.value for month in ci.months] == [5.0, None, 1.5]
    assert [month.color for month in ci.months] == ["Green", "NA", "Red"]
    assert [month.is_scored for month in ci.months] == [True, False, True]
    assert [month.change for month in ci.months] == [None, None, -3.5]
    assert ci.months[0].level == "advanced"


def test_the_table_behind_is_in_words_newest_first() -> None:
    first, last = card(AUGUST, [5.0, 88, "G", 1]), card(OCTOBER, [1.5, 25, "R", 0])
    _, ci = shown(first, last, editions={1: edition(CI)})
    assert [(row.value, row.change) for row in ci.rows] == [
        ("1.5", "−\xa03.5"),  # noqa: RUF001 - the real minus sign
        ("NA", ""),
        ("5", ""),
    ]


def test_a_component_of_several_measures_draws_its_score_and_each_measure() -> None:
    _, cd = shown(card(OCTOBER, [None, 75.5, "G", 1]), editions={1: edition(CD)})
    assert (cd.is_score, cd.newest.value, cd.newest_text) == (True, 75.5, "76")
    assert cd.bounds == "Green > 75 · Red ≤ 50"
    assert [part.newest_text for part in cd.parts] == ["3", "NA"]
    assert [part.title for part in cd.parts] == ["Deploys", "Success"]


def test_the_overall_score_comes_first_with_its_own_bounds() -> None:
    overall, _ = shown(card(OCTOBER, [5.0, 88, "G", 1]), editions={1: edition(CI)})
    assert (overall.code, overall.name, overall.newest.value) == ("health", "Health", 63)
    assert overall.chart.ticks[0].text == "100"
    assert overall.wide_chart.frame.width > overall.chart.frame.width
    assert overall.change_text(-1.25) == "−\xa01.2"  # noqa: RUF001


def test_changes_of_shares_are_in_points_of_a_per_cent() -> None:
    shares = use_case("scm", measure("git", is_share=True))
    first, last = card(AUGUST, [0.5, 88, "G", 1]), card(OCTOBER, [0.469, 63, "Y", 0])
    _, scm = shown(first, last, editions={1: edition(shares)})
    assert scm.rows[0].change == "−\xa03.1"  # noqa: RUF001
    assert scm.newest_text == "46.9\xa0%"


def test_zones_follow_the_age_of_the_account_month_by_month() -> None:
    young = [band("Red", None, 0.1, (3, 6)), band("Green", 0.1, None, (3, 6))]
    old = [band("Red", None, 0.5, (7, None)), band("Green", 0.5, None, (7, None))]
    licences = use_case("licences", measure("users", is_share=True, bands=young + old))
    _, trend = shown(card(OCTOBER, [0.4, 25, "R", 0], age=7), editions={1: edition(licences)})
    assert trend.months[0].zones == (Zone("Red", None, 0.1), Zone("Green", 0.1, None))
    assert trend.months[-1].zones == (Zone("Red", None, 0.5), Zone("Green", 0.5, None))
    assert trend.bounds == "Green > 50\xa0% · Red ≤ 50\xa0%"


def test_an_age_that_nothing_is_judged_at_has_no_zones() -> None:
    bands = [band("Red", None, 0.1, (21, None)), band("Green", 0.1, None, (21, None))]
    licences = use_case("licences", measure("users", bands=bands))
    _, trend = shown(card(OCTOBER, [0.4, None, "N", None]), editions={1: edition(licences)})
    assert (trend.newest.zones, trend.bounds) == ((), "")


def test_a_month_of_an_edition_that_measured_otherwise_is_a_gap_with_its_colour() -> None:
    before = edition(use_case("ci", measure("pipelines")))
    first = card(AUGUST, [0.4, 88, "G", 1], edition_id=1)
    last = card(OCTOBER, [5.0, 88, "G", 1], edition_id=2)
    _, ci = shown(first, last, editions={1: before, 2: edition(CI)})
    assert [month.value for month in ci.months] == [None, None, 5.0]
    assert ci.months[0].color == "Green"


def test_a_measure_keeps_its_line_where_only_bounds_changed() -> None:
    stricter = replace(CI.measures[0], bands=(band("Red", None, 9), band("Green", 9, None)))
    first = card(AUGUST, [5.0, 88, "G", 1], edition_id=1)
    last = card(OCTOBER, [5.0, 25, "R", 0], edition_id=2)
    editions = {1: edition(CI), 2: edition(use_case("ci", stricter))}
    _, ci = shown(first, last, editions=editions)
    assert [month.value for month in ci.months] == [5.0, None, 5.0]
    assert [month.zones[0].upper for month in ci.months] == [2, 9, 9]


def test_a_component_or_measure_that_an_edition_lacks_is_na_there() -> None:
    first = card(AUGUST, [5.0, 88, "G", 1], edition_id=1)
    last = card(OCTOBER, [None, 75.5, "G", 1], edition_id=2)
    _, cd = shown(first, last, editions={1: edition(CI), 2: edition(CD)})
    assert cd.months[0].color == "NA"
    assert cd.parts[0].months[0].color == "NA"
    assert cd.parts[0].row_chart.frame.height < 50


def test_bounds_say_which_side_is_closed() -> None:
    between = Band("Yellow", 1, True, 2, False)  # noqa: FBT003
    closed = replace(
        CI.measures[0],
        bands=(Band("Red", None, False, 1, False), between, Band("Green", 2, True, None, False)),  # noqa: FBT003
    )
    assert measure_bounds(closed, 20) == "Green ≥ 2 · Red < 1"
    only = replace(CI.measures[0], bands=(Band("Green", None, False, None, False),))  # noqa: FBT003
    assert measure_bounds(only, 20) == "Green always"
    green_range = replace(CI.measures[0], bands=(Band("Green", 1, True, 2, True),))  # noqa: FBT003
    assert measure_bounds(green_range, 20) == "Green ≥ 1 and ≤ 2"


def test_the_month_in_which_another_edition_judges_first_is_marked() -> None:
    one, two = edition(CI), replace(edition(CI), name="2025-b")
    cells = [5.0, 88, "G", 1]
    cards = [card(month, cells, edition_id=2 if month == OCTOBER else 1) for month in MONTHS]
    for trend in shown(*cards, editions={1: one, 2: two}):
        assert [month.turn for month in trend.months] == ["", "", "Edition 2025-b"]
        assert [rule.label and rule.label.text for rule in trend.chart.rules] == ["Edition 2025-b"]


def test_a_month_without_a_card_changes_no_edition() -> None:
    one = edition(CI)
    cells = [5.0, 88, "G", 1]
    trends_of = shown(card(AUGUST, cells), card(OCTOBER, cells), editions={1: one})
    assert {month.turn for trend in trends_of for month in trend.months} == {""}
