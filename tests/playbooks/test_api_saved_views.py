"""Saved views of the queue over the API: the caller's own, and what the team shares."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from playbooks.models import SavedView
from playbooks.services.saved_views import save_view
from tests import factories as make
from tests.api import post, results

pytestmark = pytest.mark.django_db
VIEWS = "/saved-views/"


def test_a_view_is_kept_and_replaced_by_name(csm_client: Client, csm: User) -> None:
    for when in ("late", "today"):
        body = {"name": "Mine", "params": {"when": when}, "is_default": True}
        assert post(csm_client, f"{VIEWS}save/", body).status_code == 200
    [told] = results(csm_client, VIEWS)
    assert (told["name"], told["params"], told["address"]) == (
        "Mine",
        {"when": "today"},
        "?when=today",
    )
    assert (told["owner"]["email"], told["is_default"]) == (csm.email, True)


def test_views_of_the_team_are_told_and_others_are_not(csm_client: Client, csm: User) -> None:
    mate = make.make_user(team=csm.team)
    save_view(owner=mate, name="Ours", params={}, is_shared=True)
    save_view(owner=mate, name="Theirs", params={})
    save_view(owner=make.make_user(team=make.make_team()), name="Far", params={}, is_shared=True)
    assert [each["name"] for each in results(csm_client, VIEWS)] == ["Ours"]
    assert results(csm_client, VIEWS, shared="false") == []


@pytest.mark.parametrize("params", [{"when": "never"}, {"colour": "red"}, {"when": 3.5}])
def test_what_the_queue_does_not_know_is_refused(
    csm_client: Client, params: dict[str, object]
) -> None:
    answer = post(csm_client, f"{VIEWS}save/", {"name": "Mine", "params": params})
    assert answer.status_code == 400
    assert not SavedView.objects.exists()


def test_only_ones_own_view_is_removed(csm_client: Client, csm: User) -> None:
    mate = make.make_user(team=csm.team)
    theirs = save_view(owner=mate, name="Ours", params={}, is_shared=True)
    own = save_view(owner=csm, name="Mine", params={})
    answers = [
        post(csm_client, f"{VIEWS}remove/", {"id": each.pk}).json() for each in (theirs, own)
    ]
    assert answers == [{"removed": 0}, {"removed": 1}]
    assert list(SavedView.objects.all()) == [theirs]
