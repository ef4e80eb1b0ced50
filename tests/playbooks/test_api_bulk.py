"""One action on many over the API."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import Account, User
from playbooks.models import CallToAction, CTAEvent
from tests.api import post
from tests.factories import NOW, make_account, make_cta, make_task

PATH = "/ctas/bulk/"


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def test_each_has_its_result(csm_client: Client, account: Account, stranger: User) -> None:
    free, held = make_cta(account=account), make_task(cta=make_cta(account=account)).cta
    theirs = make_cta(account=make_account(csm=stranger))
    ids = [held.pk, free.pk, theirs.pk, 999_999, free.pk]
    answer = post(csm_client, PATH, {"action": "close", "ids": ids, "status": "success"})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["done"], told["refused"]) == (1, 3)
    outcomes = {row["id"]: (row["outcome"], row["detail"]) for row in told["results"]}
    assert outcomes[free.pk] == ("done", "")
    assert "required task" in outcomes[held.pk][1]
    assert outcomes[theirs.pk] == outcomes[999_999]  # others' are as those that are not there


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"action": "start"}, {"status": "in_progress"}),
        ({"action": "snooze", "until": "2026-11-20", "reason": "x"}, {"snooze_reason": "x"}),
        ({"action": "move", "days": 3}, {"due_on": "2026-11-23"}),
        ({"action": "mark", "is_important": True}, {"is_important": True}),
    ],
)
def test_each_action(
    csm_client: Client, account: Account, body: dict[str, Any], fields: dict[str, Any]
) -> None:
    cta = make_cta(account=account)
    assert post(csm_client, PATH, body | {"ids": [cta.pk]}).json()["done"] == 1
    assert CallToAction.objects.filter(**fields).exists()


def test_hand_on(csm_client: Client, account: Account, teammate: User) -> None:
    cta = make_cta(account=account)
    body = {"action": "reassign", "ids": [cta.pk], "owner": teammate.email, "tasks": "none"}
    assert post(csm_client, PATH, body).json()["done"] == 1
    cta.refresh_from_db()
    assert cta.owner == teammate


@pytest.mark.parametrize(
    ("body", "attribute"),
    [
        ({"action": "snooze", "ids": [1], "until": "2026-11-20"}, "reason"),
        ({"action": "start", "ids": [1], "days": 3}, "days"),
        ({"action": "start", "ids": []}, "ids"),
        ({"action": "start", "ids": list(range(1, 202))}, "ids"),
        ({"action": "start", "ids": [0]}, "ids.0"),
        ({"action": "erase", "ids": [1]}, "action"),
        ({"action": "start", "ids": [1], "force": True}, "force"),
    ],
)
def test_what_is_wrong_is_named(csm_client: Client, body: dict[str, Any], attribute: str) -> None:
    answer = post(csm_client, PATH, body)
    assert answer.status_code == 400
    assert {error["attr"] for error in answer.json()["errors"]} == {attribute}


def test_a_key_does_it_once(csm_client: Client, account: Account) -> None:
    cta = make_cta(account=account)
    headers = {"idempotency-key": "once"}
    body = {"action": "start", "ids": [cta.pk]}
    first, second = (post(csm_client, PATH, body, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    assert first.json()["done"] == 1
    assert second.headers["Idempotent-Replayed"] == "true"
    assert CTAEvent.objects.count() == 1


def test_a_viewer_may_not(viewer_client: Client, account: Account) -> None:
    body = {"action": "start", "ids": [make_cta(account=account).pk]}
    assert post(viewer_client, PATH, body).status_code == 403
