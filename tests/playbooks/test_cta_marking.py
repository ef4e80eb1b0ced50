"""Marking calls to action as important, assessing risks, and what the database holds of it."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Account, User
from playbooks.errors import CTAChanged, NotARisk
from playbooks.models import CallToAction, CTAType
from playbooks.services import ctas
from playbooks.statuses import OF_ONE_TYPE, closing_statuses
from tests.factories import make_cta


def test_a_mark_is_made_and_taken_away_once(account: Account, csm: User, now: datetime) -> None:
    cta = make_cta(account=account)
    for is_important in (True, True, False):
        marked = ctas.mark_important(cta_id=cta.pk, is_important=is_important, by=csm, now=now)
        assert marked.is_important is is_important
    kinds = list(cta.events.values_list("kind", flat=True))
    assert kinds == ["marked_important", "unmarked_important"]


def test_a_closed_one_is_not_marked(account: Account, csm: User, now: datetime) -> None:
    cta = make_cta(account=account, status="success")
    with pytest.raises(CTAChanged):
        ctas.mark_important(cta_id=cta.pk, is_important=True, by=csm, now=now)


def test_a_risk_says_what_it_would_cost_and_comes_from(
    account: Account, csm: User, now: datetime
) -> None:
    cta = make_cta(account=account)
    assessed = ctas.assess_risk(cta_id=cta.pk, impact="churn", reason="budget", by=csm, now=now)
    assert (assessed.risk_impact, assessed.risk_reason) == ("churn", "budget")
    event = cta.events.get()
    assert (event.kind, event.text) == ("risk_assessed", "Churn, Loss of budget")
    assert event.detail["was"] == {"risk_impact": "", "risk_reason": ""}


def test_only_a_risk_is_assessed(account: Account, csm: User, now: datetime) -> None:
    cta = make_cta(account=account, type=CTAType.RENEWAL)
    with pytest.raises(NotARisk, match="Renewal"):
        ctas.assess_risk(cta_id=cta.pk, impact="churn", by=csm, now=now)


@pytest.mark.parametrize("field", ["risk_impact", "risk_reason"])
def test_the_database_keeps_them_to_risks(account: Account, field: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_cta(account=account, type=CTAType.LIFECYCLE, **{field: "other"})


@pytest.mark.parametrize("status", [status for each in OF_ONE_TYPE.values() for status in each])
def test_the_database_keeps_a_status_to_its_type(account: Account, status: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_cta(account=account, type=CTAType.RISK, status=status)


@pytest.mark.parametrize("cta_type", CTAType.values)
def test_each_status_of_a_type_closes_one(
    account: Account, csm: User, now: datetime, cta_type: str
) -> None:
    for status in closing_statuses(cta_type):
        cta = make_cta(account=account, type=cta_type)
        ctas.close_cta(cta_id=cta.pk, status=status, comment="Why", by=csm, now=now)
        assert CallToAction.objects.get(pk=cta.pk).status == status
