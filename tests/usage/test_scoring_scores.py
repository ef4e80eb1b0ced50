"""Scores of components and composites: means of what is known, weights of the rest redistributed."""

from __future__ import annotations

import pytest

from tests.editions import edition, measure, use_case
from tests.scoring import (
    ACTIVE,
    ALL_SCANS,
    BILLABLE,
    BUILDS,
    DEPLOYING,
    DEPLOYMENTS,
    FAILED,
    GIT,
    PIPELINES,
    SCANNING,
    SUCCESSFUL,
    Inst,
    Metrics,
    Snap,
    Sub,
    account,
    instances,
    judged,
    run,
    shipped,
)
from usage.scoring.edition import Composite, Term

EDITION = shipped("2025")
GREEN_CD = {DEPLOYING: 50, DEPLOYMENTS: 900, SUCCESSFUL: 9, FAILED: 1}
GREEN_SECURITY = {SCANNING: 50, PIPELINES: 10} | dict.fromkeys(ALL_SCANS, 9)
ALL_GREEN = {BILLABLE: 100, ACTIVE: 90, GIT: 50, BUILDS: 9_000} | GREEN_CD | GREEN_SECURITY


def without(*keys: str) -> Metrics:
    return {key: number for key, number in ALL_GREEN.items() if key not in keys}


def test_a_components_score_is_the_mean_of_its_measures_points() -> None:
    row = judged(EDITION, {BILLABLE: 100, DEPLOYING: 1, DEPLOYMENTS: 300, SUCCESSFUL: 9, FAILED: 0})
    assert row.score("cd") == pytest.approx((25 + 63 + 88) / 3)


def test_a_measure_that_is_na_leaves_the_mean_to_the_others() -> None:
    row = judged(EDITION, {BILLABLE: 100, DEPLOYING: 1, DEPLOYMENTS: 900})
    assert row.score("cd") == (25 + 88) / 2


def test_a_component_without_any_known_measure_is_na() -> None:
    assert judged(EDITION, {BILLABLE: 100}).color("cd") == "NA"


def test_measures_may_weigh_differently() -> None:
    heavy, light = measure("heavy", weight=3), measure("light", ["spoons"], weight=1)
    row = judged(
        edition(use_case("brewing", heavy, light)), {"cups": 30, "spoons": 1, "guests": 10}
    )
    assert row.score("brewing") == (3 * 90 + 20) / 4


@pytest.mark.parametrize(
    ("metrics", "score"),
    [
        pytest.param(ALL_GREEN, 88, id="all Green: 88"),
        pytest.param(
            ALL_GREEN | {GIT: 1}, (85 * 88 + 15 * 25) / 100, id="SCM Red weighs 15 of 100"
        ),
        pytest.param(
            {key: ALL_GREEN[key] for key in ALL_GREEN if key != ACTIVE} | {GIT: 1},
            (75 * 88 + 15 * 25) / 90,
            id="user engagement NA: SCM weighs 15 of 90",
        ),
        pytest.param({GIT: 9, BILLABLE: -1}, None, id="nothing known: NA"),
    ],
)
def test_product_score_redistributes_missing_weights(metrics: Metrics, score: float | None) -> None:
    row = judged(EDITION, metrics)
    assert row.score("product") == (None if score is None else pytest.approx(score))
    assert row.score("health") == row.score("product")


@pytest.mark.parametrize(
    ("metrics", "adopted"),
    [
        pytest.param(ALL_GREEN, 4, id="SCM, CI, CD and Security are Green: 4"),
        pytest.param(ALL_GREEN | {GIT: 1}, 3, id="licence utilisation and engagement do not count"),
        pytest.param({BILLABLE: 100, GIT: 1}, 0, id="one is known and Red: 0"),
        pytest.param({BILLABLE: 100, ACTIVE: 90}, None, id="all four are NA: NA"),
    ],
)
def test_use_cases_adopted(metrics: Metrics, adopted: int | None) -> None:
    assert judged(EDITION, metrics)["use_cases_adopted"] == adopted


def test_adopted_is_na_where_no_component_counts_as_a_use_case() -> None:
    chores = edition(use_case("dusting", counts_as_use_case=False))
    row = judged(chores, {"cups": 3, "guests": 1})
    assert row["use_cases_adopted"] is None
    assert row["component_levels"] == "-"


def test_composites_nest_children_first() -> None:
    nested = edition(
        use_case("brewing"),
        use_case("serving", measure("speed", ["plates"])),
        composites=(
            Composite("kitchen", (("brewing", 3.0), ("serving", 1.0))),
            Composite("house", (("kitchen", 1.0), ("serving", 1.0))),
        ),
    )
    row = judged(nested, {"cups": 3, "plates": 0, "guests": 1})
    assert row.score("kitchen") == (3 * 90 + 20) / 4
    assert row.score("house") == ((3 * 90 + 20) / 4 + 20) / 2
    assert row["overall"] == row.score("house")


