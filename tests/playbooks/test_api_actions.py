"""Actions over the API: each does what its page does, or says why not."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import Account, User
from playbooks.models import CallToAction, CTAEvent, Task
from tests import factories
from tests.api import fault, post, token_client

KEY = "6f1c2d9e-0d4b-4c8e-9c53-0f5f3c7f1b11"


@pytest.fixture(autouse=True)
def at_nine(now):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def cta(account: Account) -> CallToAction:
    return factories.make_cta(account=account)


@pytest.mark.parametrize(
    ("before", "action", "body", "after"),
    [
        ({}, "start", {}, {"status": "in_progress"}),
        ({}, "close", {"status": "already_solved"}, {"status": "already_solved"}),
        ({"status": "success"}, "reopen", {}, {"status": "in_progress"}),
        (
            {},
            "snooze",
            {"until": "2026-11-20", "reason": "Back from leave"},
            {"snoozed_until": "2026-11-20", "snooze_reason": "Back from leave"},
        ),
        ({"snoozed_until": "2026-11-20"}, "wake", {}, {"snoozed_until": None}),
        ({}, "comment", {"text": "Called them"}, {"status": "new"}),
        ({}, "mark", {"is_important": True}, {"is_important": True}),
        (
            {"risk_reason": "budget"},
            "assess-risk",
            {"impact": "churn"},
            {"risk_impact": "churn", "risk_reason": None},
        ),
        (
            {},
            "reschedule",
            {"due_on": "2026-11-27"},
            {"due_on": "2026-11-27", "original_due_on": "2026-11-20", "variance_days": 7},
        ),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_an_action_answers_with_what_became_of_it(
    csm_client: Client, account: Account, before, action: str, body, after: dict[str, Any]
) -> None:
    cta = factories.make_cta(account=account, **before)
    response = post(csm_client, f"/ctas/{cta.pk}/{action}/", body)
    assert response.status_code == 200, response.content
    told = response.json()
    assert {name: told[name] for name in after} == after
    assert told["events"][-1]["actor"]["email"] == "csm@foothold.example"


def test_a_cta_is_given_to_a_teammate(csm_client: Client, cta, teammate: User) -> None:
    told = post(csm_client, f"/ctas/{cta.pk}/reassign/", {"owner": "Teammate@foothold.example"})
    assert told.json()["owner"]["id"] == teammate.pk


def test_all_its_open_tasks_can_be_given_along(csm_client, cta, teammate, manager) -> None:
    factories.make_task(cta=cta, owner=manager)
    body = {"owner": teammate.email, "tasks": "all"}
    told = post(csm_client, f"/ctas/{cta.pk}/reassign/", body).json()
    assert told["tasks"][0]["owner"]["id"] == teammate.pk


def test_a_move_is_undone_by_its_event(csm_client: Client, cta: CallToAction) -> None:
    task = factories.make_task(cta=cta)
    moved = post(csm_client, f"/ctas/{cta.pk}/reschedule/", {"due_on": "2026-11-27"}).json()
    assert moved["tasks"][0]["due_on"] == "2026-11-25"
    body = {"event": moved["events"][-1]["id"]}
    told = post(csm_client, f"/ctas/{cta.pk}/undo-reschedule/", body).json()
    assert (told["due_on"], told["tasks"][0]["due_on"]) == ("2026-11-20", str(task.due_on))


def test_only_a_risk_is_assessed(csm_client: Client, account: Account) -> None:
    cta = factories.make_cta(account=account, type="renewal")
    response = post(csm_client, f"/ctas/{cta.pk}/assess-risk/", {"impact": "churn"})
    assert fault(response) == (409, "not_a_risk", None)


def test_a_task_is_ticked_and_unticked(csm_client: Client, cta: CallToAction) -> None:
    task = factories.make_task(cta=cta)
    done = post(csm_client, f"/tasks/{task.pk}/complete/").json()
    assert (done["done_at"], done["done_by"]["name"]) == ("2026-11-16T09:00:00Z", "Cleo")
    assert post(csm_client, f"/tasks/{task.pk}/reopen/").json()["done_at"] is None


@pytest.mark.parametrize(
    ("action", "body", "code"),
    [
        ("close", {"status": "not_relevant"}, "comment_needed"),
        ("close", {"status": "not_needed"}, "status_not_allowed"),
        ("close", {"status": "lost_no_budget"}, "status_not_allowed"),
        ("close", {"status": "success"}, "required_tasks_open"),
        ("reschedule", {"due_on": "2026-11-20"}, "due_then"),
        ("undo-reschedule", {"event": 1}, "move_outdated"),
        ("reopen", {}, "cta_changed"),
        ("snooze", {"until": "2026-11-15", "reason": "Later"}, "snooze_not_in_future"),
        ("reassign", {"owner": "stranger@foothold.example"}, "owner_cannot_work"),
    ],
)
def test_what_the_rules_forbid_is_a_conflict(
    csm_client: Client, cta, stranger, action: str, body, code: str
) -> None:
    factories.make_task(cta=cta)
    response = post(csm_client, f"/ctas/{cta.pk}/{action}/", body)
    assert fault(response) == (409, code, None)
    assert not CTAEvent.objects.filter(cta=cta).exists()


def test_a_task_that_is_done_is_not_done_again(csm_client: Client, cta: CallToAction) -> None:
    task = factories.make_task(cta=cta)
    post(csm_client, f"/tasks/{task.pk}/complete/")
    assert fault(post(csm_client, f"/tasks/{task.pk}/complete/")) == (409, "task_changed", None)


@pytest.mark.parametrize(
    ("action", "body", "named"),
    [
        ("close", {}, "status"),
        ("close", {"status": "new"}, "status"),
        ("snooze", {"until": "soon", "reason": "Later"}, "until"),
        ("snooze", {"until": "2026-11-20"}, "reason"),
        ("comment", {"text": " "}, "text"),
        ("comment", {"text": "\x00"}, "text"),
        ("comment", {"text": "\ud800"}, "text"),
        ("comment", {"text": "x" + 5_000 * " "}, "text"),
        ("reassign", {"owner": "nobody@foothold.example"}, "owner"),
        ("reassign", {"owner": 7}, "owner"),
        ("reassign", {"owner": {}}, "owner"),
        ("reassign", {"owner": "teammate@foothold.example", "tasks": "some"}, "tasks"),
        ("reschedule", {}, "due_on"),
        ("undo-reschedule", {"event": 10**30}, "event"),
        ("assess-risk", {"impact": "weather"}, "impact"),
        ("mark", {}, "is_important"),
        ("start", {"owner": "me"}, "owner"),
    ],
)
def test_a_body_that_does_not_fit_is_refused(
    csm_client: Client, cta, teammate: User, action: str, body, named: str
) -> None:
    status, _, attr = fault(post(csm_client, f"/ctas/{cta.pk}/{action}/", body))
    assert (status, attr) == (400, named)


@pytest.mark.parametrize(
    "action",
    [
        "start", "close", "reopen", "snooze", "wake", "comment", "reassign", "reschedule",
        "undo-reschedule", "assess-risk", "mark",
    ],
)  # fmt: skip
class TestWhoMayAct:
    def test_of_strangers_there_is_nothing_to_act_on(self, stranger_client, cta, action) -> None:
        assert fault(post(stranger_client, f"/ctas/{cta.pk}/{action}/"))[0] == 404

    def test_a_viewer_may_not(self, viewer_client, cta, action) -> None:
        assert fault(post(viewer_client, f"/ctas/{cta.pk}/{action}/"))[0] == 403

    def test_a_token_without_the_scope_may_not(self, csm, cta, action) -> None:
        client = token_client(csm, "read")
        assert fault(post(client, f"/ctas/{cta.pk}/{action}/"))[0] == 403


def test_a_service_acts_with_its_scope(cta: CallToAction) -> None:
    service = factories.make_user(User.Role.SERVICE)
    client = token_client(service, "read", "work_ctas")
    post(client, f"/ctas/{cta.pk}/comment/", {"text": "Ticket 12"})
    assert CTAEvent.objects.get(cta=cta).actor == service


def test_an_answer_with_a_record_wants_the_scope_to_read(account: Account, cta) -> None:
    client = token_client(factories.make_user(User.Role.SERVICE), "work_ctas")
    task = factories.make_task(cta=cta)
    assert post(client, f"/ctas/{cta.pk}/comment/", {"text": "Ticket 12"}).status_code == 403
    assert post(client, f"/tasks/{task.pk}/complete/").status_code == 403
    assert post(client, "/ctas/", opening(account)).status_code == 403
    assert not CTAEvent.objects.exists()


def test_a_service_is_given_none(csm_client: Client, cta: CallToAction) -> None:
    service = factories.make_user(User.Role.SERVICE)
    response = post(csm_client, f"/ctas/{cta.pk}/reassign/", {"owner": service.email})
    assert fault(response) == (409, "owner_cannot_work", None)


@pytest.mark.parametrize("action", ["complete", "reopen"])
def test_tasks_are_guarded_alike(viewer_client, stranger_client, cta, action: str) -> None:
    task = factories.make_task(cta=cta)
    path = f"/tasks/{task.pk}/{action}/"
    assert post(viewer_client, path).status_code == 403
    assert post(stranger_client, path).status_code == 404
    assert Task.objects.get().done_at is None


def opening(account: Account, **more: Any) -> dict[str, Any]:
    body = {"title": "Call them", "type": "activity", "due_on": "2026-11-30"}
    return body | {"account": account.external_id} | more


def test_a_cta_is_opened_by_hand(csm_client: Client, csm: User, account: Account) -> None:
    response = post(csm_client, "/ctas/", opening(account, priority="high"))
    assert response.status_code == 201
    told = response.json()
    assert (told["title"], told["priority"], told["status"]) == ("Call them", "high", "new")
    assert told["owner"]["id"] == csm.pk


def test_a_risk_is_opened_with_what_it_would_cost(csm_client: Client, account: Account) -> None:
    risk = {"type": "risk", "risk_impact": "seat_churn", "risk_reason": "budget"}
    told = post(csm_client, "/ctas/", opening(account, **risk, is_important=True)).json()
    assert (told["risk_impact"], told["is_important"]) == ("seat_churn", True)
    refused = post(csm_client, "/ctas/", opening(account, risk_impact="churn"))
    assert fault(refused) == (409, "not_a_risk", None)


def test_a_cta_is_opened_with_a_playbook(csm_client: Client, account: Account) -> None:
    playbook = factories.make_playbook(steps=3)
    told = post(csm_client, "/ctas/", opening(account, playbook=playbook.code)).json()
    assert told["playbook"] == {"code": playbook.code, "name": playbook.name, "version": 1}
    assert len(told["tasks"]) == 3


@pytest.mark.parametrize("code", ["none", "drafted", 7, []])
def test_a_playbook_that_is_none_is_refused(csm_client: Client, account: Account, code) -> None:
    factories.make_playbook(code="drafted", published=False)
    response = post(csm_client, "/ctas/", opening(account, playbook=code))
    assert fault(response)[::2] == (400, "playbook")
    assert not CallToAction.objects.exists()


def test_a_cta_that_is_sent_twice_is_opened_once(csm_client: Client, account: Account) -> None:
    body = opening(account, key=KEY)
    first = post(csm_client, "/ctas/", body)
    with time_machine.travel("2026-11-16T09:00:05Z", tick=False):
        again = post(csm_client, "/ctas/", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert CallToAction.objects.count() == 1


def test_a_cta_is_not_opened_for_an_account_of_a_stranger(stranger_client, account) -> None:
    response = post(stranger_client, "/ctas/", opening(account))
    assert fault(response) == (400, "does_not_exist", "account")


def test_a_viewer_opens_none(viewer_client: Client, account: Account) -> None:
    assert post(viewer_client, "/ctas/", opening(account)).status_code == 403
