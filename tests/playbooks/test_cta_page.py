"""The page of a call to action, and its transitions by form with and without htmx."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Account, User
from playbooks.models import CallToAction, CTAEvent, Task
from tests.factories import (
    NOW,
    TODAY,
    make_account,
    make_cta,
    make_edition,
    make_event,
    make_link,
    make_playbook,
    make_task,
)

PART = {"HX-Request": "true"}
Status = CallToAction.Status
DROP: dict[str, Any] = {
    "kind": "score_drop",
    "component": "ci",
    "component_name": "CI",
    "period": "2026-10",
    "edition": "2025",
    "from_color": "Green",
    "to_color": "Yellow",
    "from_period": "2026-09",
    "from_value": 47.2,
    "to_value": 38.0,
    "text": "CI fell from Green to Yellow: fewer builds",
    "measures": [
        {
            "code": "builds",
            "name": "Builds",
            "unit": "per billable user",
            "is_share": False,
            "value": 38.0,
            "color": "Yellow",
            "bounds": "Green > 40 · Red ≤ 2",
        }
    ],
    "snapshots": [
        {"instance": "u-1", "hostname": "git.larch.example", "recorded_at": "2026-10-28T03:14:00+00:00"},
        {"instance": "991", "hostname": "", "recorded_at": None},
    ],
    "transition": 1,
}  # fmt: skip


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cta(account: Account) -> CallToAction:
    return make_cta(account=account)


def post(client: Client, cta: CallToAction, action: str, headers: Any = None, **data: Any) -> Any:
    return client.post(f"/ctas/{cta.pk}/{action}/", data, headers=headers)


def text_of(client: Client, cta: CallToAction) -> str:
    response = client.get(f"/ctas/{cta.pk}/")
    assert response.status_code == 200
    return " ".join(response.text.split())


def test_the_page_tells_the_evidence(csm_client: Client, account: Account) -> None:
    edition = make_edition()
    cta = make_cta(account=account, evidence=[{**DROP, "edition_id": edition.pk}])
    text = text_of(csm_client, cta)
    for words in (
        "Sep: 47.2",
        "Oct: 38",
        "per billable user",
        "Green &gt; 40 · Red ≤ 2",
        "git.larch.example",
        "28 Oct, 03:14",
        "991",
        f'href="/editions/{edition.pk}/"',
        f'href="/accounts/{account.pk}/?period=2026-10"',
        "fewer builds",
    ):
        assert words in text


def test_shares_are_per_cent_and_the_newest_evidence_comes_first(
    csm_client: Client, account: Account
) -> None:
    share = DROP["measures"][0] | {"is_share": True, "value": 0.61}
    worse = {**DROP, "period": "2026-11", "measures": [share], "from_value": 0.79, "to_value": 0.61}
    text = text_of(csm_client, make_cta(account=account, evidence=[DROP, worse]))
    assert "79 %" in text
    assert text.index("period=2026-11") < text.index("period=2026-10")


def test_evidence_of_another_make_is_shown_as_far_as_it_goes(
    csm_client: Client, account: Account
) -> None:
    assert "Runs on an old version" in text_of(
        csm_client, make_cta(account=account, evidence=[{"text": "Runs on an old version"}])
    )


def test_the_log_has_actors_and_times_in_the_persons_zone(
    csm_client: Client, csm: User, cta: CallToAction
) -> None:
    csm.time_zone = "Europe/Berlin"
    csm.save()
    make_event(cta=cta)
    make_event(cta=cta, kind="snoozed", actor=csm, text="Freeze", detail={"until": "2026-12-01"})
    make_event(cta=cta, kind="closed", actor=csm, detail={"status": "success", "was": "new"})
    text = text_of(csm_client, cta)
    for words in (
        "16 Nov, 10:00",
        "Snoozed to the end of 1 Dec",
        "by Cleo",
        "Freeze",
        "Closed as Success",
    ):
        assert words in text


def test_tasks_show_what_to_do_and_ask(csm_client: Client, account: Account) -> None:
    version = make_playbook(name="Use case dropped").versions.get()
    cta = make_cta(account=account, playbook_version=version)
    make_task(
        cta=cta,
        instructions="Compare.",
        questions="What changed?\nWho decided?",
        links=[{"title": "Guide", "url": "https://docs.example/"}],
        is_required=False,
    )
    text = text_of(csm_client, cta)
    for words in (
        "Use case dropped, version 1",
        "0 of 1 done",
        "Compare.",
        "<li><p>Who decided?</p>",
    ):
        assert words in text
    assert 'href="https://docs.example/"' in text
    assert "optional" in text


def test_strangers_get_404_for_page_and_transition(
    stranger_client: Client, cta: CallToAction
) -> None:
    task = make_task(cta=cta)
    assert stranger_client.get(f"/ctas/{cta.pk}/").status_code == 404
    for action in ("start", "close", "wake", "reassign", f"tasks/{task.pk}/complete"):
        sent = post(stranger_client, cta, action, status=Status.SUCCESS)
        assert sent.status_code == 404
    cta.refresh_from_db()
    assert cta.status == Status.NEW


def test_viewers_read_and_do_not_write(viewer_client: Client, cta: CallToAction) -> None:
    assert "Start work" not in text_of(viewer_client, cta)
    assert post(viewer_client, cta, "start").status_code == 403


def test_a_form_leads_back_to_where_it_was(csm_client: Client, cta: CallToAction) -> None:
    back = post(csm_client, cta, "start", next="/queue/?when=late&cta=1")
    assert (back.status_code, back.headers["Location"]) == (302, "/queue/?when=late&cta=1")
    cta.refresh_from_db()
    assert cta.status == Status.IN_PROGRESS


def test_a_form_does_not_lead_to_another_site(csm_client: Client, cta: CallToAction) -> None:
    back = post(csm_client, cta, "start", next="https://evil.example/")
    assert back.headers["Location"] == f"/ctas/{cta.pk}/"


def test_htmx_gets_the_part_and_the_list_hears_of_it(csm_client: Client, cta: CallToAction) -> None:
    response = post(csm_client, cta, "start", headers=PART)
    assert response.status_code == 200
    assert response.text.lstrip().startswith("<article")
    assert json.loads(response.headers["HX-Trigger"]) == {"ctaChanged": {}}
    assert "Work started." in response.text


def test_ticking_and_taking_it_back(csm_client: Client, cta: CallToAction) -> None:
    task = make_task(cta=cta)
    assert (
        'aria-checked="true"'
        in post(csm_client, cta, f"tasks/{task.pk}/complete", headers=PART).text
    )
    assert (
        'aria-checked="false"'
        in post(csm_client, cta, f"tasks/{task.pk}/reopen", headers=PART).text
    )
    assert Task.objects.get().done_at is None


def test_all_required_tasks_done_offers_to_close(csm_client: Client, cta: CallToAction) -> None:
    task = make_task(cta=cta, position=1)
    make_task(cta=cta, position=2, is_required=False)
    assert "Close as success" not in text_of(csm_client, cta)
    text = post(csm_client, cta, f"tasks/{task.pk}/complete", headers=PART).text
    assert "All required tasks are done." in text
    assert "Close as success" in text


def test_snoozing_and_waking(csm_client: Client, cta: CallToAction) -> None:
    until = TODAY + timedelta(days=8)
    text = post(csm_client, cta, "snooze", headers=PART, until=until, reason="Freeze").text
    assert "Snoozed to the end of Tuesday, 24 November: Freeze" in " ".join(text.split())
    assert "Back in the queue." in post(csm_client, cta, "wake", headers=PART).text
    cta.refresh_from_db()
    assert cta.snoozed_until is None


def test_a_form_that_is_not_filled_in_comes_back(csm_client: Client, cta: CallToAction) -> None:
    response = post(csm_client, cta, "snooze", headers=PART, until="soon", reason="")
    assert response.status_code == 422
    assert "Enter a valid date." in response.text
    for action in ("close", "comment", "reassign", "reschedule"):
        assert post(csm_client, cta, action, headers=PART).status_code == 422
    assert not CTAEvent.objects.exists()


def test_closing_offers_to_undo(csm_client: Client, cta: CallToAction) -> None:
    text = post(csm_client, cta, "close", headers=PART, status=Status.ALREADY_SOLVED).text
    assert "Closed as <strong>Already solved</strong> by Cleo" in text
    assert ">Undo</button>" in text
    assert "Open again." in post(csm_client, cta, "reopen", headers=PART).text
    cta.refresh_from_db()
    assert cta.is_live


def test_later_it_is_opened_again(csm_client: Client, account: Account) -> None:
    closed_at = timezone.now() - timedelta(hours=1)
    cta = make_cta(account=account, status=Status.SUCCESS, closed_at=closed_at)
    assert ">Open again</button>" in text_of(csm_client, cta)


def test_commenting_and_handing_on(csm_client: Client, teammate: User, cta: CallToAction) -> None:
    assert "Comment added." in post(csm_client, cta, "comment", headers=PART, text="Called.").text
    text = post(csm_client, cta, "reassign", headers=PART, owner=teammate.pk).text
    assert "Handed on to Timo." in text
    cta.refresh_from_db()
    assert cta.owner == teammate


def test_what_its_owner_cannot_work_is_taken_over_with_one_click(
    csm_client: Client, csm: User, stranger: User, account: Account
) -> None:
    cta = make_cta(account=account, owner=stranger)
    task = make_task(cta=cta, owner=stranger)
    assert 'id="act-take-over"' in text_of(csm_client, cta)
    text = post(csm_client, cta, "reassign", headers=PART, owner=csm.pk).text
    assert "It is yours now." in text
    assert "act-take-over" not in text
    task.refresh_from_db()
    assert task.owner == csm
    assert cta.events.get().kind == CTAEvent.Kind.REASSIGNED


def test_what_its_owner_works_is_not_offered_to_take_over(
    csm_client: Client, account: Account, teammate: User
) -> None:
    assert "act-take-over" not in text_of(csm_client, make_cta(account=account, owner=teammate))


@pytest.mark.parametrize("action", ["complete", "reopen"])
def test_a_task_is_reached_by_its_own_call_to_action_only(
    csm_client: Client, account: Account, cta: CallToAction, action: str
) -> None:
    done_at = NOW if action == "reopen" else None
    task = make_task(cta=make_cta(account=account), done_at=done_at)
    assert post(csm_client, cta, f"tasks/{task.pk}/{action}").status_code == 404
    task.refresh_from_db()
    assert task.done_at == done_at


def test_only_who_may_work_on_it_is_offered(
    csm_client: Client, manager: User, stranger: User, viewer: User, admin: User, cta: CallToAction
) -> None:
    response = csm_client.get(f"/ctas/{cta.pk}/")
    offered = set(response.context["reassign_form"].fields["owner"].queryset)
    assert offered == {manager, admin}


@pytest.mark.parametrize(("headers", "starts"), [(PART, "<article"), (None, "<!doctype html>")])
def test_who_was_slower_is_told_and_sees_how_it_stands(
    csm_client: Client, cta: CallToAction, headers: Any, starts: str
) -> None:
    post(csm_client, cta, "start")
    response = post(csm_client, cta, "start", headers=headers)
    assert response.status_code == 409
    assert response.text.lstrip().startswith(starts)
    assert "Someone was faster" in response.text
    assert "Work in progress" in response.text


def test_transitions_want_post(csm_client: Client, cta: CallToAction) -> None:
    assert csm_client.get(f"/ctas/{cta.pk}/start/").status_code == 405


def test_opening_one_by_hand(csm_client: Client, csm: User, account: Account) -> None:
    playbook = make_playbook()
    url = f"/accounts/{account.pk}/ctas/new/"
    form = csm_client.get(url).context["form"]
    data = {"key": form["key"].value(), "title": "Prepare", "type": "activity", "priority": 1}
    data |= {"due_on": TODAY, "owner": csm.pk, "playbook": playbook.code, "summary": "Asked for"}
    first, second = csm_client.post(url, data), csm_client.post(url, data)
    opened = CallToAction.objects.get()
    assert first.headers["Location"] == second.headers["Location"] == f"/ctas/{opened.pk}/"
    assert (opened.title, opened.owner, opened.tasks.count()) == ("Prepare", csm, 2)


def test_opening_without_a_title_comes_back(csm_client: Client, account: Account) -> None:
    response = csm_client.post(f"/accounts/{account.pk}/ctas/new/", {})
    assert response.status_code == 422
    assert not CallToAction.objects.exists()


def test_opening_for_strangers_accounts_is_404(csm_client: Client) -> None:
    assert csm_client.get(f"/accounts/{make_account().pk}/ctas/new/").status_code == 404


@pytest.mark.parametrize("rows", [3, 30])
def test_the_page_costs_the_same_however_much_happened(
    csm_client: Client, csm: User, cta: CallToAction, rows: int, django_assert_max_num_queries
) -> None:
    for position in range(rows):
        make_task(cta=cta, position=position, owner=csm, done_at=NOW, done_by=csm)
        make_event(cta=cta, kind="commented", actor=csm, detail={"mentions": [csm.pk]})
        make_link(cta=cta)
    with django_assert_max_num_queries(12):
        csm_client.get(f"/ctas/{cta.pk}/")


def test_a_refusal_keeps_what_was_filled_in(csm_client: Client, cta: CallToAction) -> None:
    make_task(cta=cta)
    response = post(
        csm_client, cta, "close", headers=PART, status=Status.SUCCESS, comment="All good."
    )
    assert response.status_code == 409
    assert "1 required task is still open" in response.text
    assert ">\nAll good.</textarea>" in response.text


def test_a_tick_that_somebody_else_made_is_shown(
    csm_client: Client, teammate_client: Client, cta: CallToAction
) -> None:
    action = f"tasks/{make_task(cta=cta).pk}/complete"
    post(teammate_client, cta, action)
    response = post(csm_client, cta, action, headers=PART)
    assert response.status_code == 409
    assert "this task is already done" in response.text
    assert 'aria-checked="true"' in response.text


def test_undo_beside_a_newer_one_is_refused(csm_client: Client, account: Account) -> None:
    closed = make_cta(account=account, status=Status.SUCCESS, dedupe_key="score_drop:1:ci")
    make_cta(account=account, dedupe_key="score_drop:1:ci")
    response = post(csm_client, closed, "reopen", headers=PART)
    assert response.status_code == 409
    assert "A newer call to action for the same thing is open" in response.text
