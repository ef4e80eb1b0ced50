"""On the page of a call to action: moving its due date, marking it, its risk, whose tasks go along."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import Account, User
from playbooks.models import CallToAction, CTAEvent, Task
from tests.factories import NOW, TODAY, make_cta, make_event, make_task

PART = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cta(account: Account) -> CallToAction:
    return make_cta(account=account)


def post(client: Client, cta: CallToAction, action: str, **data: Any) -> Any:
    return client.post(f"/ctas/{cta.pk}/{action}/", data, headers=PART)


def text_of(client: Client, cta: CallToAction) -> str:
    return " ".join(client.get(f"/ctas/{cta.pk}/").text.split())


def test_handing_on_with_all_tasks(csm_client, teammate, manager, cta: CallToAction) -> None:
    task = make_task(cta=cta, owner=manager)
    post(csm_client, cta, "reassign", owner=teammate.pk, tasks="all")
    task.refresh_from_db()
    assert task.owner == teammate


def test_moving_with_its_tasks_and_undo(csm_client: Client, cta: CallToAction) -> None:
    task = make_task(cta=cta, due_on=TODAY)
    text = post(csm_client, cta, "reschedule", due_on="2026-11-27", move_tasks="on").text
    assert "Moved from 20 Nov to 27 Nov, with 1 task." in text
    assert "7 days later than first planned" in text
    assert "Due date moved from 20 Nov to 27 Nov, with 1 task" in text
    task.refresh_from_db()
    assert task.due_on == TODAY + timedelta(days=7)
    event = cta.events.get()
    text = post(csm_client, cta, "undo-reschedule", event=event.pk).text
    assert "Moved back." in text
    assert "first planned" not in text
    task.refresh_from_db()
    assert task.due_on == TODAY


def test_moving_alone_leaves_the_tasks(csm_client: Client, cta: CallToAction) -> None:
    task = make_task(cta=cta, due_on=TODAY)
    post(csm_client, cta, "reschedule", due_on="2026-11-18")
    task.refresh_from_db()
    assert task.due_on == TODAY
    assert "2 days earlier than first planned" in text_of(csm_client, cta)


def test_an_undo_that_comes_too_late_says_so(csm_client: Client, cta: CallToAction) -> None:
    task = make_task(cta=cta)
    post(csm_client, cta, "reschedule", due_on="2026-11-27", move_tasks="on")
    Task.objects.filter(pk=task.pk).update(due_on=TODAY)
    event = cta.events.get()
    response = post(csm_client, cta, "undo-reschedule", event=event.pk)
    assert response.status_code == 409
    assert "have changed since" in response.text


def test_a_move_of_long_ago_is_not_offered_to_undo(
    csm_client: Client, csm: User, cta: CallToAction
) -> None:
    make_event(
        cta=cta, kind="rescheduled", actor=csm, at=NOW - timedelta(hours=1),
        detail={"from": "2026-11-18", "to": "2026-11-20", "tasks": []},
    )  # fmt: skip
    assert "undo-reschedule" not in text_of(csm_client, cta)


def test_marking_and_assessing_a_risk(csm_client: Client, cta: CallToAction) -> None:
    text = post(csm_client, cta, "mark", is_important="1").text
    assert "Not important" in text
    text = post(csm_client, cta, "risk", impact="churn", reason="budget").text
    assert "Risk: Churn, from loss of budget" in " ".join(text.split())
    assert "Mark as important" in post(csm_client, cta, "mark", is_important="0").text


def test_only_risks_have_a_form_of_risk(csm_client: Client, account: Account) -> None:
    cta = make_cta(account=account, type="renewal")
    assert "act-risk" not in text_of(csm_client, cta)
    assert post(csm_client, cta, "risk", impact="churn").status_code == 409


@pytest.mark.parametrize(("action", "data"), [("mark", {}), ("undo-reschedule", {"event": "x"})])
def test_a_button_without_its_value_changes_nothing(
    csm_client: Client, cta: CallToAction, action: str, data: dict[str, str]
) -> None:
    assert post(csm_client, cta, action, **data).status_code == 422
    assert not CTAEvent.objects.exists()
