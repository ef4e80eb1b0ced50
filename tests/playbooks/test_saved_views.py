"""Views of the queue that people save, share and open with."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from playbooks.errors import SavedViewUnnamed, TooManySavedViews
from playbooks.models import SavedView
from playbooks.services import saved_views
from playbooks.services.saved_views import delete_view, save_view
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_what_the_queue_does_not_know_is_left_out(csm: User) -> None:
    given = {"who": "team", "when": "ever", "priority": "1", "q": " la\0rch ", "cta": "5"}
    view = save_view(owner=csm, name="  My  team ", params=given)
    assert view.params == {"who": "team", "priority": "1", "q": "larch"}
    assert view.name == "My team"


def test_the_same_name_replaces(csm: User) -> None:
    save_view(owner=csm, name="Late", params={"when": "late"})
    save_view(owner=csm, name="Late", params={"when": "week"}, is_shared=True)
    view = SavedView.objects.get()
    assert (view.params, view.is_shared) == ({"when": "week"}, True)


def test_one_is_the_default(csm: User) -> None:
    save_view(owner=csm, name="First", params={}, is_default=True)
    save_view(owner=csm, name="Second", params={}, is_default=True)
    assert SavedView.objects.get(is_default=True).name == "Second"


def test_a_view_has_a_name(csm: User) -> None:
    with pytest.raises(SavedViewUnnamed):
        save_view(owner=csm, name=" \0 ", params={})


def test_a_person_keeps_so_many(csm: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "MOST", 1)
    save_view(owner=csm, name="First", params={})
    save_view(owner=csm, name="First", params={})
    with pytest.raises(TooManySavedViews):
        save_view(owner=csm, name="Second", params={})


def test_shared_ones_are_seen_by_the_team_alone(
    csm: User, teammate: User, stranger: User, viewer: User
) -> None:
    save_view(owner=csm, name="Shared", params={}, is_shared=True)
    save_view(owner=csm, name="Own", params={})
    alone = make_user(User.Role.CSM, team=None)
    save_view(owner=alone, name="Of nobody's team", params={}, is_shared=True)

    def names(user: User) -> list[str]:
        return [view.name for view in SavedView.objects.visible_to(user)]

    assert names(csm) == ["Own", "Shared"]
    assert names(teammate) == ["Shared"]
    assert names(stranger) == names(viewer) == []


def test_nobody_takes_a_view_of_others_away(csm: User, teammate: User) -> None:
    view = save_view(owner=csm, name="Shared", params={}, is_shared=True)
    delete_view(view_id=view.pk, owner=teammate)
    assert SavedView.objects.exists()
    delete_view(view_id=view.pk, owner=csm)
    assert not SavedView.objects.exists()


def test_a_queue_opens_with_the_default(csm: User, csm_client: Client) -> None:
    save_view(owner=csm, name="Late", params={"who": "team", "when": "late"}, is_default=True)
    answer = csm_client.get("/queue/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/queue/?who=team&when=late")
    page = csm_client.get("/queue/", {"who": "team", "when": "late"})
    assert 'id="when-all" href="/queue/?who=team"' in page.text  # a way out of it


def test_a_view_is_saved_from_the_queue_and_listed(csm_client: Client) -> None:
    sent = {"name": "Late ones", "who": "mine", "when": "late", "is_shared": "1"}
    page = csm_client.post("/queue/views/", sent, follow=True)
    assert page.request["QUERY_STRING"] == "who=mine&when=late"
    assert "“Late ones” is kept." in page.text
    assert 'aria-current="true">Late ones' in page.text
    listed = csm_client.get("/queue/views/")
    assert "Shared with my team" in listed.text
    gone = csm_client.post("/queue/views/", {"delete": SavedView.objects.get().pk}, follow=True)
    assert "No view is saved yet" in gone.text


def test_a_view_without_a_name_is_refused_in_words(csm_client: Client) -> None:
    page = csm_client.post("/queue/views/", {"name": " ", "who": "mine"}, follow=True)
    assert "Give the view a name" in page.text
