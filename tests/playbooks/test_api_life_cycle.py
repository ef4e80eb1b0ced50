"""How far an account has come over the API, and what people say of it by hand."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from accounts.models import Account, BoughtUseCase, Milestone, User
from tests import factories as make
from tests.api import ROOT, post, results

pytestmark = pytest.mark.django_db
MILESTONES = "/milestones/"
SAID = {"account": "A-1", "code": "first_value", "reached_on": "2026-10-01", "source": "A call"}


@pytest.fixture
def account(csm: User) -> Account:
    make.make_edition()
    account = make.make_account(csm=csm, external_id="A-1")
    make.make_subscription(account=account, start_date=date(2026, 9, 1))
    return account


def test_a_life_cycle_tells_stage_and_milestones(csm_client: Client, account: Account) -> None:
    make.make_milestone(account=account, code="first_engagement", reached_on=date(2026, 9, 11))
    told = csm_client.get(f"{ROOT}/accounts/{account.pk}/life-cycle/").json()
    first = told["milestones"][0]
    assert (told["start"], told["stage"]) == ("2026-09-01", "onboarding")
    assert (first["code"], first["days"], first["state"]) == ("first_engagement", 10, "met")
    assert first["is_by_hand"] is True
    assert [each["reached_on"] for each in told["milestones"][1:]] == [None] * 4


def test_a_milestone_is_said_and_corrected(csm_client: Client, account: Account) -> None:
    first = post(csm_client, MILESTONES, SAID)
    again = post(csm_client, MILESTONES, SAID | {"reached_on": "2026-10-05"})
    assert (first.status_code, again.status_code) == (200, 200)
    [told] = results(csm_client, MILESTONES, account="A-1", code="first_value")
    assert (told["reached_on"], told["source"]) == ("2026-10-05", "A call")


def test_a_day_to_come_is_refused(csm_client: Client, account: Account) -> None:
    answer = post(csm_client, MILESTONES, SAID | {"reached_on": "2099-01-01"})
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["code"] == "milestone_in_future"
    assert not Milestone.objects.exists()


def test_clearing_answers_with_what_was_said(csm_client: Client, account: Account) -> None:
    said = make.make_milestone(account=account, code="first_value")
    assert post(csm_client, f"{MILESTONES}{said.pk}/clear/").json()["code"] == "first_value"
    assert not Milestone.objects.kept().exists()


def test_what_is_cleared_is_there_to_be_restored_alone(
    csm_client: Client, account: Account
) -> None:
    said = make.make_milestone(account=account, code="first_value", cleared_at=make.NOW)
    assert csm_client.get(f"/api/v1{MILESTONES}{said.pk}/").status_code == 404
    told = post(csm_client, f"{MILESTONES}{said.pk}/restore/")
    assert (told.status_code, told.json()["code"]) == (200, "first_value")
    assert post(csm_client, f"{MILESTONES}{said.pk}/restore/").status_code == 409


def test_bought_use_cases_are_these_and_no_others(csm_client: Client, account: Account) -> None:
    make.make_bought_use_case(account=account, use_case="security")
    told = post(csm_client, f"/accounts/{account.pk}/use-cases/", {"use_cases": ["ci"]}).json()
    assert told["bought"] == ["ci"]
    assert list(BoughtUseCase.objects.values_list("use_case", flat=True)) == ["ci"]


def test_a_use_case_that_the_edition_does_not_have_is_refused(
    csm_client: Client, account: Account
) -> None:
    answer = post(csm_client, f"/accounts/{account.pk}/use-cases/", {"use_cases": ["cooking"]})
    assert answer.status_code == 400
    assert not BoughtUseCase.objects.exists()
