"""Mentions in comments: of those who see the account, and of nobody else."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from accounts.models import Account, User
from playbooks.models import CallToAction
from playbooks.services import ctas
from tests.api import post
from tests.factories import make_cta, make_user


@pytest.fixture
def cta(account: Account) -> CallToAction:
    return make_cta(account=account)


def mentions(cta: CallToAction, text: str, by: User, now: datetime) -> list[int]:
    event = ctas.comment(cta_id=cta.pk, text=text, by=by, now=now)
    return list(event.detail["mentions"])


def test_a_comment_knows_whom_it_mentions(
    cta: CallToAction, csm: User, teammate: User, viewer: User, now: datetime
) -> None:
    text = "@Teammate@foothold.example, tell @viewer@foothold.example"
    assert mentions(cta, text, csm, now) == [teammate.pk, viewer.pk]


def test_who_does_not_see_the_account_is_not_mentioned(
    cta: CallToAction, csm: User, stranger: User, now: datetime
) -> None:
    make_user(email="gone@foothold.example", team=csm.team, is_active=False)
    make_user(User.Role.SERVICE, email="crm@foothold.example")
    text = "@stranger@foothold.example @gone@foothold.example @crm@foothold.example @no@no.example"
    assert mentions(cta, text, csm, now) == []


def test_a_comment_without_mentions_asks_of_nobody(
    cta: CallToAction, csm: User, now: datetime
) -> None:
    assert mentions(cta, "Called, see mail@foothold.example.", csm, now) == []


def test_the_log_shows_names(
    csm_client: Client, cta: CallToAction, csm: User, teammate: User, stranger: User, now: datetime
) -> None:
    text = "Ask @teammate@foothold.example, not @stranger@foothold.example"
    ctas.comment(cta_id=cta.pk, text=text, by=csm, now=now)
    page = csm_client.get(f"/ctas/{cta.pk}/").text
    assert "Ask @Timo, not @stranger@foothold.example" in page


def test_the_api_tells_whom_a_comment_mentions(
    csm_client: Client, cta: CallToAction, teammate: User
) -> None:
    told = post(csm_client, f"/ctas/{cta.pk}/comment/", {"text": "@teammate@foothold.example?"})
    assert told.json()["events"][-1]["detail"] == {"mentions": [teammate.pk]}