@pytest.mark.parametrize(
    ("score", "color"),
    [
        pytest.param(None, None, id="not known: NA"),
        pytest.param(0, "Red", id="0: Red"),
        pytest.param(50, "Red", id="50: Red, closed"),
        pytest.param(50.0000004, "Red", id="50 in six decimals: Red"),
        pytest.param(50.000001, "Yellow", id="just above 50: Yellow"),
        pytest.param(75, "Yellow", id="75: Yellow, closed"),
        pytest.param(75.000001, "Green", id="just above 75: Green"),
        pytest.param(100, "Green", id="100: Green"),
    ],
)
def test_color_of_a_score(score: float | None, color: str | None) -> None:
    assert EDITION.color_of(score) == color


@pytest.mark.parametrize(
    ("metrics", "levels"),
    [
        pytest.param(ALL_GREEN, "--3333", id="all Green: advanced; what is no use case has none"),
        pytest.param(ALL_GREEN | {GIT: 1}, "--0333", id="Red: minimum"),
        pytest.param(ALL_GREEN | {GIT: 20}, "--1333", id="Yellow: basic"),
        pytest.param(
            ALL_GREEN | {DEPLOYING: 1}, "--3323", id="Green twice, Red once: intermediate"
        ),
        pytest.param({BILLABLE: 100}, "------", id="nothing known: no level"),
    ],
)
def test_maturity_levels_of_a_card(metrics: Metrics, levels: str) -> None:
    assert judged(EDITION, metrics)["component_levels"] == levels


def test_reach_is_the_level_that_use_alone_would_give() -> None:
    premium = judged(EDITION, ALL_GREEN, sub=Sub(plan="Premium"))
    assert premium["component_levels"][-1] == "-"
    assert premium["component_reach"][-1] == "3"
    assert premium["component_colors"][-1] == "N"


def test_reach_does_not_pass_a_limit_of_deployments() -> None:
    limited = edition(use_case("brewing", deployments=("Self-Managed",)))
    row = judged(limited, {"cups": 9, "guests": 1}, inst=Inst(deployment="SaaS"))
    assert row["component_reach"] == "-"


def test_reach_of_a_bought_use_case_is_its_level() -> None:
    subs = [Sub(1), Sub(2, plan="Premium", arr=9_000)]
    insts = [Inst(1, 1), Inst(2, 2)]
    quiet = ALL_GREEN | dict.fromkeys([*ALL_SCANS, SCANNING], 0)
    row = account(EDITION, subs, insts, [Snap(1, quiet), Snap(2, ALL_GREEN)])
    assert row["component_levels"][-1] == row["component_reach"][-1] == "0"


@pytest.mark.parametrize(
    ("term", "value"),
    [
        pytest.param(Term("sum", ("cups", "spoons")), 7, id="sum adds"),
        pytest.param(Term("difference", ("cups", "spoons")), 3, id="difference takes away"),
        pytest.param(Term("count_positive", ("cups", "spoons", "none")), 2, id="count counts"),
        pytest.param(Term("first", ("failed", "spoons")), 2, id="first takes the first one known"),
        pytest.param(Term("sum", ("cups", "failed")), None, id="sum with one not known: NA"),
        pytest.param(Term("difference", ("failed", "cups")), None, id="difference likewise"),
        pytest.param(Term("count_positive", ("cups", "missing")), None, id="count likewise"),
        pytest.param(Term("first", ("failed", "missing")), None, id="first of none known: NA"),
    ],
)
def test_terms(term: Term, value: float | None) -> None:
    metrics = {"cups": 5, "spoons": 2, "none": 0, "failed": -1, "guests": 1}
    row = judged(edition(use_case("brewing", measure("rate", bottom=(), numerator=term))), metrics)
    assert row.value("brewing") == value


def test_all_instances_are_scored_also_those_that_do_not_count() -> None:
    insts = [Inst(1), Inst(2, kind="Non-Production"), Inst(3, opted_out=True)]
    scores = run(EDITION, [Sub()], insts, [Snap(number, ALL_GREEN) for number in (1, 2, 3)])
    assert {row.color("scm") for row in instances(scores, EDITION).values()} == {"Green"}


def test_the_metrics_of_an_edition_are_its_own_and_the_size() -> None:
    seats = measure("seats", ["cups"], ["seats"])
    assert edition(use_case("brewing", seats)).metric_keys == ("cups", "guests")


def test_the_digest_of_an_edition_says_what_decides_and_not_its_name() -> None:
    assert edition(name="tea").digest == edition(name="coffee").digest
    assert edition().digest != edition(red_up_to=51).digest


def test_an_unknown_component_is_an_error() -> None:
    with pytest.raises(KeyError):
        EDITION.use_case("plan")
