"""Customer health taken apart: contributions that sum exactly, words for each number and each NA."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.formats import NBSP
from tests.health import at, judge, known, prove
from tests.scoring import BILLABLE, BUILDS, Row, Snap
from tests.usage.test_health_measures import by_hand
from usage import health_words
from usage.explain import explain
from usage.explain_health import HealthTree, tree
from usage.scoring.contributions import apportion, rounded
from usage.scoring.scorecard import HealthBand, HealthMeasure

GREEN_USAGE = [Snap(metrics={BILLABLE: 90, BUILDS: 9_999})]
EVERYTHING: dict[str, Any] = {
    "entries": [(1, at(8, 1), "green", True)],
    "plans": [(7, at(1, 1), at(1, 2), None, True)],
    "objectives": [(7, at(1, 3), None)],
    "cases": [(n, at(10, 20), None, False) for n in range(9)],
    "answers": [("nps", 9.0, at(9, 1)), ("csat", 3.5, at(9, 1))],
    "personas": [(at(9, 9), "security_lead")],
}


def shown(row: Row) -> HealthTree:
    found = tree(row.evidence, row.edition)
    assert found is not None
    return found


def sums(found: HealthTree) -> None:
    """Groups sum to the whole, measures to their group."""
    adds = [group.contribution for group in found.groups if group.contribution is not None]
    assert sum(adds, Decimal(0)) == (found.score or Decimal(0))
    for group in found.groups:
        parts = [line.contribution for line in group.measures if line.contribution is not None]
        if parts:
            assert sum(parts, Decimal(0)) == group.contribution


def test_what_each_part_adds_sums_to_the_score() -> None:
    found = shown(judge(known(**EVERYTHING), snaps=GREEN_USAGE))
    sums(found)
    assert {group.code: group.contribution for group in found.groups} == {
        "product": Decimal("44.00"),
        "risk": Decimal("22.00"),
        "outcomes": Decimal("8.80"),
        "voice": Decimal("3.78"),
        "engagement": Decimal("4.40"),
    }
    assert found.score == Decimal("82.98")


@settings(max_examples=40)
@given(
    cases=st.integers(0, 20),
    sentiment=st.sampled_from(["red", "yellow", "green", ""]),
    seen=st.lists(st.sampled_from(["development_lead", "security_lead"])),
    score=st.integers(0, 10),
    with_usage=st.booleans(),
)
def test_contributions_always_sum_exactly(cases, sentiment, seen, score, with_usage) -> None:
    heard = known(
        entries=[(1, at(10, 1), sentiment, False)],
        cases=[(n, at(10, 20), None, False) for n in range(cases)],
        personas=[(at(10, 1), persona) for persona in seen],
        answers=[("nps", float(score), at(9, 1))],
    )
    sums(shown(judge(heard, snaps=GREEN_USAGE if with_usage else [])))


@given(
    parts=st.lists(st.one_of(st.none(), st.floats(0, 100)), min_size=1, max_size=8),
    noise=st.floats(-1e-9, 1e-9),
)
def test_parts_in_hundredths_sum_to_their_whole(parts: list[float | None], noise: float) -> None:
    numbers = [part for part in parts if part is not None]
    total = rounded(sum(numbers) + noise)
    found = apportion(total, parts)
    assert [part is None for part in found] == [part is None for part in parts]
    if numbers:
        assert sum((part for part in found if part is not None), Decimal(0)) == total
    for got, part in zip(found, parts, strict=True):
        if got is not None and part is not None:
            assert abs(got - Decimal(repr(part))) <= Decimal("0.0101")


def test_what_noise_took_too_much_of_is_taken_from_the_smallest_remainder() -> None:
    assert apportion(Decimal("1.00"), [0.5, 0.51]) == [Decimal("0.50"), Decimal("0.50")]


def test_the_override_is_named() -> None:
    found = shown(judge(known(entries=[(1, at(10, 1), "red", False)]), snaps=GREEN_USAGE))
    assert found.is_overridden
    assert found.color == "Red"
    assert found.decided_by is not None
    assert found.decided_by.measure.code == "sentiment"


def test_without_an_override_nothing_decides() -> None:
    found = shown(judge(known(**EVERYTHING), snaps=GREEN_USAGE))
    assert (found.is_overridden, found.decided_by) == (False, None)


def test_an_edition_without_a_scorecard_has_no_tree() -> None:
    row = judge(None, replace(prove(), scorecard=None), GREEN_USAGE)
    assert tree(row.evidence, row.edition) is None


def test_a_card_that_was_made_before_the_groups_can_still_be_explained() -> None:
    row = judge(known(**EVERYTHING), snaps=GREEN_USAGE)
    old = {
        name: part for name, part in row.evidence.items()
        if name not in {"groups", "health", "young", "overridden"}
    }  # fmt: skip
    assert tree(old, row.edition) is None
    root = explain(old, row.edition)
    assert [child.score for child in root.children] == [88, None, None, None, None]


def test_the_whole_explanation_has_the_groups_beside_the_product_score() -> None:
    row = judge(known(**EVERYTHING), snaps=GREEN_USAGE)
    root = explain(row.evidence, row.edition)
    assert [child.code for child in root.children] == [
        "product", "risk", "outcomes", "voice", "engagement",
    ]  # fmt: skip
    assert sum(child.contribution or 0 for child in root.children) == pytest.approx(root.score)
    (sentiment,) = root.children[1].children
    assert (sentiment.label, sentiment.score, sentiment.text) == ("CSM sentiment", 88, "Green")


def test_in_the_first_days_the_product_score_adds_nothing() -> None:
    since = date(2026, 10, 20)
    row = judge(
        known(since=since, entries=[(1, at(10, 25), "green", False)]),
        since=since,
        snaps=GREEN_USAGE,
    )
    product = shown(row).groups[0]
    assert (product.contribution, product.reason) == (
        None,
        "usage does not count in an account's first days",
    )
    assert explain(row.evidence, row.edition).children[0].contribution is None


def test_a_month_without_usage_says_so() -> None:
    product = shown(judge(known(**EVERYTHING))).groups[0]
    assert product.reason == "no usage was reported in this month"


def line(heard: Any, code: str, edition: Any = None) -> Any:
    found = shown(judge(heard, edition))
    return next(each for each in found.measures if each.measure.code == code)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("sentiment", "Green"),
        ("success_plan", "active, with an objective, strategy and highlights"),
        ("support_volume", "9 cases in the month"),
        ("urgent_cases", "no urgent case"),
        ("nps", f"NPS +{NBSP}100"),
        ("csat", "3.5 of 5"),
        ("meeting_cadence", "91 days since the last call or meeting"),
        ("personas", "1 of 2 took part in three months"),
    ],
)
def test_a_number_is_said_in_words(code: str, text: str) -> None:
    assert line(known(**EVERYTHING), code).text == text


@pytest.mark.parametrize(
    ("heard", "code", "reason"),
    [
        (known(), "sentiment", "no sentiment was set"),
        (known(entries=[(1, at(1, 1), "red", False)]), "sentiment", "older than 120 days"),
        (known(recorded_since={}), "success_plan", "no success plans were kept then"),
        (known(segment="Digital"), "personas", "not judged for this segment"),
        (known(since=date(2026, 10, 9)), "nps", "not judged in an account's first 30 days"),
        (known(), "csat", "no answer lately"),
    ],
)
def test_what_is_na_says_why(heard: Any, code: str, reason: str) -> None:
    assert line(heard, code).reason == reason


def test_what_is_set_by_hand_says_its_colour() -> None:
    assert (
        line(known(manual=[(1, "sponsor", "Yellow", at(2, 1))]), "sponsor", by_hand()).text
        == "Yellow"
    )


def test_a_meeting_of_long_ago_is_so_many_days_or_more() -> None:
    assert (
        line(known(), "meeting_cadence").text == "400 days or more since the last call or meeting"
    )


def test_an_old_sentiment_is_marked() -> None:
    assert line(known(entries=[(1, at(7, 15), "green", False)]), "sentiment").is_flagged


def test_bounds_are_told_for_each_priority() -> None:
    told = health_words.bounds(line(known(), "meeting_cadence").measure)
    assert "Green ≤ 35 (priority 1)" in told
    assert "Red > 90 (priority 2)" in told
    of_the_second = health_words.bounds(line(known(), "meeting_cadence").measure, 2)
    assert of_the_second == "Green ≤ 65 · Yellow > 65 and ≤ 90 · Red > 90"


def test_a_band_without_bounds_always_holds() -> None:
    band = HealthBand("Green", None, lower_closed=False, upper=None, upper_closed=False)
    measure = HealthMeasure("nps", "NPS", "nps", (band,))
    assert health_words.bounds(measure) == "Green always"
    assert health_words.holds(band, 3)


def test_a_reason_that_nothing_is_known_of_is_still_one() -> None:
    measure = HealthMeasure("p", "P", "personas", ())
    card = prove().scorecard
    assert card is not None
    assert health_words.reason(measure, "u", card) == "not known"
    assert health_words.reason(replace(measure, source="nps"), "n", card) == "not recorded"
