"""The tree below a score: what it weighs, where it comes from, why something is not known."""

from __future__ import annotations

from datetime import date

import pytest

from tests.editions import bands, edition, measure, use_case
from tests.scoring import (
    ACTIVE,
    BILLABLE,
    BUILDS,
    DEPLOYING,
    DEPLOYMENTS,
    GIT,
    Inst,
    Row,
    Snap,
    Sub,
    account,
    judged,
    shipped,
)
from usage.explain import Node, explain
from usage.scoring.edition import Composite, Term

EDITION = shipped("2025")
TWO = [Sub(1, arr=3_000), Sub(2, arr=1_000, plan="Premium")]
OF_BOTH = [Inst(1, 1), Inst(2, 2)]


def tree(row: Row) -> Node:
    return explain(row.evidence, row.edition)


def find(node: Node, *codes: str) -> Node:
    for code in codes:
        node = next(child for child in node.children if child.code == code)
    return node


def component(row: Row, code: str) -> Node:
    return find(tree(row), "product", code)


def test_the_root_is_the_overall_score() -> None:
    root = tree(judged(EDITION, {BILLABLE: 100, GIT: 50}))
    assert (root.code, root.label, root.color) == ("health", "Health", "Green")
    assert root.score == 88
    assert root.weight_share is None


def test_missing_weights_are_redistributed() -> None:
    row = judged(EDITION, {BILLABLE: 100, GIT: 50, BUILDS: 0}, sub=Sub(seats=None))
    scm, cd = component(row, "scm"), component(row, "cd")
    assert (scm.weight_share, scm.contribution) == (0.5, 44)
    assert (cd.weight_share, cd.contribution) == (None, None)


def test_a_value_says_its_unit_and_bounds() -> None:
    row = judged(EDITION, {BILLABLE: 1_030, BUILDS: 39_346})
    ci = component(row, "ci")
    assert ci.text == "38.2 builds per billable user · Green > 40 · Red ≤ 2"
    (leaf,) = ci.children[0].children
    assert leaf.text == "39,346 / 1,030 = 38.2 builds per billable user · Green > 40 · Red ≤ 2"


def test_a_measure_without_a_denominator_is_said_as_it_is() -> None:
    row = judged(edition(use_case("brewing", measure(bottom=()))), {"cups": 3})
    (leaf,) = find(tree(row), "brewing", "I1").children
    assert leaf.text == "3 per guest · Green > 2 · Red ≤ 1"


def test_an_instance_says_its_subscription_plan_and_day() -> None:
    node = find(tree(judged(EDITION, {BILLABLE: 100, GIT: 50})), "product", "scm", "I1")
    assert (node.label, node.text) == ("I1", "S1 · Ultimate · reported 2026-10-28")


def test_values_weigh_by_arr() -> None:
    snaps = [Snap(1, {BILLABLE: 100, GIT: 20}), Snap(2, {BILLABLE: 100, GIT: 40})]
    scm = component(account(EDITION, TWO, OF_BOTH, snaps), "scm")
    assert [child.contribution for child in scm.children] == [
        pytest.approx(0.15),
        pytest.approx(0.1),
    ]
    assert [child.weight_share for child in scm.children] == [0.75, 0.25]
    assert [child.color for child in scm.children] == ["Yellow", "Green"]


def test_scores_weigh_by_arr_and_hold_their_measures() -> None:
    snaps = [
        Snap(1, {BILLABLE: 100, DEPLOYING: 0, DEPLOYMENTS: 900}),
        Snap(2, {BILLABLE: 100, DEPLOYING: 50}),
    ]
    cd = component(account(EDITION, TWO, OF_BOTH, snaps), "cd")
    assert [child.score for child in cd.children] == [56.5, 88]
    assert [child.color for child in cd.children] == ["Yellow", "Green"]
    first = cd.children[0].children
    assert [(leaf.weight_share, leaf.contribution) for leaf in first] == [
        (0.5, 12.5),
        (0.5, 44),
        (None, None),
    ]


