"""The pages of a timeline: reading it, writing into it, and taking back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, TimelineActivity, User
from accounts.queries import timeline as queries
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(csm: User) -> Account:
    return make.make_account(csm=csm, name="Larch ltd")


def page(account: Account, name: str = "timeline", *more: int) -> str:
    return reverse(f"playbooks:{name}", args=[account.pk, *more])


def said(**fields: Any) -> dict[str, Any]:
    return {
        "key": "00000000-0000-4000-8000-000000000007",
        "kind": "call",
        "happened_at": "2026-11-16T10:00",
        "subject": "Weekly call",
        "notes": "They **like** it.",
        **fields,
    }


def test_an_empty_timeline_says_what_to_do(csm_client: Client, account: Account) -> None:
    assert "log the first call" in csm_client.get(page(account)).content.decode()


def test_an_entry_that_is_sent_twice_is_written_once(
    csm_client: Client, csm: User, account: Account
) -> None:
    for _ in range(2):
        answer = csm_client.post(page(account, "log_activity"), said(users=[csm.pk]))
        assert answer.status_code == 302
    shown = csm_client.get(page(account)).content.decode()
    assert TimelineActivity.objects.get().author == csm
    assert "<strong>like</strong>" in shown


def test_the_moment_is_the_persons(csm_client: Client, csm: User, account: Account) -> None:
    User.objects.filter(pk=csm.pk).update(time_zone="Asia/Tokyo")
    csm_client.post(page(account, "log_activity"), said())
    assert TimelineActivity.objects.get().happened_at.isoformat() == "2026-11-16T01:00:00+00:00"


def test_what_is_wrong_stands_beside_its_field(csm_client: Client, account: Account) -> None:
    answer = csm_client.post(page(account, "log_activity"), said(subject=""))
    assert answer.status_code == 422
    assert "This field is required" in answer.content.decode()


def test_a_contact_of_another_account_cannot_be_named(csm_client: Client, account: Account) -> None:
    make.make_contact(account=account)
    stranger = make.make_contact()
    answer = csm_client.post(page(account, "log_activity"), said(contacts=[stranger.pk]))
    assert (answer.status_code, TimelineActivity.objects.count()) == (422, 0)


def test_a_template_says_what_an_entry_begins_with(csm_client: Client, account: Account) -> None:
    make.make_activity_template(code="monthly", notes="**What changed**")
    shown = csm_client.get(page(account, "log_activity"), {"template": "monthly"})
    assert "**What changed**" in shown.content.decode()


def test_a_template_may_ask_how_the_account_stands(csm_client: Client, account: Account) -> None:
    make.make_activity_template(code="monthly", asks_sentiment=True)
    where = f"{page(account, 'log_activity')}?template=monthly"
    assert csm_client.post(where, said()).status_code == 422
    assert csm_client.post(where, said(sentiment="green")).status_code == 302


def test_logged_from_a_call_to_action_it_leads_back_there(
    csm_client: Client, account: Account
) -> None:
    cta = make.make_cta(account=account, title="Talk to them")
    where = f"{page(account, 'log_activity')}?cta={cta.pk}"
    assert "Talk to them" in csm_client.get(where).content.decode()
    assert csm_client.post(where, said()).headers["Location"] == reverse(
        "playbooks:cta", args=[cta.pk]
    )
    assert cta.links.get().activity == TimelineActivity.objects.get()


def test_a_call_to_action_of_another_account_is_not_named(
    csm_client: Client, account: Account
) -> None:
    cta = make.make_cta(title="Somebody else's")
    shown = csm_client.get(page(account, "log_activity"), {"cta": cta.pk})
    assert "Somebody else" not in shown.content.decode()


def test_entries_of_a_kind(csm_client: Client, account: Account) -> None:
    make.make_activity(account=account, subject="A call we had")
    make.make_activity(account=account, subject="Their EBR", kind="ebr")
    shown = csm_client.get(page(account), {"kind": "ebr"}).content.decode()
    assert ("A call we had" in shown, "Their EBR" in shown) == (False, True)


def test_older_entries_are_a_page_away(csm_client: Client, account: Account) -> None:
    for days in range(queries.ENTRIES_PER_PAGE + 1):
        make.make_activity(
            account=account, subject=f"Day {days}.", happened_at=make.NOW - timedelta(days=days)
        )
    first = csm_client.get(page(account))
    older = csm_client.get(page(account), {"after": first.context["page"].next})
    assert [entry.subject for entry in older.context["page"].object_list] == ["Day 50."]


def test_a_changed_entry_keeps_its_place(csm_client: Client, account: Account) -> None:
    activity = make.make_activity(account=account)
    where = page(account, "change_activity", activity.pk)
    assert activity.subject in csm_client.get(where).content.decode()
    seen_at = {"seen_at": activity.updated_at.isoformat()}
    assert csm_client.post(where, said(subject="Kick-off") | seen_at).status_code == 302
    activity.refresh_from_db()
    assert (activity.subject, TimelineActivity.objects.count()) == ("Kick-off", 1)


def test_who_was_slower_is_told(csm_client: Client, account: Account) -> None:
    activity = make.make_activity(account=account, updated_at=make.NOW)
    late = {"seen_at": (make.NOW - timedelta(minutes=1)).isoformat()}
    answer = csm_client.post(page(account, "change_activity", activity.pk), said() | late)
    assert answer.status_code == 409
    assert "somebody changed it meanwhile" in answer.content.decode()


def test_a_deleted_entry_can_be_brought_back(csm_client: Client, account: Account) -> None:
    activity = make.make_activity(account=account, subject="By mistake")
    deleted = csm_client.post(page(account, "delete_activity", activity.pk), follow=True)
    assert "Undo" in deleted.content.decode()
    csm_client.post(page(account, "restore_activity", activity.pk))
    assert TimelineActivity.objects.kept().get() == activity


def test_deleting_twice_is_told(csm_client: Client, account: Account) -> None:
    activity = make.make_activity(account=account, deleted_at=make.NOW)
    answer = csm_client.post(page(account, "delete_activity", activity.pk), follow=True)
    assert "deleted already" in answer.content.decode()


def test_restoring_what_is_there_is_told(csm_client: Client, account: Account) -> None:
    activity = make.make_activity(account=account)
    answer = csm_client.post(page(account, "restore_activity", activity.pk), follow=True)
    assert "not deleted" in answer.content.decode()


@pytest.mark.parametrize("count", [3, 30])
def test_the_page_costs_the_same_for_many_entries(
    csm_client: Client, csm: User, account: Account, count: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(count):
        activity = make.make_activity(account=account, sentiment="green", author=csm)
        make.make_attendance(activity=activity, contact=make.make_contact(account=account))
        make.make_attendance(activity=activity, user=csm)
        make.make_mention(activity=activity)
    csm_client.get(page(account))
    with django_assert_max_num_queries(10):
        csm_client.get(page(account))


def test_a_call_to_action_follows_from_an_entry(
    csm_client: Client, csm: User, account: Account
) -> None:
    activity = make.make_activity(account=account, subject="They want SSO")
    where = f"{page(account, 'new_cta')}?activity={activity.pk}"
    assert 'value="They want SSO"' in csm_client.get(where).content.decode()
    asked = {
        "key": "00000000-0000-4000-8000-000000000009",
        "title": "Show them SSO",
        "type": "activity",
        "priority": 2,
        "due_on": "2026-12-01",
        "owner": csm.pk,
    }
    assert csm_client.post(where, asked).status_code == 302
    assert account.ctas.get().links.get().activity == activity


def test_an_entry_of_another_account_says_nothing(csm_client: Client, account: Account) -> None:
    activity = make.make_activity(subject="Somebody else's secret")
    where = f"{page(account, 'new_cta')}?activity={activity.pk}"
    assert "secret" not in csm_client.get(where).content.decode()
