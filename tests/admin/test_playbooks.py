from __future__ import annotations

import pytest
from django.urls import reverse

from playbooks.models import CallToAction
from tests.admin.pages import act
from tests.factories import NOW, make_cta, make_playbook, make_task

pytestmark = pytest.mark.django_db

CTAS = "playbooks_calltoaction"


def test_closing_asks_how_first(admin_client, account) -> None:
    cta = make_cta(account=account)
    answer = act(admin_client, CTAS, "close_selected", [cta.pk])
    cta.refresh_from_db()
    assert cta.is_live
    assert 'name="status"' in answer.text


def test_calls_are_closed_by_their_service(admin_client, admin, account) -> None:
    cta = make_cta(account=account)
    answer = act(
        admin_client, CTAS, "close_selected", [cta.pk], confirmed="yes", status="already_solved"
    )
    cta.refresh_from_db()
    assert (cta.status, cta.closed_by) == (CallToAction.Status.ALREADY_SOLVED, admin)
    assert cta.events.get().kind == "closed"
    assert "1 call to action changed." in answer.text


def test_what_cannot_be_closed_is_told_and_the_others_are(admin_client, account) -> None:
    unfinished = make_task(cta=make_cta(account=account)).cta
    finished = make_cta(account=account)
    answer = act(
        admin_client,
        CTAS,
        "close_selected",
        [unfinished.pk, finished.pk],
        confirmed="yes",
        status="success",
    )
    assert "1 required task is still open" in answer.text
    assert "1 call to action changed." in answer.text


def test_calls_are_handed_over(admin_client, account, teammate) -> None:
    cta = make_cta(account=account)
    act(
        admin_client,
        CTAS,
        "reassign_selected",
        [cta.pk],
        confirmed="yes",
        owner=teammate.pk,
        tasks="owners",
    )
    cta.refresh_from_db()
    assert cta.owner == teammate


def test_a_closed_call_is_reopened(admin_client, account) -> None:
    cta = make_cta(account=account, status=CallToAction.Status.SUCCESS)
    act(admin_client, CTAS, "reopen_selected", [cta.pk])
    cta.refresh_from_db()
    assert cta.is_live


def test_a_status_is_not_set_by_hand(admin_client, account) -> None:
    cta = make_cta(account=account)
    address = reverse("admin:playbooks_calltoaction_change", args=[cta.pk])
    assert admin_client.post(address, {"status": "success"}).status_code == 403


def test_a_new_version_is_a_copy_to_work_on(admin_client) -> None:
    playbook = make_playbook(steps=3)
    act(admin_client, "playbooks_playbook", "new_version", [playbook.pk])
    act(admin_client, "playbooks_playbook", "new_version", [playbook.pk])  # the draft there is
    draft, published = playbook.versions.all()
    assert (draft.number, draft.published_at, published.published_at) == (2, None, NOW)
    assert draft.steps.count() == published.steps.count() == 3


def test_a_draft_is_published_with_the_digest_of_its_steps(admin_client) -> None:
    playbook = make_playbook()
    act(admin_client, "playbooks_playbook", "new_version", [playbook.pk])
    draft = playbook.versions.get(published_at=None)
    act(admin_client, "playbooks_playbookversion", "publish", [draft.pk])
    draft.refresh_from_db()
    assert draft.published_at is not None
    assert len(draft.digest) == 32


def test_a_published_version_is_not_published_again(admin_client) -> None:
    version = make_playbook().versions.get()
    answer = act(admin_client, "playbooks_playbookversion", "publish", [version.pk])
    assert "is published and stays as it is" in answer.text


def test_a_version_without_steps_is_not_published(admin_client) -> None:
    version = make_playbook(steps=0, published=False).versions.get()
    answer = act(admin_client, "playbooks_playbookversion", "publish", [version.pk])
    assert "has no steps" in answer.text


@pytest.mark.parametrize("published", [False, True])
def test_steps_change_with_a_draft_only(admin_client, published) -> None:
    version = make_playbook(published=published).versions.get()
    page = admin_client.get(
        reverse("admin:playbooks_playbookversion_change", args=[version.pk])
    ).text
    assert ('name="steps-0-title"' in page) is not published
