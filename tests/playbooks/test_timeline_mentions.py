"""Mentions in the notes of a timeline: told once, to those who see the account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from accounts.models import Account, Mention, TimelineActivity, User
from accounts.services import timeline
from accounts.services.timeline import NewActivity
from playbooks.models import Notification
from playbooks.services.alerts.derive import derive
from tests.api import post
from tests.factories import NOW, make_activity, make_follow, make_mention
from tests.playbooks.alerts import begin, told

pytestmark = pytest.mark.django_db
TIMO = "@teammate@foothold.example"


@pytest.fixture(autouse=True)
def begun(db: None) -> None:
    begin()


def a_call(notes: str, **fields: Any) -> NewActivity:
    return NewActivity(kind="call", happened_at=NOW, subject="Weekly call", notes=notes, **fields)


def write(account: Account, notes: str, by: User, now: datetime) -> TimelineActivity:
    return timeline.log_activity(account=account, new=a_call(notes), by=by, now=now)


def rewrite(activity: TimelineActivity, notes: str, by: User, now: datetime) -> TimelineActivity:
    return timeline.change_activity(
        activity_id=activity.pk, seen_at=activity.updated_at, new=a_call(notes), by=by, now=now
    )


def mentioned(activity: TimelineActivity) -> list[User | None]:
    return [mention.user for mention in activity.mentions.all()]


def test_an_entry_tells_whom_it_mentions(
    account: Account, csm: User, teammate: User, now: datetime
) -> None:
    write(account, f"{TIMO} takes over", csm, now)
    derive(now=now)
    assert told(teammate) == [("mentioned", "Cleo mentioned you: Weekly call")]


def test_the_alert_says_what_was_written_and_leads_to_the_account(
    account: Account, csm: User, teammate: User, now: datetime
) -> None:
    write(account, f"{TIMO} takes over", csm, now)
    derive(now=now)
    alert = Notification.objects.get(user=teammate)
    assert (alert.text, alert.get_absolute_url()) == (
        f"{TIMO} takes over",
        f"/accounts/{account.pk}/",
    )


def test_who_does_not_see_the_account_is_not_mentioned(
    account: Account, csm: User, stranger: User, now: datetime
) -> None:
    activity = write(account, "@stranger@foothold.example, @nobody@no.example", csm, now)
    assert mentioned(activity) == []


def test_a_follower_who_is_mentioned_is_told_of_the_mention_alone(
    account: Account, csm: User, teammate: User, now: datetime
) -> None:
    make_follow(user=teammate, account=account)
    write(account, f"{TIMO} takes over", csm, now)
    derive(now=now)
    assert [kind for kind, _ in told(teammate)] == ["mentioned"]


def test_mentioning_oneself_is_no_news(account: Account, csm: User, now: datetime) -> None:
    write(account, "@csm@foothold.example calls them", csm, now)
    assert derive(now=now) == 0


def test_the_same_entry_again_tells_nobody_again(
    account: Account, csm: User, teammate: User, now: datetime
) -> None:
    new = a_call(TIMO)
    for _ in range(2):
        timeline.log_activity(account=account, new=new, by=csm, now=now)
        derive(now=now)
    assert len(told(teammate)) == 1


def test_a_change_tells_whom_it_mentions_anew(
    account: Account, csm: User, teammate: User, viewer: User, now: datetime
) -> None:
    activity = write(account, TIMO, csm, now)
    derive(now=now)
    rewrite(activity, f"{TIMO}, @viewer@foothold.example", csm, now)
    derive(now=now)
    assert (len(told(teammate)), len(told(viewer))) == (1, 1)


def test_a_mention_that_was_gone_for_a_while_is_not_told_again(
    account: Account, csm: User, teammate: User, now: datetime
) -> None:
    activity = write(account, TIMO, csm, now)
    derive(now=now)
    rewrite(rewrite(activity, "", csm, now), TIMO, csm, now)
    derive(now=now)
    assert len(told(teammate)) == 1


def test_a_deleted_entry_tells_nobody(account: Account, teammate: User, now: datetime) -> None:
    make_mention(activity=make_activity(account=account, deleted_at=now), user=teammate)
    assert derive(now=now) == 0


def test_the_timeline_shows_names(
    csm_client: Client, account: Account, csm: User, teammate: User, now: datetime
) -> None:
    write(account, f"Ask {TIMO}, not @stranger@foothold.example", csm, now)
    page = csm_client.get(f"/accounts/{account.pk}/timeline/").text
    assert "Ask @Timo, not @stranger@foothold.example" in page


def test_the_form_says_how(csm_client: Client, account: Account) -> None:
    page = csm_client.get(f"/accounts/{account.pk}/timeline/new/").text
    assert "@their@e-mail.example mentions who sees this account" in page


def test_what_comes_over_the_api_mentions_too(
    csm_client: Client, account: Account, teammate: User
) -> None:
    body = {
        "account": account.external_id,
        "kind": "call",
        "happened_at": "2026-11-16T10:00:00Z",
        "subject": "Weekly call",
        "notes": TIMO,
    }
    post(csm_client, "/activities/", body)
    assert Mention.objects.get().user == teammate


def test_mentions_are_seen_by_who_sees_the_account(
    account: Account, csm: User, stranger: User
) -> None:
    make_mention(activity=make_activity(account=account))
    rows = Mention.objects
    assert (rows.visible_to(csm).count(), rows.visible_to(stranger).count()) == (1, 0)
