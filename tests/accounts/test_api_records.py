"""Accounts and subscriptions over the API."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from accounts.models import Account, User
from tests import factories
from tests.api import ROOT, ids, results


def test_an_account_is_told_with_its_people(
    csm_client: Client, csm: User, account: Account
) -> None:
    (told,) = results(csm_client, "/accounts/")
    assert told["external_id"] == account.external_id
    assert told["csm"] == {"id": csm.pk, "email": "csm@foothold.example", "name": "Cleo"}
    assert told["team"] == "EMEA"


def test_an_account_of_a_stranger_is_neither_listed_nor_found(
    stranger_client: Client, account: Account
) -> None:
    assert ids(stranger_client, "/accounts/") == []
    assert stranger_client.get(f"{ROOT}/accounts/{account.pk}/").status_code == 404


def test_a_parent_that_the_caller_sees_is_named(csm: User, csm_client: Client) -> None:
    parent = factories.make_account(csm=csm)
    child = factories.make_account(csm=csm, parent=parent)
    told = csm_client.get(f"{ROOT}/accounts/{child.pk}/").json()
    assert told["parent"] == parent.external_id


def test_a_parent_that_the_caller_does_not_see_is_not_named(csm: User, csm_client: Client) -> None:
    child = factories.make_account(csm=csm, parent=factories.make_account())
    assert csm_client.get(f"{ROOT}/accounts/{child.pk}/").json()["parent"] is None


@pytest.mark.parametrize(
    "wanted",
    [
        {"external_id": "A-1"},
        {"csm": "CSM@foothold.example"},
        {"csm": "me"},
        {"segment": "strategic"},
        {"region": "emea"},
        {"q": "larc"},
    ],
    ids=str,
)
def test_accounts_are_narrowed_by(csm: User, csm_client: Client, teammate, wanted) -> None:
    one = factories.make_account(
        external_id="A-1", name="Larch", csm=csm, segment="Strategic", region="EMEA"
    )
    factories.make_account(external_id="A-2", name="Oak", csm=teammate, segment="Growth")
    assert ids(csm_client, "/accounts/", **wanted) == [one.pk]


def test_accounts_of_nobody_can_be_asked_for(viewer_client: Client, account: Account) -> None:
    unowned = factories.make_account(csm=None)
    assert ids(viewer_client, "/accounts/", csm="none") == [unowned.pk]


def test_accounts_are_narrowed_by_the_id_of_a_csm(viewer_client: Client, csm, account) -> None:
    factories.make_account()
    assert ids(viewer_client, "/accounts/", csm=csm.pk) == [account.pk]


def test_a_subscription_tells_money_exactly(csm_client: Client, account: Account) -> None:
    factories.make_subscription(account=account, arr="1234567.89")
    (told,) = results(csm_client, "/subscriptions/")
    assert told["arr"] == "1234567.89"
    assert told["account"]["external_id"] == account.external_id
    assert told["plan"] == "Premium"


@pytest.mark.parametrize(
    "wanted",
    [
        {"account": "A-1"},
        {"external_id": "S-1"},
        {"plan": "ultimate"},
        {"delivery": "SaaS"},
        {"active_on": "2026-01-31"},
        {"ends_before": "2026-02-01"},
    ],
    ids=str,
)
def test_subscriptions_are_narrowed_by(csm: User, csm_client: Client, wanted) -> None:
    one = factories.make_subscription(
        account=factories.make_account(external_id="A-1", csm=csm),
        external_id="S-1",
        plan=factories.make_plan("Ultimate"),
        delivery="SaaS",
        start_date=date(2025, 2, 1),
        end_date=date(2026, 1, 31),
    )
    factories.make_subscription(
        account=factories.make_account(csm=csm), start_date=date(2026, 2, 1)
    )
    assert ids(csm_client, "/subscriptions/", **wanted) == [one.pk]


def test_an_account_is_also_found_by_our_id(csm: User, csm_client: Client) -> None:
    one, _ = (factories.make_subscription(account__csm=csm) for _ in range(2))
    assert ids(csm_client, "/subscriptions/", account=one.account_id) == [one.pk]


def test_where_ids_collide_the_vendors_own_counts(csm: User, csm_client: Client) -> None:
    ours = factories.make_subscription(account__csm=csm)
    theirs = factories.make_subscription(
        account=factories.make_account(csm=csm, external_id=str(ours.account_id))
    )
    assert ids(csm_client, "/subscriptions/", account=ours.account_id) == [theirs.pk]


@pytest.mark.parametrize("rows", [3, 30])
@pytest.mark.parametrize("path", ["/accounts/", "/subscriptions/"])
def test_query_count_is_flat(
    csm: User, csm_client: Client, path: str, rows: int, django_assert_max_num_queries
) -> None:
    for _ in range(rows):
        account = factories.make_account(csm=csm, team=csm.team, parent=factories.make_account())
        factories.make_subscription(account=account)
    with django_assert_max_num_queries(3):  # session, person, rows
        assert len(ids(csm_client, path)) == rows
