"""Who leaves, changes role or changes team: the next request already knows."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.access.cast import Cast
from tests.access.urlconf import is_sent_to_sign_in
from tests.api import ROOT, token_client


def alter(person: User, **fields: object) -> None:
    User.objects.filter(pk=person.pk).update(**fields)


def test_the_session_of_who_left_ends_with_the_next_request(csm: User, csm_client: Client) -> None:
    assert csm_client.get("/queue/").status_code == 200
    alter(csm, is_active=False)
    assert is_sent_to_sign_in(csm_client.get("/queue/"))
    assert csm_client.get(f"{ROOT}/accounts/").status_code == 401


def test_the_token_of_who_left_ends_with_the_next_request(csm: User) -> None:
    client = token_client(csm)
    assert client.get(f"{ROOT}/accounts/").status_code == 200
    alter(csm, is_active=False)
    assert client.get(f"{ROOT}/accounts/").status_code == 401


def test_who_comes_back_does_not_get_the_old_session_back_after_a_new_password(
    csm: User, csm_client: Client
) -> None:
    alter(csm, is_active=False)
    csm.refresh_from_db()
    csm.set_password("another-4-tests")
    csm.is_active = True
    csm.save()
    assert is_sent_to_sign_in(csm_client.get("/queue/"))


def test_an_admin_no_more_is_out_of_the_admin_at_once(admin: User, admin_client: Client) -> None:
    assert admin_client.get("/admin/").status_code == 200
    alter(admin, role=User.Role.CSM)
    assert admin_client.get("/admin/", follow=True).status_code == 403


def test_a_viewer_now_changes_nothing_any_more(csm: User, csm_client: Client, world: Cast) -> None:
    alter(csm, role=User.Role.VIEWER)
    address = reverse("playbooks:start", args=[world.cta.pk])
    assert csm_client.post(address).status_code == 403
    assert csm_client.post(f"{ROOT}/ctas/{world.cta.pk}/start/").status_code == 403


@pytest.mark.parametrize("by_token", [False, True], ids=["session", "token"])
def test_a_new_team_hides_the_accounts_of_the_old_one(
    teammate: User, teammate_client: Client, world: Cast, *, by_token: bool
) -> None:
    client = token_client(teammate) if by_token else teammate_client
    address = f"{ROOT}/accounts/{world.account.pk}/"
    assert client.get(address).status_code == 200
    alter(teammate, team=None)
    assert client.get(address).status_code == 404
