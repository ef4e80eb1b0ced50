"""Health made anew from what was noted by then, and the proof of some cards every night."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from accounts.models import (
    Account,
    Contact,
    Job,
    SuccessPlan,
    SupportCase,
    TimelineActivity,
)
from accounts.services import jobs
from tests.factories import (
    make_account,
    make_activity,
    make_contact,
    make_edition,
    make_health_edition,
    make_manual_measure,
    make_objective,
    make_score_card,
    make_subscription,
    make_success_plan,
    make_support_case,
    make_survey_response,
)
from tests.usage.proofs import (
    ACCOUNT,
    MADE,
    beginning,
    former,
    proof,
    score,
    score_a_customer,
)
from usage.lab.reproduce import Outcome
from usage.models import (
    CardDrift,
    ScoreCard,
)
from usage.services import drift, rescoring
from usage.tasks import prove_nightly

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with beginning() as traveller:
        yield traveller


@pytest.fixture
def scored(clock: time_machine.Traveller) -> time_machine.Traveller:
    score_a_customer(clock)
    return clock


# --- health that judges by more than usage ----------------------------------------------------------
@pytest.fixture
def judged(clock: time_machine.Traveller) -> time_machine.Traveller:
    """An account with everything that health reads, as of the second of November."""
    edition = make_health_edition()
    account = make_account(external_id=ACCOUNT, customer_since=date(2025, 1, 1), priority=1)
    make_subscription(account=account, start_date=date(2025, 1, 1))
    edition.publications.update(published_at=datetime(2026, 9, 1, tzinfo=UTC))
    said = datetime(2026, 10, 20, tzinfo=UTC)
    make_activity(
        account=account, kind="call", happened_at=said, created_at=said, updated_at=said,
        sentiment="green",
    )  # fmt: skip
    plan = make_success_plan(account=account, state="active", created_at=said, updated_at=said)
    make_objective(plan=plan, created_at=said, updated_at=said)
    make_support_case(account=account, opened_at=said, updated_at=said, priority="urgent")
    make_survey_response(account=account, answered_at=said, updated_at=said, score=9)
    make_manual_measure(account=account, at=said)
    score(clock, MADE)
    return clock


def test_health_is_made_of_what_was_noted_by_then(judged: time_machine.Traveller) -> None:
    account, later = Account.objects.get(), MADE + timedelta(days=3)
    before = datetime(2026, 10, 25, tzinfo=UTC)
    judged.move_to(later)
    make_activity(
        account=account, kind="meeting", happened_at=before, sentiment="red",
        created_at=later, updated_at=later,
    )  # fmt: skip
    make_manual_measure(account=account, at=later, color="Red")
    SuccessPlan.objects.update(closed_at=later, state="closed")
    SupportCase.objects.update(closed_at=later)
    account.priority = 2
    account.save()
    assert proof(MADE).outcome is Outcome.EQUAL


def test_an_entry_that_was_deleted_later_counts(judged: time_machine.Traveller) -> None:
    TimelineActivity.objects.update(deleted_at=MADE + timedelta(days=1))
    assert proof(MADE).outcome is Outcome.EQUAL


def test_an_entry_that_was_changed_later_cannot_be_known(judged: time_machine.Traveller) -> None:
    later = MADE + timedelta(days=1)
    TimelineActivity.objects.update(sentiment="red", updated_at=later)
    contact = make_contact(account=Account.objects.get())
    contact.save()
    former(Contact).update(history_date=later)
    found = proof()
    assert found.outcome is Outcome.UNKNOWABLE
    assert found.reasons == (
        "an entry of the timeline was changed since, and no former state of it is kept",
        "a contact was changed since",
    )


# --- every night ------------------------------------------------------------------------------------
def test_a_night_without_cards_proves_nothing(db: None) -> None:
    assert drift.enqueue_nightly(now=MADE) is None


def prove_at_night(clock: time_machine.Traveller, at: datetime = MADE + timedelta(1)) -> Job:
    clock.move_to(at)
    job = drift.enqueue_nightly(now=at)
    assert job is not None
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def test_a_night_in_which_all_is_equal(scored: time_machine.Traveller) -> None:
    job = prove_at_night(scored)
    assert job.state == Job.State.DONE
    assert job.summary == {"checked": 1, "equal": 1, "differs": 0, "unknowable": 0, "waiting": 0}
    assert not CardDrift.objects.exists()


def test_a_drift_fails_the_job_and_is_kept_until_it_is_mended(
    scored: time_machine.Traveller,
) -> None:
    right = ScoreCard.objects.get().score
    ScoreCard.objects.update(score=1)
    job = prove_at_night(scored)
    assert job.state == Job.State.FAILED
    assert job.error.startswith("1 of 1 score cards that were made anew came out otherwise")
    kept = CardDrift.objects.get()
    assert kept.differences.startswith("the overall score: stored 1.0, rebuilt")
    prove_at_night(scored, MADE + timedelta(days=2))
    again = CardDrift.objects.get()
    assert (again.found_at, again.checked_at) == (kept.found_at, MADE + timedelta(days=2))
    ScoreCard.objects.update(score=right)
    assert prove_at_night(scored, MADE + timedelta(days=3)).state == Job.State.DONE
    assert not CardDrift.objects.exists()


def test_a_card_that_differs_while_scores_wait_to_be_made_is_no_drift(
    scored: time_machine.Traveller,
) -> None:
    ScoreCard.objects.update(score=1)
    rescoring.request_all_periods(account_ids=[Account.objects.get().pk], now=MADE)
    assert prove_at_night(scored).summary["waiting"] == 1
    assert not CardDrift.objects.exists()


def test_a_drift_goes_with_its_card(scored: time_machine.Traveller) -> None:
    ScoreCard.objects.update(score=1)
    prove_at_night(scored)
    ScoreCard.objects.all().delete()
    make_score_card(edition=make_edition("of drafts", published=False))
    assert set(prove_at_night(scored).summary.values()) == {0}
    assert not CardDrift.objects.exists()


def test_the_sample_of_a_day_is_always_the_same(db: None) -> None:
    for _ in range(30):
        make_score_card()
    day = date(2026, 11, 3)
    chosen = drift.sample(day, size=5)
    assert 1 <= len(chosen) <= 5
    assert drift.sample(day, size=5) == chosen
    assert len({tuple(drift.sample(day + timedelta(days=n), size=5)) for n in range(5)}) > 1


def test_the_night_queues_one_proof(scored: time_machine.Traveller) -> None:
    prove_nightly()
    prove_nightly()
    assert Job.objects.filter(kind=drift.KIND).count() == 1
