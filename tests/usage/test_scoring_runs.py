"""Runs over the database: what is written, changed, removed, and what it costs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests import book
from tests.book import AUGUST, OCTOBER, SEPTEMBER, account_of, build, make_customer, report
from tests.factories import NOW, make_account
from tests.scoring import BUILDS
from usage.errors import EditionUnknown, NoEditionInForce
from usage.models import Edition, Instance, ScoreCard, Snapshot, Transition
from usage.services import editions, scoring
from usage.services.scoring import ScoreCounts, ScoreRequest, Shard

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition(db: None) -> Edition:
    return book.load_edition()


@pytest.fixture
def customer(edition: Edition) -> Instance:
    return make_customer(None)


def score(first: date = AUGUST, last: date = OCTOBER, **request: Any) -> ScoreCounts:
    return scoring.score(ScoreRequest(first, last, **request), now=NOW)


def drops() -> list[tuple[object, ...]]:
    return list(
        Transition.objects.order_by("period").values_list(
            "period", "from_color", "to_color", "from_period"
        )
    )


def test_a_card_per_account_and_month(customer: Instance) -> None:
    build(customer, "GYR")
    assert score() == ScoreCounts(accounts=1, created=3, transitions=2)
    assert drops() == [
        (SEPTEMBER, "Green", "Yellow", AUGUST),
        (OCTOBER, "Yellow", "Red", SEPTEMBER),
    ]


def test_a_second_run_changes_nothing(customer: Instance) -> None:
    build(customer, "GYR")
    score()
    before = list(ScoreCard.objects.values()), list(Transition.objects.values())
    later = NOW + timedelta(days=1)
    counts = scoring.score(ScoreRequest(AUGUST, OCTOBER), now=later)
    assert counts == ScoreCounts(accounts=1, unchanged=3, transitions=2)
    assert (list(ScoreCard.objects.values()), list(Transition.objects.values())) == before


def test_a_changed_snapshot_changes_just_its_card(customer: Instance) -> None:
    build(customer, "GYR")
    build(other := make_customer(None), "GYR")
    score()
    report(customer, SEPTEMBER, {BUILDS: 3_700})
    later = NOW + timedelta(days=1)
    counts = scoring.score(ScoreRequest(AUGUST, OCTOBER), now=later)
    assert (counts.changed, counts.unchanged) == (1, 5)
    card = ScoreCard.objects.get(scored_at=later)
    assert (card.account, card.period) == (account_of(customer), SEPTEMBER)
    assert account_of(other) != card.account


def test_a_correction_that_undoes_a_drop_removes_its_transition(customer: Instance) -> None:
    build(customer, "GY")
    score()
    report(customer, OCTOBER, {BUILDS: 4_500})
    assert score().transitions == 0
    assert drops() == []


def test_a_correction_that_worsens_a_drop_changes_its_transition(customer: Instance) -> None:
    build(customer, "GY")
    score()
    report(customer, OCTOBER, {BUILDS: 0})
    score()
    assert drops() == [(OCTOBER, "Green", "Red", SEPTEMBER)]


def test_a_month_alone_looks_two_months_back(customer: Instance) -> None:
    build(customer, "G-Y")
    score(first=OCTOBER)
    assert ScoreCard.objects.count() == 1
    assert drops() == [(OCTOBER, "Green", "Yellow", AUGUST)]


def test_cards_of_months_that_count_no_longer_are_removed(customer: Instance) -> None:
    build(customer, "GYR")
    score()
    assert customer.subscription is not None
    customer.subscription.end_date = date(2026, 9, 30)
    customer.subscription.save()
    counts = score()
    assert (counts.removed, counts.unchanged, counts.transitions) == (1, 2, 1)


def test_a_lost_snapshot_makes_the_card_na(customer: Instance) -> None:
    build(customer, "GYR")
    score()
    Snapshot.objects.filter(period=OCTOBER).delete()
    assert score().changed == 1
    card = ScoreCard.objects.get(period=OCTOBER)
    assert (card.score, card.color, card.component_colors) == (None, "", "NNNNNN")


def test_an_account_without_a_subscription_has_no_card(edition: Edition) -> None:
    make_account()
    assert score() == ScoreCounts(accounts=1)


def test_some_accounts_only(customer: Instance) -> None:
    build(customer, "GY")
    build(other := make_customer(None), "GY")
    score(account_ids=[account_of(other).pk])
    assert set(ScoreCard.objects.values_list("account", flat=True)) == {account_of(other).pk}


def test_progress_is_told(customer: Instance) -> None:
    told: list[tuple[int, int]] = []
    scoring.score(
        ScoreRequest(AUGUST, OCTOBER),
        now=NOW,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 1)]


# --- Editions --------------------------------------------------------------------------------------


def test_months_are_scored_by_the_edition_in_force_in_each(customer: Instance) -> None:
    book.load_edition("2024", in_force_from=OCTOBER)
    score()
    names = dict(ScoreCard.objects.values_list("period", "edition__name"))
    assert names == {AUGUST: "2025", SEPTEMBER: "2025", OCTOBER: "2024"}


def causes() -> list[tuple[str, str]]:
    return list(Transition.objects.values_list("from_color", "cause"))


def test_a_fall_that_only_the_new_edition_shows_is_caused_by_it(customer: Instance) -> None:
    """45 builds are Green in 2025; 2024 does not know builds: neither edition alone sees a drop."""
    book.load_edition("2024", in_force_from=OCTOBER)
    users = "usage_activity_by_stage_monthly.verify.ci_pipelines"
    report(customer, SEPTEMBER, {BUILDS: 4_500, users: 20})
    report(customer, OCTOBER, {BUILDS: 3_800, users: 20})
    score()
    assert drops() == [(OCTOBER, "Green", "Yellow", SEPTEMBER)]
    assert causes() == [("Green", "edition")]
    report(customer, SEPTEMBER, {BUILDS: 0, users: 50})
    score()
    assert drops() == [(OCTOBER, "Green", "Yellow", SEPTEMBER)]
    assert causes() == [("Green", "edition")]  # in 2025 it rose from Red


def test_a_fall_that_both_editions_see_is_the_datas(customer: Instance) -> None:
    book.load_edition("2024", in_force_from=OCTOBER)
    users = "usage_activity_by_stage_monthly.verify.ci_pipelines"
    report(customer, SEPTEMBER, {BUILDS: 4_500, users: 50})
    report(customer, OCTOBER, {BUILDS: 3_800, users: 20})
    score()
    assert causes() == [("Green", "data")]


def test_a_month_without_a_change_before_it_is_the_datas(customer: Instance) -> None:
    book.load_edition("2024", in_force_from=AUGUST)
    users = "usage_activity_by_stage_monthly.verify.ci_pipelines"
    report(customer, SEPTEMBER, {BUILDS: 4_500, users: 50})
    report(customer, OCTOBER, {BUILDS: 4_500, users: 20})
    score(first=SEPTEMBER)
    assert causes() == [("Green", "data")]


def test_a_named_edition_makes_cards_beside_those_in_force(customer: Instance) -> None:
    book.load_edition("2024", in_force_from=date(2027, 1, 1))
    build(customer, "GY")
    score()
    counts = score(edition_name="2024")
    assert (counts.created, counts.transitions) == (3, 0)
    assert ScoreCard.objects.count() == 6
    assert set(Transition.objects.values_list("edition__name", flat=True)) == {"2025"}


def test_the_edition_in_force_may_be_named(customer: Instance) -> None:
    build(customer, "GY")
    assert score(edition_name="2025").transitions == 1


def test_an_unknown_edition_or_none_in_force_is_refused(customer: Instance) -> None:
    with pytest.raises(EditionUnknown):
        score(edition_name="1999")
    Edition.objects.update(status=Edition.Status.RETIRED)
    with pytest.raises(NoEditionInForce):
        score()


def test_the_reported_months_are_those_of_the_snapshots(
    customer: Instance, edition: Edition
) -> None:
    assert scoring.reported_periods() is None
    build(customer, "GY", last=SEPTEMBER)
    assert scoring.reported_periods() == (AUGUST, SEPTEMBER)


def test_months_before_the_first_edition_are_left_out(customer: Instance, edition: Edition) -> None:
    build(customer, "GY", last=SEPTEMBER)
    Edition.objects.filter(pk=edition.pk).update(status=Edition.Status.RETIRED)
    late = editions.copy_as_draft(edition_id=edition.pk, name="late")
    Edition.objects.filter(pk=late.pk).update(in_force_from=SEPTEMBER)
    editions.publish(edition_id=late.pk, now=NOW, note="For a test.")
    score()
    assert set(ScoreCard.objects.values_list("period", "edition__name")) == {
        (SEPTEMBER, "late"),
        (OCTOBER, "late"),
    }


def test_transitions_of_an_edition_that_no_longer_decides_go(
    customer: Instance, edition: Edition
) -> None:
    build(customer, "GY", last=SEPTEMBER)
    score()
    assert list(Transition.objects.values_list("edition", flat=True)) == [edition.pk]
    newer = editions.copy_as_draft(edition_id=edition.pk, name="newer")
    editions.publish(edition_id=newer.pk, now=NOW + timedelta(days=1), note="For a test.")
    score()
    assert list(Transition.objects.values_list("edition", flat=True)) == [newer.pk]


# --- Shards and cost -------------------------------------------------------------------------------


def test_shards_are_fixed_ranges_of_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "SHARD_SIZE", 10)
    assert [shard.account_ids for shard in scoring.shards([3, 25, 9, 10, 3])] == [
        [3, 9],
        [10],
        [25],
    ]
    assert list(scoring.shards([])) == []


def test_all_accounts_of_a_shard_are_a_range_with_their_number(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "SHARD_SIZE", 10)
    for pk in (31, 33, 57):
        make_account(pk=pk)
    assert list(scoring.shards()) == [Shard(3, range(30, 40), 2), Shard(5, range(50, 60), 1)]


def test_small_shards_give_what_one_gives(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    for colors in ("GYR", "RRR", "-GY", "G-R"):
        build(make_customer(None), colors)
    score()
    hashes = set(ScoreCard.objects.values_list("account", "period", "input_hash"))
    before = drops()
    monkeypatch.setattr(scoring, "SHARD_SIZE", 1)
    assert score().unchanged == len(hashes)
    ScoreCard.objects.all().delete()
    Transition.objects.all().delete()
    score()
    assert set(ScoreCard.objects.values_list("account", "period", "input_hash")) == hashes
    assert sorted(map(str, drops())) == sorted(map(str, before))


@pytest.mark.parametrize("accounts", [3, 30])
def test_the_queries_of_a_shard_do_not_grow(
    edition: Edition, accounts: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(accounts):
        build(make_customer(None), "GYR")
    (shard,) = scoring.shards()
    (stretch,) = ScoreRequest(AUGUST, OCTOBER).stretches()
    frozen = editions.frozen(edition)
    with django_assert_max_num_queries(22):
        scoring.score_shard(shard, stretch, frozen, now=NOW)
    assert ScoreCard.objects.count() == accounts * 3
