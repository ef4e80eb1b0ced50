"""Issuing tokens."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.errors import ScopeNotAllowed, ScopeUnknown, UserInactive
from accounts.models import ApiToken, User
from accounts.services.tokens import create_token
from tests import factories
from tests.api import ROOT


def test_scopes_are_kept_once_and_in_order(csm: User) -> None:
    issued = create_token(user=csm, name="sync", scopes=["work_ctas", "read", "read"])
    assert issued.token.scopes == ["read", "work_ctas"]


def test_a_token_ends(csm: User) -> None:
    token = create_token(user=csm, name="sync", scopes=["read"], lifetime_days=30).token
    assert token.expiry is not None
    assert (token.expiry - token.created).days == pytest.approx(30, abs=1)


@pytest.mark.parametrize("scopes", [[], ["reed"], ["read", "delete"]])
def test_a_scope_that_there_is_not_is_refused(csm: User, scopes: list[str]) -> None:
    with pytest.raises(ScopeUnknown):
        create_token(user=csm, name="sync", scopes=scopes)


def test_a_scope_that_the_role_does_not_have_is_refused(csm: User) -> None:
    with pytest.raises(ScopeNotAllowed):
        create_token(user=csm, name="sync", scopes=["read", "ingest"])


def test_nobody_inactive_gets_a_token(db: None) -> None:
    with pytest.raises(UserInactive):
        create_token(user=factories.make_user(is_active=False), name="sync", scopes=["read"])


def run(**options: object) -> str:
    out = StringIO()
    given = {"user": "loader@foothold.example", "name": "loader", "scopes": "read, ingest"}
    call_command("create_token", **(given | options), stdout=out, stderr=StringIO())
    return out.getvalue().strip()


@pytest.fixture
def loader(db: None) -> User:
    return factories.make_user(User.Role.SERVICE, email="loader@foothold.example")


def test_the_command_prints_the_token_and_nothing_else(loader: User) -> None:
    client = Client(headers={"authorization": f"Token {run()}"})
    assert client.get(f"{ROOT}/accounts/").status_code == 200
    assert ApiToken.objects.get().scopes == ["read", "ingest"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({"user": "nobody@x.example"}, "no user", id="unknown user"),
        pytest.param({"scopes": "reed"}, "no scope reed", id="unknown scope"),
        pytest.param({"scopes": " , "}, "needs a scope", id="no scope"),
        pytest.param({"scopes": "configure"}, "has no configure", id="beyond the role"),
        pytest.param({"days": 0}, "at least 1", id="no lifetime"),
    ],
)
def test_the_command_says_what_is_wrong_and_makes_nothing(loader, options, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(**options)
    assert not ApiToken.objects.exists()