def test_equal_shares_without_arr() -> None:
    subs = [Sub(1, arr=0), Sub(2, arr=0)]
    snaps = [Snap(1, {BILLABLE: 100, GIT: 20}), Snap(2, {BILLABLE: 100, GIT: 40})]
    scm = component(account(EDITION, subs, OF_BOTH, snaps), "scm")
    assert [child.weight_share for child in scm.children] == [0.5, 0.5]


SNAPS = [Snap(1, {"guests": 20, "cups": 30}), Snap(2, {"guests": 10, "cups": 60})]


def test_the_one_primary_instance_stands_alone_and_the_others_are_named() -> None:
    brewing = find(
        tree(account(edition(use_case("brewing", roll_up="primary")), TWO, OF_BOTH, SNAPS)),
        "brewing",
    )
    first, second = brewing.children
    assert (first.weight_share, first.contribution) == (1, 1.5)
    assert (second.weight_share, second.reason) == (
        None,
        "another instance of the account has more users",
    )


def test_the_parts_of_a_sum_are_shares_of_its_numerator() -> None:
    brewing = find(
        tree(account(edition(use_case("brewing", roll_up="sum")), TWO, OF_BOTH, SNAPS)), "brewing"
    )
    assert brewing.value == 3
    assert [child.contribution for child in brewing.children] == [1, 2]


def test_the_parts_of_a_sum_of_nothing_are_even() -> None:
    snaps = [Snap(1, {"guests": 20, "cups": 0}), Snap(2, {"guests": 10, "cups": 0})]
    brewing = find(
        tree(account(edition(use_case("brewing", roll_up="sum")), TWO, OF_BOTH, snaps)), "brewing"
    )
    assert [(child.weight_share, child.contribution) for child in brewing.children] == [
        (0.5, 0)
    ] * 2


def test_several_measures_by_value_stand_above_their_instances() -> None:
    pair = use_case("brewing", measure("rate"), measure("spoons", ["spoons"], weight=3))
    row = account(edition(pair), TWO, OF_BOTH, SNAPS)
    brewing = find(tree(row), "brewing")
    rate, spoons = brewing.children
    assert (rate.score, rate.contribution, rate.color) == (90, 90, "Green")
    assert rate.text == "2.62 per guest · Green > 2 · Red ≤ 1"
    assert (spoons.contribution, spoons.reason) == (None, "not reported: spoons")
    assert sum(child.contribution or 0 for child in rate.children) == rate.value


def test_composites_nest() -> None:
    nested = edition(
        composites=(
            Composite("kitchen", (("brewing", 1.0),)),
            Composite("house", (("kitchen", 2.0),)),
        )
    )
    root = tree(judged(nested, {"guests": 1, "cups": 9}))
    assert find(root, "kitchen", "brewing", "I1").value == 9


YOUNG = Sub(since=date(2026, 9, 1))


def reason(row: Row, *codes: str) -> str:
    return find(tree(row), *codes).reason


def test_na_of_an_account_where_nothing_is_known() -> None:
    root = tree(judged(EDITION, {}))
    assert (root.color, root.reason) == ("NA", "nothing below it is known")


def test_na_without_a_reporting_instance() -> None:
    row = account(EDITION, [Sub()], [Inst(kind="Unknown")], [Snap()])
    scm = component(row, "scm")
    assert scm.reason == "no Production instance reported in this month"
    assert [(child.code, child.reason) for child in scm.children] == [
        ("I1", "labelled Unknown"),
        ("S1", "no Production instance reported in this month"),
    ]


def test_na_of_a_smaller_instance() -> None:
    snaps = [Snap(1, {BILLABLE: 5}), Snap(2, {BILLABLE: 9, GIT: 9})]
    row = account(EDITION, [Sub()], [Inst(1), Inst(2)], snaps)
    left_out = find(tree(row), "product", "scm", "I1")
    assert left_out.reason == "another instance of the subscription has more users"


def test_na_at_an_age_that_is_not_judged() -> None:
    row = judged(EDITION, {BILLABLE: 50}, sub=YOUNG)
    assert (
        component(row, "license_utilization").reason == "not judged at an account age of 1 months"
    )
    (leaf,) = find(tree(row), "product", "license_utilization", "I1").children
    assert leaf.reason == "not judged at an account age of 1 months"


