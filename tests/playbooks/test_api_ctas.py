"""Calls to action over the API: lists and records."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from accounts.models import Account, User
from tests import factories
from tests.api import ROOT, fault, ids, results

CTAS = "/ctas/"


@pytest.fixture(autouse=True)
def at_nine(now):
    with time_machine.travel(now, tick=False):
        yield


def test_a_list_is_short_and_a_record_tells_all(csm_client: Client, account: Account) -> None:
    cta = factories.make_cta(account=account, evidence=[{"component": "ci"}])
    task = factories.make_task(cta=cta, owner=account.csm)
    factories.make_event(cta=cta, actor=None)
    (row,) = results(csm_client, CTAS)
    told = csm_client.get(f"{ROOT}{CTAS}{cta.pk}/").json()
    assert not {"evidence", "tasks", "events"} & set(row)
    assert (row["priority"], row["period"], row["owner"]["email"]) == (
        "medium", "2026-10", "csm@foothold.example",
    )  # fmt: skip
    assert told["evidence"] == [{"component": "ci"}]
    assert [one["id"] for one in told["tasks"]] == [task.pk]
    assert (told["events"][0]["kind"], told["events"][0]["actor"]) == ("opened", None)


def test_the_playbook_is_told_with_its_version(csm_client: Client, account: Account) -> None:
    playbook = factories.make_playbook(code="at-risk", name="At risk")
    factories.make_cta(account=account, playbook_version=playbook.versions.get())
    (row,) = results(csm_client, CTAS)
    assert row["playbook"] == {"code": "at-risk", "name": "At risk", "version": 1}


@pytest.mark.parametrize(
    "wanted",
    [
        {"account": "A-1"},
        {"owner": "me"},
        {"owner": "csm@foothold.example"},
        {"status": "in_progress"},
        {"status": "in_progress,success"},
        {"type": "expansion"},
        {"type": "expansion,renewal"},
        {"priority": "high"},
        {"component": "security"},
        {"due_before": "2026-11-02"},
    ],
    ids=str,
)
def test_ctas_are_narrowed_by(csm: User, csm_client: Client, teammate: User, wanted) -> None:
    one = factories.make_cta(
        account=factories.make_account(csm=csm, external_id="A-1"),
        status="in_progress",
        type="expansion",
        priority=1,
        component="security",
        due_on=date(2026, 11, 1),
    )
    factories.make_cta(account=factories.make_account(csm=teammate))
    assert ids(csm_client, CTAS, **wanted) == [one.pk]


def test_live_snoozed_and_awake_ones_are_told_apart(csm_client: Client, account: Account) -> None:
    awake = factories.make_cta(account=account)
    snoozed = factories.make_cta(account=account, snoozed_until=date(2026, 11, 17))
    closed = factories.make_cta(account=account, status="success")
    assert ids(csm_client, CTAS, live="true") == [awake.pk, snoozed.pk]
    assert ids(csm_client, CTAS, live="false") == [closed.pk]
    assert ids(csm_client, CTAS, snoozed="true") == [snoozed.pk]
    assert ids(csm_client, CTAS, snoozed="false") == [awake.pk]


def test_a_snooze_ends_with_a_day_of_the_organisation(
    csm_client: Client, account: Account, settings: Settings
) -> None:
    settings.ORGANISATION_TIME_ZONE = "Pacific/Kiritimati"
    over_there = factories.make_cta(account=account, snoozed_until=date(2026, 11, 15))
    with time_machine.travel("2026-11-15T22:00:00Z", tick=False):
        assert ids(csm_client, CTAS, snoozed="false") == [over_there.pk]


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        ({"status": "open"}, "status"),
        ({"priority": "1"}, "priority"),
        ({"live": "yes"}, "live"),
        ({"due_before": "soon"}, "due_before"),
        ({"due_before": "11/30/2026"}, "due_before"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(csm_client: Client, wanted, named: str) -> None:
    status, _, attr = fault(csm_client.get(f"{ROOT}{CTAS}", wanted))
    assert (status, (attr or "").split(".")[0]) == (400, named)


def test_ctas_and_tasks_of_strangers_are_not_there(stranger_client: Client, account) -> None:
    task = factories.make_task(cta=factories.make_cta(account=account))
    assert ids(stranger_client, CTAS) == ids(stranger_client, "/tasks/") == []
    assert stranger_client.get(f"{ROOT}{CTAS}{task.cta_id}/").status_code == 404
    assert stranger_client.get(f"{ROOT}/tasks/{task.pk}/").status_code == 404


def test_tasks_are_narrowed_by(csm: User, csm_client: Client, account: Account, now) -> None:
    cta = factories.make_cta(account=account)
    done = factories.make_task(cta=cta, owner=csm, done_at=now, due_on=date(2026, 11, 1))
    todo = factories.make_task(cta=factories.make_cta(account=account))
    assert ids(csm_client, "/tasks/", cta=cta.pk) == [done.pk]
    assert ids(csm_client, "/tasks/", done="true") == [done.pk]
    assert ids(csm_client, "/tasks/", done="false") == [todo.pk]
    assert ids(csm_client, "/tasks/", owner="me") == [done.pk]
    assert ids(csm_client, "/tasks/", due_before="2026-11-02") == [done.pk]


@pytest.mark.parametrize("rows", [3, 30])
@pytest.mark.parametrize("path", [CTAS, "/tasks/"])
def test_query_count_of_lists_is_flat(
    csm: User, csm_client: Client, path: str, rows: int, django_assert_max_num_queries
) -> None:
    for _ in range(rows):
        playbook = factories.make_playbook(steps=0)
        cta = factories.make_cta(
            account=factories.make_account(csm=csm),
            trigger=factories.make_trigger(),
            playbook_version=playbook.versions.get(),
            status="success",
            closed_by=factories.make_user(),
        )
        factories.make_task(cta=cta, owner=factories.make_user())
    with django_assert_max_num_queries(3):  # session, person, rows
        assert len(ids(csm_client, path)) == rows


@pytest.mark.parametrize("rows", [3, 30])
def test_query_count_of_a_record_is_flat(
    csm_client: Client, account: Account, rows: int, django_assert_max_num_queries
) -> None:
    cta = factories.make_cta(account=account)
    for _ in range(rows):
        factories.make_task(cta=cta, owner=factories.make_user(), done_by=factories.make_user())
        factories.make_event(cta=cta, actor=factories.make_user())
    with django_assert_max_num_queries(6):  # session, person, record, tasks, events, links
        csm_client.get(f"{ROOT}{CTAS}{cta.pk}/")
