"""Ids of others, wherever one can be handed in: in a path, a form, a body, a filter."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from playbooks.models import CallToAction, Task
from tests import factories
from tests.access.cast import MARK, Cast
from tests.access.urlconf import told
from tests.api import ROOT, post

DUE = {"title": "Call", "type": "risk", "due_on": "2026-12-01"}


@pytest.fixture
def own(stranger: User) -> CallToAction:
    """A call to action of the stranger's, who is about to name what is the csm's."""
    account = factories.make_account(csm=stranger, team=stranger.team)
    return factories.make_cta(account=account, owner=stranger)


@pytest.mark.parametrize("action", ["complete_task", "reopen_task"])
def test_a_task_of_others_under_ones_own_call_to_action_is_not_there(
    action: str, own: CallToAction, world: Cast, stranger_client: Client
) -> None:
    address = reverse(f"playbooks:{action}", args=[own.pk, world.task.pk])
    assert stranger_client.post(address).status_code == 404
    assert Task.objects.get(pk=world.task.pk).done_at is None


def test_a_task_of_ones_own_under_a_call_to_action_of_others_is_not_there(
    own: CallToAction, world: Cast, stranger_client: Client
) -> None:
    task = factories.make_task(cta=own)
    address = reverse("playbooks:complete_task", args=[world.cta.pk, task.pk])
    assert stranger_client.post(address).status_code == 404
    assert Task.objects.get(pk=task.pk).done_at is None


@pytest.mark.parametrize("part", ["", "?who=all"])
def test_a_call_to_action_of_others_beside_the_queue_is_not_shown(
    part: str, own: CallToAction, world: Cast, stranger_client: Client
) -> None:
    address = f"{reverse('playbooks:queue')}{part or '?'}&cta={world.cta.pk}"
    response = stranger_client.get(address)
    assert response.status_code == 200
    assert MARK not in told(response)


def test_somebody_who_does_not_see_the_account_is_no_choice_for_its_owner(
    own: CallToAction, csm: User, stranger_client: Client
) -> None:
    address = reverse("playbooks:reassign", args=[own.pk])
    page = stranger_client.post(address, {"owner": csm.pk})
    assert page.status_code == 422
    assert csm.email not in page.text
    own.refresh_from_db()
    assert own.owner != csm


def test_somebody_who_does_not_see_the_account_is_refused_over_the_api(
    own: CallToAction, csm: User, stranger_client: Client
) -> None:
    response = post(stranger_client, f"/ctas/{own.pk}/reassign/", {"owner": csm.email})
    assert response.status_code in {400, 409}
    own.refresh_from_db()
    assert own.owner != csm


def test_an_account_of_others_in_a_body_is_as_one_that_is_not_there(
    world: Cast, stranger_client: Client
) -> None:
    theirs, nobodys = (
        post(stranger_client, "/ctas/", {"account": name, **DUE})
        for name in (world.account.external_id, "no-such-account")
    )
    assert theirs.status_code == nobodys.status_code == 400
    of_theirs = theirs.text.replace(world.account.external_id, "no-such-account")
    assert of_theirs == nobodys.text  # it repeats what was sent, and says nothing else
    assert CallToAction.objects.count() == 1


FILTERS = [
    ("subscriptions", "account"),
    ("instances", "account"),
    ("score-cards", "account"),
    ("transitions", "account"),
    ("ctas", "account"),
    ("accounts", "external_id"),
]


@pytest.mark.parametrize(("path", "parameter"), FILTERS)
def test_a_filter_does_not_tell_whether_an_account_of_others_is_there(
    path: str, parameter: str, world: Cast, stranger_client: Client
) -> None:
    answers = [
        stranger_client.get(f"{ROOT}/{path}/", {parameter: value})
        for value in (world.account.external_id, "no-such-account")
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["results"] == []


@pytest.mark.parametrize(
    ("path", "parameter", "part"),
    [("tasks", "cta", "cta"), ("instances", "subscription", "subscription")],
)
def test_a_filter_by_a_record_of_others_is_empty(
    path: str, parameter: str, part: str, world: Cast, stranger_client: Client
) -> None:
    record = getattr(world, part)
    value = getattr(record, "external_id", record.pk)
    answer = stranger_client.get(f"{ROOT}/{path}/", {parameter: value})
    assert answer.json()["results"] == []


def test_the_parent_of_an_account_is_told_to_who_sees_it_alone(
    world: Cast, own: CallToAction, stranger_client: Client, admin_client: Client
) -> None:
    own.account.parent = world.account
    own.account.save()
    address = f"{ROOT}/accounts/{own.account_id}/"
    assert stranger_client.get(address).json()["parent"] is None
    assert admin_client.get(address).json()["parent"] == world.account.external_id


def test_the_page_of_an_account_names_no_parent_of_others(
    world: Cast, own: CallToAction, stranger_client: Client
) -> None:
    own.account.parent = world.account
    own.account.save()
    page = stranger_client.get(reverse("playbooks:account", args=[own.account_id]))
    assert page.status_code == 200
    assert MARK not in told(page)
