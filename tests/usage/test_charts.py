"""Geometry and words of the charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usage import charts
from usage.charts import Reading, Wording, Zone
from usage.periods import shift

WORDING = Wording("CI: builds per user", text=lambda value: f"{value:g}", bounds="Green > 40")
FIRST = date(2025, 10, 1)
ZONES = (Zone("Red", None, 2), Zone("Yellow", 2, 40), Zone("Green", 40, None))
PLAIN = charts.Frame(width=130, height=100)


def months(values: Sequence[float | None], zones: tuple[Zone, ...] = ZONES) -> list[Reading]:
    return [
        Reading(shift(FIRST, slot), value, "NA" if value is None else "Green", zones)
        for slot, value in enumerate(values)
    ]


def chart(values: Sequence[float | None], zones: tuple[Zone, ...] = ZONES) -> charts.Chart:
    return charts.line_chart(months(values, zones), wording=WORDING)


def test_a_month_stands_in_the_middle_of_its_slot() -> None:
    drawn = charts.line_chart(months([0, 100], ()), wording=WORDING, frame=PLAIN, top=100)
    assert drawn.lines == ("32.5,100.0 97.5,0.0",)
    assert [label.x for label in drawn.months] == [32.5, 97.5]
    assert [label.text for label in drawn.months] == ["O", "N"]


def test_no_line_goes_through_a_gap() -> None:
    drawn = chart([50, 52, None, 47, None, 38, 39])
    assert [len(line.split()) for line in drawn.lines] == [2, 2]
    assert len(drawn.dots) == 5


def test_months_with_the_same_zones_share_their_rectangles() -> None:
    assert len(chart([50] * 13).zones) == 3


def test_zones_step_where_the_bounds_change() -> None:
    young = (Zone("Yellow", 0.1, 0.5), Zone("Green", 0.5, None))
    old = (Zone("Red", None, 0.75), Zone("Green", 0.75, None))
    readings = [*months([0.4, 0.6], young), *months([0.7, 0.8, 0.9], old)]
    drawn = charts.line_chart(readings, wording=WORDING, frame=PLAIN, top=1)
    greens = [zone for zone in drawn.zones if zone.color == "Green"]
    assert [(zone.x, zone.width, zone.y, zone.height) for zone in greens] == [
        (0.0, 52.0, 0.0, 50.0),
        (52.0, 78.0, 0.0, 25.0),
    ]
    assert {tick.text for tick in drawn.ticks} == {"0.75", "0.5", "0.1", "1"}


def test_the_open_top_zone_is_seen_above_the_highest_bound() -> None:
    drawn = chart([1, 3])
    green = next(zone for zone in drawn.zones if zone.color == "Green")
    assert green.height > 15


def test_a_zone_outside_the_axis_is_not_drawn() -> None:
    drawn = charts.line_chart(months([1, 2]), wording=WORDING, top=20)
    assert {zone.color for zone in drawn.zones} == {"Red", "Yellow"}


def test_labels_on_the_axis_do_not_overlap_and_bounds_come_first() -> None:
    drawn = chart([50] * 13)
    assert [tick.text for tick in drawn.ticks] == ["60", "40", "2"]  # 0 is too near to 2


def test_a_bound_outside_the_axis_has_no_label() -> None:
    drawn = charts.line_chart(months([1, 2]), wording=WORDING, top=20)
    assert "40" not in {tick.text for tick in drawn.ticks}


@pytest.mark.parametrize(
    ("highest", "top"),
    [
        (0, 1),
        (-3, 1),
        (0.71, 0.8),
        (1, 1),
        (52, 60),
        (86.25, 100),
        (999, 1000),
        (1001, 1200),
        (5e-324, 1e-9),
    ],
)
def test_the_axis_ends_at_a_round_number(highest: float, top: float) -> None:
    assert charts.nice_top(highest) == top


@given(st.floats(min_value=1e-9, max_value=1e12))
def test_the_axis_holds_every_value_without_wasting_half(highest: float) -> None:
    assert highest <= charts.nice_top(highest) * (1 + 1e-9) <= 2 * highest * (1 + 1e-9)


@given(st.lists(st.none() | st.floats(min_value=-10, max_value=1e6), min_size=1, max_size=13))
def test_everything_stays_inside_the_frame(values: list[float | None]) -> None:
    drawn = chart(values)
    frame = drawn.frame
    assert all(frame.left <= dot.x <= frame.plot_right for dot in drawn.dots)
    assert all(frame.top <= dot.y <= frame.plot_bottom for dot in drawn.dots)
    assert all(zone.y + zone.height <= frame.plot_bottom + 0.2 for zone in drawn.zones)


def test_a_value_below_zero_lowers_the_axis() -> None:
    drawn = charts.line_chart(months([-5, 5], ()), wording=WORDING, frame=PLAIN, top=5)
    assert [dot.y for dot in drawn.dots] == [100.0, 0.0]


def test_the_newest_value_stands_beside_its_dot() -> None:
    drawn = chart([50, 20])
    assert drawn.end is not None
    assert (drawn.end.text, drawn.end_color) == ("20", "Green")
    assert drawn.end.y == drawn.dots[-1].y


@pytest.mark.parametrize("value", [0, 60])
def test_the_label_of_an_extreme_keeps_inside(value: float) -> None:
    drawn = chart([60, value])
    assert drawn.end is not None
    assert drawn.frame.top + 13 <= drawn.end.y <= drawn.frame.plot_bottom - 13


def test_a_newest_month_without_data_is_na() -> None:
    drawn = chart([50, None])
    assert drawn.end is not None
    assert (drawn.end.text, drawn.end_color) == ("NA", "NA")


def test_nothing_known_draws_no_line() -> None:
    drawn = chart([None, None])
    assert drawn.is_empty
    assert drawn.end is None
    assert (drawn.frame.plot_center, drawn.frame.plot_middle) == (211.0, 87.0)
    assert drawn.label == "CI: builds per user, 2 months: no data."


def test_no_months_at_all_is_an_empty_chart() -> None:
    drawn = chart([])
    assert drawn.is_empty
    assert drawn.zones == ()


def test_the_label_tells_the_story() -> None:
    assert chart([52, None, 38]).label == (
        "CI: builds per user, 3 months: from 52 Green in Oct 2025 to 38 Green in Dec 2025; "
        "NA in 1 month; Green > 40."
    )


def test_a_story_of_one_known_month_has_no_from() -> None:
    wording = Wording("Health", text=lambda value: f"{value:.0f}")
    drawn = charts.line_chart(months([63]), wording=wording)
    assert drawn.label == "Health, 1 month: 63 Green in Oct 2025."


def test_a_dot_says_its_month() -> None:
    assert chart([52]).dots[0].title == "Oct 2025: 52 Green"


def test_a_sparkline_has_a_fixed_axis_and_a_dot_on_the_newest_known_month() -> None:
    drawn = charts.sparkline(months([0, 100, None]), wording=WORDING)
    assert drawn.lines == ("15.2,19.0 41.5,3.0",)
    assert drawn.dot == (41.5, 3.0)


def test_a_sparkline_of_nothing_known_has_no_dot() -> None:
    drawn = charts.sparkline(months([None, None]), wording=WORDING)
    assert (drawn.lines, drawn.dot) == ((), None)


def turned(slot: int, count: int = 4) -> charts.Chart:
    readings = months([52] * count)
    readings[slot] = replace(readings[slot], turn="Edition 2025-b")
    return charts.line_chart(readings, wording=WORDING)


def label_of(rule: charts.Rule) -> charts.Label:
    assert rule.label is not None
    return rule.label


def test_a_rule_stands_before_the_month_from_which_another_edition_judges() -> None:
    (rule,) = turned(1).rules
    assert turned(1).dots[0].x < rule.x < turned(1).dots[1].x
    assert (rule.top, rule.bottom) == (charts.FULL.top, charts.FULL.plot_bottom)
    assert (label_of(rule).text, rule.anchor) == ("Edition 2025-b", "start")
    assert label_of(rule).x > rule.x


def test_the_label_of_a_late_rule_stands_before_it() -> None:
    (rule,) = turned(3).rules
    assert rule.anchor == "end"
    assert label_of(rule).x < rule.x


def test_a_story_tells_from_when_on_another_edition_judges() -> None:
    assert "; Edition 2025-b from Nov 2025; Green > 40." in turned(1).label


def test_a_sparkline_says_nothing_of_editions() -> None:
    readings = [replace(each, turn="Edition 2025-b") for each in months([50, 100])]
    assert "2025-b" not in charts.sparkline(readings, wording=WORDING).label


def test_a_line_stands_before_a_month_that_does_not_compare() -> None:
    readings = months([50, 40], ())
    readings[1] = replace(readings[1], rule="counted otherwise")
    drawn = charts.line_chart(readings, wording=WORDING, frame=PLAIN, top=100)
    assert drawn.rules == (charts.Rule(65.0, 0, 100, "Nov 2025: counted otherwise"),)
    assert "; counted otherwise (Nov 2025);" in drawn.label
