"""Timelines over the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Account, TimelineActivity, User
from tests import factories as make
from tests.api import post

pytestmark = pytest.mark.django_db
WHERE = "/activities/"


@pytest.fixture
def account(csm: User) -> Account:
    return make.make_account(csm=csm, external_id="A-1")


def call(**fields: Any) -> dict[str, Any]:
    said = {
        "account": "A-1",
        "kind": "call",
        "happened_at": "2026-11-16T10:00:00+01:00",
        "subject": "Weekly call",
    }
    return said | fields


def test_an_entry_is_written_once(csm_client: Client, csm: User, account: Account) -> None:
    make.make_contact(account=account, email="Ada@larch.example", persona="security_lead")
    body = call(
        key="00000000-0000-4000-8000-000000000007",
        users=[csm.email],
        contacts=["ada@LARCH.example"],
        sentiment="yellow",
    )
    first, again = post(csm_client, WHERE, body), post(csm_client, WHERE, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    told = first.json()
    assert (told["happened_at"], told["sentiment"]) == ("2026-11-16T09:00:00Z", "yellow")
    attendances = [(a["user"] and a["user"]["email"], a["contact"] and a["contact"]["persona"])
                   for a in told["attendances"]]  # fmt: skip
    assert attendances == [(csm.email, None), (None, "security_lead")]


def test_an_unknown_contact_is_named(csm_client: Client, account: Account) -> None:
    answer = post(csm_client, WHERE, call(contacts=["nobody@larch.example"]))
    assert (answer.status_code, TimelineActivity.objects.count()) == (409, 0)
    assert "nobody@larch.example" in answer.json()["errors"][0]["detail"]


def test_an_unknown_colleague_is_named_by_place(csm_client: Client, account: Account) -> None:
    answer = post(csm_client, WHERE, call(users=["nobody@foothold.example"]))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"].startswith("users")


def test_entries_are_narrowed(csm_client: Client, account: Account) -> None:
    make.make_activity(account=account, kind="ebr", subject="EBR")
    make.make_activity(account=account, kind="call", sentiment="red", subject="Call")
    make.make_activity(account=account, deleted_at=make.NOW, subject="Gone")
    found = {
        query: [each["subject"] for each in csm_client.get(f"/api/v1{WHERE}?{query}").json()["results"]]
        for query in (
            "kind=ebr", "sentiment=red", "account=A-1", "author=none", "until=2020-01-01T00:00:00Z",
        )
    }  # fmt: skip
    assert found == {
        "kind=ebr": ["EBR"],
        "sentiment=red": ["Call"],
        "account=A-1": ["EBR", "Call"],
        "author=none": ["EBR", "Call"],
        "until=2020-01-01T00:00:00Z": [],
    }


def test_an_entry_is_changed_as_it_was_seen(csm_client: Client, account: Account) -> None:
    activity = make.make_activity(account=account)
    body = call(subject="Kick-off", seen_at=activity.updated_at.isoformat())
    del body["account"]
    changed = post(csm_client, f"{WHERE}{activity.pk}/change/", body)
    assert (changed.status_code, changed.json()["subject"]) == (200, "Kick-off")
    late = post(csm_client, f"{WHERE}{activity.pk}/change/", body)
    assert (late.status_code, late.json()["errors"][0]["code"]) == (409, "activity_changed")


def test_an_entry_is_deleted_and_restored(csm_client: Client, account: Account) -> None:
    activity = make.make_activity(account=account)
    gone = post(csm_client, f"{WHERE}{activity.pk}/delete/", {})
    assert gone.json()["deleted_at"] is not None
    back = post(csm_client, f"{WHERE}{activity.pk}/restore/", {})
    assert back.json()["deleted_at"] is None
