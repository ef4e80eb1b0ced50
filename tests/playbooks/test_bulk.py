"""One action on many calls to action: each once, each with its result, whatever happens in between."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.errors import RoleForbids
from accounts.models import Account, Job, User
from accounts.services import jobs
from playbooks.errors import TooManyAtOnce
from playbooks.models import BulkRow, BulkRun, CallToAction, CTAEvent
from playbooks.services import bulk
from playbooks.services.bulk import Asked, BulkCounts
from tests.factories import NOW, TODAY, make_account, make_cta, make_task

KEY = uuid.UUID(int=7)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def ask(by: User, *ctas: CallToAction, action: str = "start", **values: Any) -> BulkRun:
    asked = Asked(action, values, "Do it", KEY)
    return bulk.ask(asked=asked, cta_ids=[cta.pk for cta in ctas], by=by, now=NOW)


def events(kind: str) -> int:
    return CTAEvent.objects.filter(kind=kind).count()


ACTIONS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("start", {}, {"status": "in_progress"}),
    ("snooze", {"until": "2026-11-20", "reason": "Freeze"}, {"snooze_reason": "Freeze"}),
    ("close", {"status": "already_solved", "comment": "Done"}, {"status": "already_solved"}),
    ("move", {"days": 3, "move_tasks": True}, {"due_on": TODAY + timedelta(days=7)}),
    ("mark", {"is_important": True}, {"is_important": True}),
]


@pytest.mark.parametrize(("action", "values", "fields"), ACTIONS)
def test_each_is_done_by_its_service(
    account: Account, csm: User, action: str, values: dict[str, Any], fields: dict[str, Any]
) -> None:
    ctas = [make_cta(account=account) for _ in range(3)]
    run = ask(csm, *ctas, action=action, **values)
    assert bulk.work(run) == BulkCounts(done=3)
    assert CallToAction.objects.filter(**fields).count() == 3
    run.refresh_from_db()
    assert (run.values, run.finished_at) == ({}, NOW)


def test_tasks_go_along_as_chosen(account: Account, csm: User, teammate: User) -> None:
    task = make_task(cta=make_cta(account=account), owner=None)
    bulk.work(ask(csm, task.cta, action="reassign", owner=teammate.pk, tasks="all"))
    task.refresh_from_db()
    assert task.owner == teammate


def test_what_is_refused_is_told_and_stops_nobody_else(account: Account, csm: User) -> None:
    free, held, closed = (
        make_cta(account=account),
        make_task(cta=make_cta(account=account)).cta,
        make_cta(account=account, status="success"),
    )
    run = ask(csm, free, held, closed, action="close", status="success")
    assert bulk.work(run) == BulkCounts(done=1, refused=2)
    reasons = dict(run.rows.values_list("cta", "reason"))
    assert "1 required task is still open" in reasons[held.pk]
    assert "Someone was faster" in reasons[closed.pk]
    assert events("closed") == 1


def test_what_somebody_lost_sight_of_is_refused(account: Account, csm: User) -> None:
    cta = make_cta(account=account)
    run = ask(csm, cta)
    account.csm, account.team = None, None
    account.save()
    assert bulk.work(run) == BulkCounts(refused=1)
    assert run.rows.get().reason == "It is no longer there."


def test_what_a_person_does_not_see_is_not_asked_for(csm: User, stranger: User) -> None:
    run = ask(stranger, make_cta(account=make_account(csm=csm)))
    assert bulk.work(run) == BulkCounts()


def test_the_same_key_asks_once(account: Account, csm: User) -> None:
    cta = make_cta(account=account)
    first, second = ask(csm, cta), ask(csm, cta)
    bulk.work(first)
    bulk.work(second)
    assert first == second
    assert events("started") == 1


def test_a_run_that_broke_goes_on_where_it_was(
    account: Account, csm: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctas = [make_cta(account=account) for _ in range(3)]
    run = ask(csm, *ctas)
    start, calls = bulk.ACTS[bulk.Action.START], []

    def breaks_at_the_second(cta_id: int, values: Any, **cause: Any) -> None:
        start(cta_id, values, **cause)
        calls.append(cta_id)
        if len(calls) == 2:
            raise OSError

    monkeypatch.setitem(bulk.ACTS, bulk.Action.START, breaks_at_the_second)
    with pytest.raises(OSError):  # noqa: PT011 - its words do not matter
        bulk.work(run)
    assert bulk.counts_of(run) == BulkCounts(waiting=2, done=1)
    assert events("started") == 1  # the second one was taken back with its row
    assert bulk.work(run) == BulkCounts(done=3)
    assert events("started") == 3


def test_many_are_a_job(account: Account, csm: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST_AT_ONCE", 2)
    run = ask(csm, *(make_cta(account=account) for _ in range(3)))
    assert run.job is not None
    jobs.run(run.job.pk)
    run.job.refresh_from_db()
    assert (run.job.state, run.job.summary) == (Job.State.DONE, {"done": 3, "refused": 0})


def test_too_many_are_refused(csm: User) -> None:
    asked = Asked("start", {}, "Start work")
    with pytest.raises(TooManyAtOnce):
        bulk.ask(asked=asked, cta_ids=range(5_001), by=csm, now=NOW)


def test_a_viewer_asks_for_nothing(viewer: User) -> None:
    with pytest.raises(RoleForbids):
        ask(viewer)


# --- Pages ------------------------------------------------------------------------------------------


def preview(client: Client, **query: Any) -> Any:
    return client.get("/queue/bulk/", query)


def test_a_preview_says_how_many_of_a_selection(csm_client: Client, account: Account) -> None:
    chosen = [make_cta(account=account, title=f"Chosen {n}") for n in range(2)]
    make_cta(account=account, title="Other")
    page = preview(csm_client, cta=[cta.pk for cta in chosen])
    assert "<h1>2 calls to action</h1>" in page.text
    assert "Of 1 account" in page.text
    assert "Close: 2" in page.text
    assert "Other" not in page.text
    assert events("closed") == 0


def test_a_preview_of_all_that_match_goes_by_the_filter(
    csm_client: Client, csm: User, account: Account
) -> None:
    for days in (-1, -2, 9):
        make_cta(account=account, due_on=TODAY + timedelta(days=days))
    assert preview(csm_client, all=1, who="mine", when="late").context["count"] == 2
    assert preview(csm_client, all=1, who="mine").context["count"] == 3


def test_nothing_chosen_leads_back(csm_client: Client) -> None:
    assert "Nothing is chosen" in preview(csm_client).text


def test_too_many_ask_for_a_narrower_filter(
    csm_client: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playbooks.views.bulk.MOST", 1)
    for _ in range(2):
        make_cta(account=account)
    page = preview(csm_client, all=1)
    assert "narrow the filter" in page.text
    assert "Close:" not in page.text


def test_what_was_previewed_is_done_and_told_row_by_row(
    csm_client: Client, account: Account
) -> None:
    first, held = make_cta(account=account), make_task(cta=make_cta(account=account)).cta
    page = preview(csm_client, cta=[first.pk, held.pk])
    key = page.context["forms"][0]["key"].value()
    sent = {"action": "close", "key": key, "ids": f"{first.pk},{held.pk}", "status": "success"}
    for _ in range(2):  # a form that is sent twice is done once
        answer = csm_client.post("/queue/bulk/", sent, follow=True)
        assert "1 done, 1 refused of 2" in answer.text
    assert "Close as Success" in answer.text
    assert "required task is still open" in answer.text
    assert f"/ctas/{first.pk}/reopen/" in answer.text
    assert events("closed") == 1


def test_a_form_that_is_wrong_is_shown_again(csm_client: Client, account: Account) -> None:
    cta = make_cta(account=account)
    sent = {"action": "snooze", "key": str(KEY), "ids": str(cta.pk), "until": "2026-11-20"}
    answer = csm_client.post("/queue/bulk/", sent)
    assert answer.status_code == 422
    assert "This field is required" in answer.text
    assert not BulkRun.objects.exists()


@pytest.mark.parametrize("ids", ["", "x", "1,,2", "9" * 40])
def test_keys_that_are_none_are_refused(csm_client: Client, ids: str) -> None:
    sent = {"action": "start", "key": str(KEY), "ids": ids}
    assert csm_client.post("/queue/bulk/", sent).status_code == 422


def test_one_that_cannot_be_an_owner_is_no_choice(
    csm_client: Client, account: Account, stranger: User
) -> None:
    cta = make_cta(account=account)
    sent = {"action": "reassign", "key": str(KEY), "ids": cta.pk, "owner": stranger.pk}
    assert csm_client.post("/queue/bulk/", sent | {"tasks": "all"}).status_code == 422


def test_results_are_the_askers_own(
    csm_client: Client, stranger_client: Client, csm: User, account: Account
) -> None:
    run = ask(csm, make_cta(account=account, title="Secret"))
    bulk.work(run)
    assert "Secret" in csm_client.get("/queue/bulk/runs/", {"run": run.pk}).text
    assert "Secret" not in stranger_client.get("/queue/bulk/runs/", {"run": run.pk}).text
    assert "Do it" in csm_client.get("/queue/bulk/runs/").text


def test_a_large_one_shows_its_progress(
    csm_client: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST_AT_ONCE", 0)
    cta = make_cta(account=account)
    sent = {"action": "start", "key": str(KEY), "ids": str(cta.pk)}
    page = csm_client.post("/queue/bulk/", sent, follow=True)
    assert "1 waiting of 1" in page.text
    assert 'hx-trigger="every 2s"' in page.text
    jobs.run(Job.objects.get().pk)
    part = csm_client.get(page.request["PATH_INFO"], {"run": BulkRun.objects.get().pk})
    assert "1 done, 0 refused of 1" in part.text
    assert "every 2s" not in part.text


@pytest.mark.parametrize("rows", [3, 30])
def test_preview_and_results_cost_the_same_for_any_number_of_rows(
    csm_client: Client, csm: User, rows: int, django_assert_max_num_queries
) -> None:
    ctas = [make_cta(account=make_account(csm=csm)) for _ in range(rows)]
    with django_assert_max_num_queries(16):
        assert preview(csm_client, all=1).context["count"] == rows
    run = ask(csm, *ctas)
    bulk.work(run)
    with django_assert_max_num_queries(8):
        page = csm_client.get("/queue/bulk/runs/", {"run": run.pk})
    assert len(page.context["rows"]) == rows


def test_rows_go_with_their_account(account: Account, csm: User, now: datetime) -> None:
    ask(csm, make_cta(account=account))
    account.delete()
    assert not BulkRow.objects.exists()
