"""Consent over the API: read with its history, withdrawn and granted by who configures."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Account, Job, User
from tests import factories
from tests.api import ROOT, fault, post, token_client
from tests.usage.payloads import BUILDS

pytestmark = pytest.mark.django_db


def told(client: Client, account: Account) -> dict[str, list[dict[str, object]]]:
    answer: dict[str, list[dict[str, object]]] = client.get(
        f"{ROOT}/accounts/{account.pk}/consent/"
    ).json()
    return answer


def test_each_category_is_told(csm_client: Client, account: Account) -> None:
    standing = told(csm_client, account)["standing"]
    assert [(row["category"], row["state"]) for row in standing] == [
        ("operational", "granted"),
        ("subscription", "granted"),
        ("optional", "granted"),
    ]


def test_withdrawing_says_how_much_was_erased(admin_client: Client, account: Account) -> None:
    factories.make_metric(BUILDS, data_category="optional")
    instance = factories.make_instance(subscription=factories.make_subscription(account=account))
    factories.make_snapshot(instance=instance, metrics={BUILDS: 4000})
    body = {"state": "withdrawn", "note": "By letter"}
    answer = post(admin_client, f"/accounts/{account.pk}/consent/", body)
    assert answer.status_code == 200
    newest = answer.json()["history"][0]
    assert newest["erased"]["snapshots"] == 1
    assert (newest["source"], newest["note"]) == ("api", "By letter")
    assert newest["by"]["email"] == "admin@foothold.example"
    assert Job.objects.filter(kind="score").exists()


def test_it_can_be_granted_again(admin_client: Client, account: Account) -> None:
    for state in ("withdrawn", "granted", "granted"):
        post(admin_client, f"/accounts/{account.pk}/consent/", {"state": state})
    history = told(admin_client, account)["history"]
    assert [row["state"] for row in history] == ["granted", "withdrawn", "granted"]


def test_what_comes_with_the_contract_is_not_withdrawn(
    admin_client: Client, account: Account
) -> None:
    body = {"state": "withdrawn", "category": "operational"}
    answer = post(admin_client, f"/accounts/{account.pk}/consent/", body)
    assert fault(answer) == (409, "consent_comes_with_contract", None)


def test_granting_what_comes_with_the_contract_notes_nothing(
    admin_client: Client, account: Account
) -> None:
    body = {"state": "granted", "category": "subscription"}
    post(admin_client, f"/accounts/{account.pk}/consent/", body)
    assert not account.consents.exists()


@pytest.mark.parametrize("scopes", [("read",), ("configure",)])
def test_a_token_needs_both_scopes(admin: User, account: Account, scopes: tuple[str, ...]) -> None:
    client = token_client(admin, *scopes)
    answer = post(client, f"/accounts/{account.pk}/consent/", {"state": "withdrawn"})
    assert answer.status_code == 403
    account.refresh_from_db()
    assert account.shares_optional_data


def test_an_unknown_parameter_is_refused(csm_client: Client, account: Account) -> None:
    answer = csm_client.get(f"{ROOT}/accounts/{account.pk}/consent/?since={timezone.now():%Y}")
    assert fault(answer)[0] == 400
