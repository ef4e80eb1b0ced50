"""Issuing tokens, taking them out of use, and what becomes of a call with one that is no good."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.errors import LifetimeNotAllowed, ScopeNotAllowed, ScopeUnknown, UserInactive
from accounts.models import ApiToken, AuditEntry, User
from accounts.services.tokens import create_token, revoke_token
from tests import factories
from tests.api import ROOT, fault, token_client


def test_scopes_are_kept_once_and_in_order(csm: User) -> None:
    issued = create_token(user=csm, name="sync", scopes=["work_ctas", "read", "read"])
    assert issued.token.scopes == ["read", "work_ctas"]


def test_a_token_ends(csm: User) -> None:
    token = create_token(user=csm, name="sync", scopes=["read"], lifetime_days=30).token
    assert token.expiry is not None
    assert (token.expiry - token.created).days == pytest.approx(30, abs=1)


@pytest.mark.parametrize("days", [0, 731])
def test_a_token_lives_neither_for_ever_nor_not_at_all(csm: User, days: int) -> None:
    with pytest.raises(LifetimeNotAllowed):
        create_token(user=csm, name="sync", scopes=["read"], lifetime_days=days)


def test_nothing_that_is_stored_is_the_token(csm: User) -> None:
    plaintext = create_token(user=csm, name="sync", scopes=["read"]).plaintext
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_apitoken")
        stored = " ".join(map(str, cursor.fetchone()))
        cursor.execute("SELECT * FROM accounts_auditentry")
        stored += " ".join(map(str, cursor.fetchall()))
    assert plaintext[:8] in stored  # by which it is found again
    assert plaintext[:20] not in stored
    assert plaintext[20:] not in stored


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


def test_an_expired_token_is_refused_by_that_name_and_stays_in_the_list(csm: User) -> None:
    client = token_client(csm)
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert fault(client.get(f"{ROOT}/accounts/")) == (401, "token_expired", None)
    assert ApiToken.objects.exists()


def test_a_token_of_somebody_inactive_is_refused(csm: User) -> None:
    client = token_client(csm)
    User.objects.filter(pk=csm.pk).update(is_active=False)
    assert fault(client.get(f"{ROOT}/accounts/")) == (401, "authentication_failed", None)


def test_a_token_that_begins_like_another_one_is_still_wrong(csm: User) -> None:
    plaintext = create_token(user=csm, name="sync", scopes=["read"]).plaintext
    wrong = plaintext[:-1] + ("0" if plaintext[-1] != "0" else "1")
    answer = Client(headers={"authorization": f"Token {wrong}"}).get(f"{ROOT}/accounts/")
    assert fault(answer) == (401, "authentication_failed", None)


def test_a_scope_that_a_token_lacks_is_not_its_users_either(csm: User, account) -> None:
    cta = factories.make_cta(account=account)
    reader = token_client(csm, "read")
    assert reader.get(f"{ROOT}/ctas/{cta.pk}/").status_code == 200
    assert reader.post(f"{ROOT}/ctas/{cta.pk}/start/").status_code == 403


def test_a_revoked_token_is_out_of_use_and_on_record(csm: User, admin: User, now: datetime) -> None:
    client = token_client(csm)
    assert revoke_token(ApiToken.objects.get(), now=now, by=admin)
    assert client.get(f"{ROOT}/accounts/").status_code == 401
    entry = AuditEntry.objects.get(verb="token.revoked")
    assert (entry.actor, entry.detail["user"]) == (admin, csm.email)


def test_a_token_is_revoked_once(csm: User, now: datetime) -> None:
    token = create_token(user=csm, name="sync", scopes=["read"]).token
    assert [revoke_token(token, now=now), revoke_token(token, now=now)] == [True, False]
    assert AuditEntry.objects.filter(verb="token.revoked").count() == 1


def listed(*keys: str) -> str:
    out = StringIO()
    call_command("revoke_token", *keys, stdout=out)
    return out.getvalue()


def test_the_command_lists_tokens_with_last_use_and_end(csm: User) -> None:
    token_client(csm, "read").get(f"{ROOT}/accounts/")
    used, expiry = ApiToken.objects.values_list("last_used_at", "expiry").get()
    assert f"csm@foothold.example  read  used {used:%Y-%m-%d}  ends {expiry:%Y-%m-%d}" in listed()


def test_the_command_lists_a_token_that_was_never_used(csm: User) -> None:
    create_token(user=csm, name="sync", scopes=["read"])
    ApiToken.objects.update(expiry=None)
    assert "used never  ends never" in listed()


def test_the_command_revokes_by_the_begin_of_a_token(csm: User) -> None:
    token = create_token(user=csm, name="sync", scopes=["read"]).token
    assert "is revoked" in listed(token.token_key)
    assert not ApiToken.objects.exists()


def test_the_command_says_that_there_is_no_such_token(db: None) -> None:
    with pytest.raises(CommandError, match="No token begins with"):
        listed("12345678")


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
        pytest.param({"expires_days": 0}, "at least 1", id="no lifetime"),
        pytest.param({"expires_days": 731}, "at most 730", id="too long a lifetime"),
    ],
)
def test_the_command_says_what_is_wrong_and_makes_nothing(loader, options, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(**options)
    assert not ApiToken.objects.exists()