def test_na_of_one_of_several_measures_at_an_age_that_is_not_judged() -> None:
    late = measure("late", bands=bands(1, 2, age_from=10))
    row = judged(edition(use_case("brewing", measure(), late)), {"guests": 1, "cups": 1}, sub=YOUNG)
    assert reason(row, "brewing", "late") == "not judged at an account age of 1 months"


def test_a_measure_for_all_ages_is_explained_before_the_account_is_a_customer() -> None:
    row = judged(EDITION, {BILLABLE: 100, GIT: 50}, sub=Sub(since=date(2026, 12, 1)))
    assert component(row, "scm").text == "50 % of billable users · Green > 33\xa0% · Red ≤ 10\xa0%"


@pytest.mark.parametrize(
    ("metrics", "why"),
    [
        pytest.param({BILLABLE: 5}, f"not reported: {GIT}", id="numerator"),
        pytest.param({GIT: 5}, f"not reported: {BILLABLE}", id="denominator"),
        pytest.param({}, f"not reported: {GIT}, {BILLABLE}", id="both"),
    ],
)
def test_na_of_a_metric_that_is_missing_names_it(metrics: dict[str, float], why: str) -> None:
    row = judged(EDITION, metrics)
    assert component(row, "scm").reason == why
    assert component(row, "scm").text == "Green > 33\xa0% · Red ≤ 10\xa0%"
    (leaf,) = find(tree(row), "product", "scm", "I1").children
    assert (leaf.reason, leaf.text) == (why, "Green > 33\xa0% · Red ≤ 10\xa0%")


def test_na_of_a_denominator_of_zero() -> None:
    row = judged(EDITION, {BILLABLE: 5}, sub=Sub(seats=0))
    assert component(row, "license_utilization").reason == "the denominator is 0"


def test_na_of_a_plan_or_deployment_that_does_not_have_it() -> None:
    metrics = {BILLABLE: 100, ACTIVE: 9}
    row = judged(EDITION, metrics, sub=Sub(plan="Premium"), inst=Inst(deployment="SaaS"))
    assert component(row, "security").reason == "not part of Premium"
    assert component(row, "user_engagement").reason == "not reported by SaaS"
    (leaf,) = find(tree(row), "product", "user_engagement", "I1").children
    assert (leaf.reason, leaf.color) == ("not reported by SaaS", "NA")


def test_a_sum_leaves_out_what_knows_one_side_only() -> None:
    summed = use_case("brewing", measure(numerator=Term("sum", ("cups",))), roll_up="sum")
    snaps = [Snap(1, {"guests": 20, "cups": 30}), Snap(2, {"cups": 60})]
    brewing = find(tree(account(edition(summed), TWO, OF_BOTH, snaps)), "brewing")
    assert [child.contribution for child in brewing.children] == [1.5, None]
    assert brewing.children[1].reason == "not reported: guests"


def test_an_instance_of_a_sum_whose_denominator_is_0_says_so() -> None:
    a_cup_each = measure(zero_denominator_is_na=True)
    summed = use_case("brewing", a_cup_each, roll_up="sum")
    snaps = [Snap(1, {"guests": 0, "cups": 30}), Snap(2, {"guests": 20, "cups": 60})]
    brewing = find(tree(account(edition(summed), TWO, OF_BOTH, snaps)), "brewing")
    assert [child.reason for child in brewing.children] == ["the denominator is 0", ""]


@pytest.mark.parametrize("roll_up", ["value", "sum", "score"])
def test_a_sample_that_is_too_small_says_how_small(roll_up: str) -> None:
    part = use_case("brewing", measure(minimum_sample=10.0), roll_up=roll_up)
    row = judged(edition(part), {"guests": 3, "cups": 9})
    found = find(tree(row), "brewing")
    assert (found.color, found.reason) == ("NA", "sample too small: 3 of at least 10")


def test_a_sample_that_is_large_enough_is_judged() -> None:
    part = use_case("brewing", measure(minimum_sample=3.0))
    assert find(tree(judged(edition(part), {"guests": 3, "cups": 9})), "brewing").color == "Green"
