"""Who may call the API: sessions and tokens, roles and scopes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Account, ApiToken, User
from accounts.services.tokens import create_token
from tests import factories
from tests.api import ROOT, fault, ids, post, token_client

ACCOUNTS = f"{ROOT}/accounts/"


def test_without_credentials_nothing_is_told(db: None) -> None:
    response = Client().get(ACCOUNTS)
    assert fault(response) == (401, "not_authenticated", None)
    assert response["WWW-Authenticate"] == "Token"


def test_a_signed_in_person_reads(csm_client: Client, account: Account) -> None:
    assert ids(csm_client, "/accounts/") == [account.pk]


def test_a_token_reads(csm: User, account: Account) -> None:
    assert ids(token_client(csm, "read"), "/accounts/") == [account.pk]


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param("Token", id="nothing behind the word"),
        pytest.param("Token " + "0" * 64, id="a token that was never issued"),
        pytest.param("Token two words", id="two words"),
        pytest.param("Token \xff\x00", id="bytes that are no text"),
    ],
)
def test_a_bad_token_is_refused(db: None, sent: str) -> None:
    response = Client(headers={"authorization": sent}).get(ACCOUNTS)
    assert fault(response) == (401, "authentication_failed", None)


def test_an_expired_token_is_refused(csm: User) -> None:
    client = token_client(csm)
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert client.get(ACCOUNTS).status_code == 401


def test_a_token_of_someone_who_left_is_refused(csm: User) -> None:
    client = token_client(csm)
    User.objects.filter(pk=csm.pk).update(is_active=False)
    assert client.get(ACCOUNTS).status_code == 401


def test_a_token_without_the_scope_reads_nothing(csm: User) -> None:
    assert fault(token_client(csm, "work_ctas").get(ACCOUNTS)) == (403, "permission_denied", None)


def test_a_scope_does_not_outlive_the_role(csm: User) -> None:
    cta = factories.make_cta(account=factories.make_account(csm=csm))
    client = token_client(csm, "read", "work_ctas")
    User.objects.filter(pk=csm.pk).update(role=User.Role.VIEWER)
    assert post(client, f"/ctas/{cta.pk}/start/").status_code == 403


def test_the_use_of_a_token_is_noted(csm: User) -> None:
    token_client(csm).get(ACCOUNTS)
    used_at = ApiToken.objects.get().last_used_at
    assert used_at is not None
    assert timezone.now() - used_at < timedelta(minutes=1)


def test_the_use_of_a_token_is_not_written_with_every_request(csm: User) -> None:
    client = token_client(csm)
    just_now = timezone.now() - timedelta(seconds=30)
    ApiToken.objects.update(last_used_at=just_now)
    client.get(ACCOUNTS)
    assert ApiToken.objects.get().last_used_at == just_now


def test_a_session_needs_the_csrf_token_to_write(csm: User) -> None:
    cta = factories.make_cta(account=factories.make_account(csm=csm))
    client = Client(enforce_csrf_checks=True)
    client.force_login(csm)
    assert post(client, f"/ctas/{cta.pk}/start/").status_code == 403


def test_a_session_with_the_csrf_token_writes(csm: User) -> None:
    cta = factories.make_cta(account=factories.make_account(csm=csm))
    client = Client(enforce_csrf_checks=True)
    client.force_login(csm)
    client.cookies["csrftoken"] = "a" * 32
    response = post(client, f"/ctas/{cta.pk}/start/", headers={"x-csrftoken": "a" * 32})
    assert response.status_code == 200


def test_a_method_that_is_not_there_is_told_so_to_a_reader(csm_client: Client) -> None:
    assert fault(csm_client.put(ACCOUNTS))[:2] == (405, "method_not_allowed")


def test_no_cache_on_the_way_keeps_what_was_told(csm_client: Client) -> None:
    assert "no-store" in csm_client.get(ACCOUNTS)["Cache-Control"]


def test_times_are_utc_wherever_the_person_lives(csm: User, account: Account) -> None:
    csm.time_zone = "Asia/Tokyo"
    csm.save()
    client = Client()
    client.force_login(csm)
    told = client.get(f"{ACCOUNTS}{account.pk}/").json()["created_at"]
    assert told.endswith("Z")


def test_a_token_is_issued_once_in_plaintext(csm: User) -> None:
    issued = create_token(user=csm, name="export", scopes=["read"])
    assert issued.plaintext not in str(ApiToken.objects.values().get())
    assert issued.plaintext not in repr(issued)
