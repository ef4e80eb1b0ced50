"""Success plans, support cases and survey answers: what the tables refuse, and how they leave."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError

from accounts.models import Objective, SuccessPlan, SupportCase, SurveyResponse
from accounts.services import customer_export, erasure
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_an_active_plan_says_since_when() -> None:
    with pytest.raises(IntegrityError, match="success_plan_state_is_dated"):
        make.make_success_plan(state=SuccessPlan.State.ACTIVE, activated_at=None)


def test_a_plan_cannot_end_before_it_starts() -> None:
    with pytest.raises(IntegrityError, match="success_plan_ends_after_start"):
        make.make_success_plan(starts_on=make.TODAY, ends_on=make.TODAY - timedelta(days=1))


def test_a_verified_outcome_says_since_when() -> None:
    with pytest.raises(IntegrityError, match="objective_verified_iff_dated"):
        make.make_objective(outcome=Objective.Outcome.VERIFIED)


def test_a_case_comes_once_to_an_account() -> None:
    case = make.make_support_case()
    with pytest.raises(IntegrityError):
        make.make_support_case(account=case.account, external_id=case.external_id)


def test_two_accounts_may_have_cases_of_the_same_number() -> None:
    case = make.make_support_case()
    assert make.make_support_case(external_id=case.external_id).pk != case.pk


def test_a_case_cannot_close_before_it_opens() -> None:
    with pytest.raises(IntegrityError, match="support_case_closed_after_opened"):
        make.make_support_case(closed_at=make.NOW - timedelta(days=1))


@pytest.mark.parametrize(("kind", "score"), [("nps", 11), ("csat", 0), ("csat", 6)])
def test_an_answer_is_within_its_scale(kind: str, score: int) -> None:
    with pytest.raises(IntegrityError, match="survey_response_score_in_range"):
        make.make_survey_response(kind=kind, score=score)


def test_erasing_an_account_takes_plans_cases_answers_and_judgements() -> None:
    plan = make.make_objective().plan
    account = plan.account
    make.make_support_case(account=account)
    make.make_survey_response(account=account)
    make.make_manual_measure(account=account)
    begun = erasure.begin(account_id=account.pk, by=None, now=make.NOW)
    erased = erasure.erase(begun, now=make.NOW)
    names = (
        "objectives",
        "success_plans",
        "support_cases",
        "survey_responses",
        "manual_measures",
    )
    assert {name: erased[name] for name in names} == dict.fromkeys(names, 1)


def test_erasing_a_contact_leaves_their_answer_without_a_name() -> None:
    contact = make.make_contact(name="Ada Larch")
    answer = make.make_survey_response(
        account=contact.account, contact=contact, comment="Ada Larch: slow, but friendly"
    )
    erasure.erase_contact(contact_id=contact.pk, by=None, now=make.NOW)
    answer.refresh_from_db()
    assert (answer.contact, answer.comment) == (None, "[erased]: slow, but friendly")


def test_the_export_of_a_contact_has_their_answers() -> None:
    contact = make.make_contact()
    answer = make.make_survey_response(account=contact.account, contact=contact)
    make.make_survey_response(account=contact.account)
    tables = {table.name: table for table in customer_export.tables_of_contact(contact)}
    assert [row["id"] for row in tables["answers"].records()] == [answer.pk]


def test_what_belongs_to_an_account_is_seen_by_who_sees_the_account() -> None:
    csm, stranger = make.make_user(), make.make_user()
    account = make.make_account(csm=csm)
    make.make_objective(plan=make.make_success_plan(account=account))
    make.make_support_case(account=account)
    make.make_survey_response(account=account)
    for model in (SuccessPlan, Objective, SupportCase, SurveyResponse):
        rows = model.objects
        assert (rows.visible_to(csm).count(), rows.visible_to(stranger).count()) == (1, 0)
