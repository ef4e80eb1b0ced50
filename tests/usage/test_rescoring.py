"""Changed data asks for scores: one job while it waits, wide enough, and nothing lost."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from accounts.models import Account, Job
from accounts.services import jobs
from tests import factories
from tests.usage.payloads import HOSTNAME, line, outcomes
from usage.models import RawPayload
from usage.services import rescoring
from usage.services.rescoring import request, request_all_periods

pytestmark = pytest.mark.django_db

JUNE, AUGUST, OCTOBER = (date(2026, month, 1) for month in (6, 8, 10))


def span_of(job: Job | None) -> tuple[str, str]:
    assert job is not None
    return job.params["from"], job.params["to"]


def test_months_judged_against_a_changed_one_are_scored_too(now: datetime) -> None:
    job = request(account_ids={1}, first=JUNE, last=JUNE, now=now)
    assert span_of(job) == ("2026-06", "2026-08")


def test_no_month_is_scored_that_has_not_begun(now: datetime) -> None:
    assert span_of(request(account_ids={1}, first=OCTOBER, last=OCTOBER, now=now)) == (
        "2026-10",
        "2026-11",
    )


def test_data_of_a_fast_clock_is_scored(now: datetime) -> None:
    december = date(2026, 12, 1)
    job = request(account_ids={1}, first=december, last=december, now=now)
    assert span_of(job) == ("2026-12", "2026-12")


def test_nobody_is_nothing_to_score(now: datetime) -> None:
    assert request(account_ids=[], first=JUNE, last=JUNE, now=now) is None


def test_a_request_that_waits_is_widened(now: datetime) -> None:
    first = request(account_ids={1, 2}, first=AUGUST, last=AUGUST, now=now)
    second = request(account_ids={2, 3}, first=JUNE, last=JUNE, now=now)
    assert first == second == Job.objects.get()
    assert Job.objects.get().params["account_ids"] == [1, 2, 3]
    assert span_of(Job.objects.get()) == ("2026-06", "2026-10")


def test_a_request_that_is_being_worked_on_is_left_alone(now: datetime) -> None:
    first = request(account_ids={1}, first=JUNE, last=JUNE, now=now)
    assert first is not None
    jobs.claim(job_id=first.pk, now=now)
    second = request(account_ids={2}, first=JUNE, last=JUNE, now=now)
    assert second is not None
    assert (Job.objects.get(pk=first.pk).params["account_ids"], second.params["account_ids"]) == (
        [1],
        [2],
    )


def test_a_run_that_somebody_asked_for_is_left_alone(now: datetime) -> None:
    asked = factories.make_job(params={"from": "2026-01", "to": "2026-01", "edition": "2024"})
    request(account_ids={1}, first=JUNE, last=JUNE, now=now)
    asked.refresh_from_db()
    assert asked.params["from"] == "2026-01"
    assert Job.objects.count() == 2


def test_of_too_many_accounts_all_are_scored(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescoring, "MOST_ACCOUNTS", 2)
    request(account_ids={1, 2}, first=JUNE, last=JUNE, now=now)
    job = request(account_ids={3}, first=JUNE, last=JUNE, now=now)
    assert job is not None
    assert (job.params["account_ids"], job.is_bulk) == (None, True)


def test_few_accounts_do_not_wait_with_all(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescoring, "MOST_ACCOUNTS", 2)
    everyone = request(account_ids={1, 2, 3}, first=JUNE, last=JUNE, now=now)
    few = request(account_ids={4}, first=JUNE, last=JUNE, now=now)
    more = request(account_ids={5, 6, 7}, first=JUNE, last=JUNE, now=now)
    assert everyone is not None
    assert few is not None
    assert (few.params["account_ids"], few.is_bulk) == ([4], False)
    assert more == everyone


# --- a clock that stands ------------------------------------------------------------------------
def test_no_month_before_the_first_subscription_is_scored(account: Account, now: datetime) -> None:
    factories.make_subscription(account=account, start_date=date(2026, 8, 17))
    first = date(2001, 1, 1)
    job = request(account_ids={account.pk}, first=first, last=OCTOBER, now=now)
    assert span_of(job) == ("2026-08", "2026-11")
    assert request(account_ids={account.pk}, first=first, last=first, now=now) is None


def test_a_card_from_before_a_start_that_was_mended_is_reached(
    account: Account, now: datetime
) -> None:
    factories.make_subscription(account=account, start_date=date(2026, 8, 17))
    factories.make_score_card(account=account, period=JUNE)
    assert span_of(request_all_periods(account_ids={account.pk}, now=now))[0] == "2026-06"


def test_a_payload_from_before_the_first_subscription_is_stored_and_widens_nothing(
    account: Account,
) -> None:
    subscription = factories.make_subscription(account=account, start_date=date(2026, 8, 17))
    older = factories.make_subscription(start_date=date(2000, 1, 1))
    for uuid, owner in (("u-1", subscription), ("u-2", older)):
        factories.make_instance(external_id=uuid, hostname=HOSTNAME, subscription=owner)
    lines = [
        line(uuid="u-1", recorded_at="2001-01-01T00:00:00Z"),
        line(uuid="u-2", recorded_at="2026-10-04T03:00:00Z"),
    ]
    assert outcomes(*lines) == ["accepted"] * 2
    assert RawPayload.objects.count() == 2
    assert Job.objects.get().params["account_ids"] == [older.account_id]
    assert span_of(Job.objects.get())[0] == "2026-10"


# --- all months -----------------------------------------------------------------------------------
def test_all_months_are_those_with_data_or_scores(account: Account, now: datetime) -> None:
    subscription = factories.make_subscription(account=account)
    instance = factories.make_instance(subscription=subscription)
    factories.make_snapshot(instance=instance, period=AUGUST)
    factories.make_score_card(account=account, period=JUNE)
    assert span_of(request_all_periods(account_ids={account.pk}, now=now)) == (
        "2026-06",
        "2026-10",
    )


def test_an_account_without_data_is_nothing_to_score(account: Account, now: datetime) -> None:
    factories.make_snapshot()
    assert request_all_periods(account_ids={account.pk}, now=now) is None
    assert request_all_periods(account_ids=[], now=now) is None


def test_of_too_many_accounts_all_months_are_scored(
    account: Account, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescoring, "MOST_ACCOUNTS", 0)
    factories.make_snapshot(period=JUNE)
    assert span_of(request_all_periods(account_ids={account.pk}, now=now))[0] == "2026-06"
