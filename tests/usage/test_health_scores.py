"""Customer health as a whole: redistribution, the override, and what a card keeps of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.health import at, judge, known, prove
from tests.scoring import BILLABLE, BUILDS, OCTOBER, Inst, Row, Snap, Sub, frames_of
from usage import scoring
from usage.explain import explain
from usage.explain_health import tree

quick = settings(max_examples=15)
GREEN_USAGE = [Snap(metrics={BILLABLE: 90, BUILDS: 9_999})]
ENTRY = (1, at(10, 20), "green", True)


def test_groups_weigh_what_the_edition_says() -> None:
    heard = known(
        entries=[ENTRY],
        plans=[(7, at(1, 1), None, None, True)],
        objectives=[(7, at(1, 3), None)],
        cases=[(n, at(10, 20), None, False) for n in range(16)],
        personas=[(at(10, 1), "security_lead")],
    )
    row = judge(heard, snaps=GREEN_USAGE)
    assert row.score("product") == 88
    assert row.score("voice") == (25 + 88) / 2
    assert row.score("engagement") == (88 + 63) / 2
    wanted = (88 * 50 + 88 * 25 + 63 * 10 + 56.5 * 5 + 75.5 * 10) / 100
    assert row.score("health") == pytest.approx(wanted)


def test_what_is_missing_in_a_group_goes_to_the_others_of_it_first() -> None:
    row = judge(known(entries=[ENTRY], recorded_since={}), snaps=GREEN_USAGE)
    assert row.score("engagement") is None
    assert row.score("health") == 88


def test_a_group_with_one_known_measure_keeps_its_whole_weight() -> None:
    heard = known(cases=[(n, at(10, 20), None, True) for n in range(2)], recorded_since={})
    row = judge(heard, snaps=GREEN_USAGE)
    assert row.score("health") == pytest.approx((88 * 50 + 56.5 * 5) / 55)


def test_red_sentiment_makes_the_overall_colour_red_and_leaves_the_number() -> None:
    heard = known(entries=[(1, at(10, 20), "red", True)], recorded_since={})
    row = judge(heard, snaps=GREEN_USAGE)
    assert row.score("health") == 67
    assert (row["color"], row.evidence["overridden"]) == ("Red", True)
    assert row.evidence["composites"][-1] == ["health", 67, "R"]


def test_a_stale_red_sentiment_overrides_nothing() -> None:
    heard = known(entries=[(1, at(5, 1), "red", False)], recorded_since={})
    assert judge(heard, snaps=GREEN_USAGE)["color"] == "Green"


def test_nothing_known_is_na() -> None:
    row = judge(known(recorded_since={}))
    assert (row.score("health"), row["color"]) == (None, "")


def test_health_without_usage_is_made_of_the_other_groups() -> None:
    assert judge(known(entries=[ENTRY], recorded_since={})).score("health") == 88


def test_an_edition_without_a_scorecard_keeps_cards_as_they_were() -> None:
    row = judge(
        known(entries=[(1, at(10, 20), "red", True)]), replace(prove(), scorecard=None), GREEN_USAGE
    )
    assert not {"groups", "health", "young", "overridden"} & row.evidence.keys()


SEPTEMBER = date(2026, 9, 1)
BOTH = {SEPTEMBER: date(2026, 9, 30), OCTOBER: date(2026, 10, 31)}


def two_months(snaps: list[Snap], as_of: dict[date, date] = BOTH) -> list[Row]:
    """September and October of an account whose CSM is content."""
    heard = known(entries=[(1, at(8, 20), "yellow", False)], recorded_since={}, as_of=as_of)
    data = replace(frames_of(prove(), [Sub()], [Inst()], snaps), signals=heard)
    scores = scoring.score(data, prove(), [SEPTEMBER, OCTOBER])
    return [Row(cells, prove()) for cells in scores.accounts.iter_rows(named=True)]


def snap(period: date, day: int) -> Snap:
    return Snap(metrics={BILLABLE: 90, BUILDS: 9_999}, period=period, day=day)


def test_usage_of_the_month_before_counts_until_it_is_stale() -> None:
    september, october = two_months([snap(SEPTEMBER, 28)])
    assert (october.score("product"), october.score("health")) == (None, september.score("health"))
    assert october.evidence["carried"] == {"from": "2026-09", "scores": {"product": 88}}
    assert october["newest_recorded_at"] == september["newest_recorded_at"]
    assert september.evidence["carried"] is None


def test_usage_that_is_stale_counts_no_more() -> None:
    _, october = two_months([snap(SEPTEMBER, 1)], {**BOTH, OCTOBER: date(2026, 11, 1)})
    assert (october.score("health"), october.evidence["carried"]) == (63, None)


def test_usage_of_its_own_month_counts_before_any_other() -> None:
    _, october = two_months([snap(SEPTEMBER, 28), snap(OCTOBER, 3)])
    assert october.evidence["carried"] is None


def test_carried_usage_is_explained_as_such() -> None:
    _, october = two_months([snap(SEPTEMBER, 28)])
    shown = tree(october.evidence, october.edition)
    assert shown is not None
    product = shown.groups[0]
    assert (product.score, product.reason) == (88, "of 2026-09: this month has no usage yet")
    assert sum(group.contribution or 0 for group in shown.groups) == shown.score
    node = explain(october.evidence, october.edition).children[0]
    assert (node.score, node.color, node.text) == (88, "Green", product.reason)


entries = st.lists(
    st.tuples(
        st.integers(1, 99),
        st.datetimes(
            min_value=at(5, 1).replace(tzinfo=None), max_value=at(11, 9).replace(tzinfo=None)
        ).map(lambda moment: moment.replace(tzinfo=at(1, 1).tzinfo)),
        st.sampled_from(["red", "yellow", "green", ""]),
        st.booleans(),
    ),
    max_size=6,
    unique_by=lambda row: row[0],
)
answers = st.lists(
    st.tuples(st.just("nps"), st.integers(0, 10).map(float), st.just(at(9, 1))), max_size=6
)


@quick
@given(entries=entries, answers=answers, with_usage=st.booleans())
def test_health_stays_between_its_groups(entries, answers, with_usage) -> None:
    row = judge(known(entries=entries, answers=answers), snaps=GREEN_USAGE if with_usage else [])
    parts = [row.score(c) for c in ("product", "risk", "outcomes", "voice", "engagement")]
    found = [part for part in parts if part is not None]
    health = row.score("health")
    assert health is not None  # plans and meetings are recorded, so their absence is known
    assert min(found) - 1e-9 <= health <= max(found) + 1e-9


@quick
@given(entries=entries, answers=answers, seed=st.randoms(use_true_random=False))
def test_the_order_of_signals_decides_nothing(entries, answers, seed) -> None:
    shuffled = list(entries), list(answers)
    for rows in shuffled:
        seed.shuffle(rows)
    one = judge(known(entries=entries, answers=answers))
    other = judge(known(entries=shuffled[0], answers=shuffled[1]))
    assert one["evidence"] == other["evidence"]
