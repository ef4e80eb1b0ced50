"""Changes of an edition as values, what differs, what weights come to, what decides values."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from tests.editions import bands, edition, measure, use_case
from usage.lab import revising
from usage.lab.differences import differences
from usage.lab.shares import overall_shares, weight_shares
from usage.lab.values import only, unjudged
from usage.scoring.edition import Composite, Edition, Level, Term
from usage.scoring.scorecard import Scorecard


@pytest.fixture
def tea() -> Edition:
    brewing = use_case("brewing", measure("rate"), measure("speed"))
    return edition(brewing, use_case("baking"))


def codes(edition: Edition) -> list[str]:
    return [each.code for each in edition.use_cases]


def test_a_use_case_is_replaced_added_moved_and_removed(tea: Edition) -> None:
    assert (
        revising.with_use_case(tea, use_case("baking", name="Cakes")).use_cases[1].name == "Cakes"
    )
    assert codes(revising.with_use_case(tea, use_case("serving"))) == [
        "brewing",
        "baking",
        "serving",
    ]
    assert codes(revising.moved_use_case(tea, "baking", -1)) == ["baking", "brewing"]
    assert codes(revising.moved_use_case(tea, "baking", 5)) == ["brewing", "baking"]
    gone = revising.without_use_case(tea, "baking")
    assert codes(gone) == ["brewing"]
    assert gone.composites[0].weights == (("brewing", 1.0),)


def test_a_measure_is_replaced_added_moved_and_removed(tea: Edition) -> None:
    def measures(edition: Edition) -> list[str]:
        return [each.code for each in edition.use_case("brewing").measures]

    changed = revising.with_measure(tea, "brewing", measure("rate", name="Pace"))
    assert changed.use_case("brewing").measures[0].name == "Pace"
    assert measures(revising.with_measure(tea, "brewing", measure("heat")))[-1] == "heat"
    assert measures(revising.moved_measure(tea, "brewing", "rate", 1)) == ["speed", "rate"]
    assert measures(revising.without_measure(tea, "brewing", "rate")) == ["speed"]


def test_weights_are_set_by_pair(tea: Edition) -> None:
    changed = revising.with_weights(tea, {"comfort": {"baking": 3.0}}, {("brewing", "rate"): 4.0})
    assert changed.composites == (Composite("comfort", (("baking", 3.0),)),)
    assert [each.weight for _, each in changed.measures()] == [4.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"red_up_to": 40}, ["red up to 50 → 40"]),
        ({"red_up_to": 40.5}, ["red up to 50 → 40.5"]),
        ({"size_metric": "cups"}, ["size metric “guests” → “cups”"]),
        ({"points": (10.0, 60.0, 90.0)}, ["points of Red 20 → 10"]),
        (
            {"levels": (Level("low", 50), Level("top", None))},
            [
                "maturity level minimum up to 37.5 → none",
                "maturity level basic up to 63 → none",
                "maturity level intermediate up to 75.5 → none",
                "maturity level low none → up to 50",
            ],
        ),
        (
            {"composites": (Composite("comfort", (("brewing", 2.0),)),)},
            ["weight of brewing in comfort 1 → 2", "weight of baking in comfort 1 → none"],
        ),
        ({"scorecard": Scorecard((), 0)}, ["the health scorecard: other groups or measures"]),
    ],
)
def test_what_differs_is_told(tea: Edition, change: dict[str, object], told: list[str]) -> None:
    assert differences(tea, replace(tea, **change)) == told  # type: ignore[arg-type]


def test_an_edition_does_not_differ_from_itself(tea: Edition) -> None:
    assert differences(tea, replace(tea, name="coffee")) == []


def test_use_cases_and_measures_that_differ_are_told(tea: Edition) -> None:
    baking, brewing = tea.use_case("baking"), tea.use_case("brewing")
    assert differences(tea, revising.without_use_case(tea, "baking"))[-1] == "baking: removed"
    assert differences(tea, revising.with_use_case(tea, use_case("serving"))) == ["serving: added"]
    assert differences(tea, revising.moved_use_case(tea, "baking", -1)) == [
        "another order of the use cases"
    ]
    limited = replace(baking, plans=("Gold",), counts_as_use_case=False)
    assert differences(tea, revising.with_use_case(tea, limited)) == [
        "baking: counts as use case yes → no", "baking: plans all → Gold",
    ]  # fmt: skip
    other = replace(brewing, measures=(brewing.measures[1], measure("heat")))
    assert differences(tea, revising.with_use_case(tea, other)) == [
        "brewing.rate: removed", "brewing.heat: added",
    ]  # fmt: skip


def test_a_measure_that_differs_is_told_by_its_bounds_and_terms(tea: Edition) -> None:
    judged = replace(tea.use_case("brewing").measures[0], bands=bands(1, 3), is_share=False)
    assert differences(tea, revising.with_measure(tea, "brewing", judged)) == [
        "brewing.rate: Yellow > 1 to ≤ 2 → > 1 to ≤ 3", "brewing.rate: Green > 2 → > 3",
    ]  # fmt: skip
    counted = replace(judged, numerator=Term("first", ("cups", "pots")), denominator=None)
    told = differences(tea, revising.with_measure(tea, "brewing", counted))
    assert told[:2] == [
        "brewing.rate: numerator sum of cups → first of cups, pots",
        "brewing.rate: denominator sum of guests → none",
    ]
    young = replace(judged, bands=bands(1, 2, age_from=3))
    told = differences(tea, revising.with_measure(tea, "brewing", young))
    assert "brewing.rate: Red (3 months and more) none → ≤ 1" in told


def test_shares_come_down_from_the_overall_score() -> None:
    composites = (
        Composite("side", (("baking", 1.0), ("brewing", 3.0))),
        Composite("comfort", (("side", 1.0), ("baking", 1.0))),
    )
    tea = edition(use_case("brewing"), use_case("baking"), use_case("idle"), composites=composites)
    assert weight_shares(tea)["side", "brewing"] == (0.75, 0.375)
    assert overall_shares(tea) == {"brewing": 0.375, "baking": 0.625, "idle": 0, "side": 0.5}


def test_weights_of_nothing_come_to_nothing(tea: Edition) -> None:
    idle = replace(tea, composites=(Composite("comfort", (("brewing", 0.0),)),))
    assert weight_shares(idle) == {("comfort", "brewing"): (0, 0)}
    assert overall_shares(replace(tea, composites=())) == {"brewing": 0, "baking": 0}


def test_thresholds_weights_and_names_do_not_decide_values(tea: Edition) -> None:
    other = revising.with_measure(
        replace(tea, name="coffee", points=(1.0, 60.0, 90.0)),
        "brewing",
        measure("rate", name="Pace", weight=9.0, bands=bands(5, 6)),
    )
    assert unjudged(other) == unjudged(tea)
    counted = revising.with_measure(tea, "brewing", measure("rate", top=("pots",)))
    assert unjudged(counted) != unjudged(tea)


def test_one_measure_alone_reads_its_own_metrics(tea: Edition) -> None:
    wide = revising.with_measure(tea, "brewing", measure("heat", top=("degrees",)))
    assert only(wide, "brewing", "rate").metric_keys == ("cups", "guests")
    assert pl.Series(only(wide, "brewing", "heat").metric_keys).to_list() == ["degrees", "guests"]
