"""What a change of a customer in the admin sets off."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Account, Job, Subscription
from tests.admin.pages import act, change
from tests.factories import (
    make_account,
    make_license,
    make_metric,
    make_raw_payload,
    make_score_card,
    make_snapshot,
    make_subscription,
    make_unmapped_instance,
)

pytestmark = pytest.mark.django_db


def test_withdrawing_consent_erases_what_was_stored(admin_client, account) -> None:
    answer = change(admin_client, account, shares_optional_data=False)
    account.refresh_from_db()
    assert not account.shares_optional_data
    assert "were erased: 0 payloads, 0 snapshots, 0 cards" in answer.text


def test_consent_can_be_given_again(admin_client, account) -> None:
    Account.objects.filter(pk=account.pk).update(shares_optional_data=False)
    account.refresh_from_db()
    change(admin_client, account, shares_optional_data=True)
    account.refresh_from_db()
    assert account.shares_optional_data
    assert account.history.first().shares_optional_data


def test_consent_is_withdrawn_for_many_at_once(admin_client, account) -> None:
    answer = admin_client.post(
        reverse("admin:accounts_account_changelist"),
        {"action": "withdraw_consent", "_selected_action": [account.pk]},
        follow=True,
    )
    account.refresh_from_db()
    assert not account.shares_optional_data
    assert "were erased" in answer.text


def test_a_change_of_age_has_the_account_scored_again(admin_client, account) -> None:
    make_snapshot(instance__subscription__account=account)
    change(admin_client, account, customer_since="2024-03-01")
    assert Job.objects.filter(kind="score").exists()


def test_a_change_of_name_leaves_the_scores_alone(admin_client, account) -> None:
    make_snapshot(instance__subscription__account=account)
    change(admin_client, account, name="Larch Group")
    account.refresh_from_db()
    assert account.name == "Larch Group"
    assert not Job.objects.exists()


def test_a_subscription_that_moves_has_both_accounts_scored(admin_client, account) -> None:
    subscription = make_subscription()
    make_snapshot(instance__subscription=subscription)
    was = subscription.account_id
    change(admin_client, subscription, account=account.pk)
    assert Job.objects.get().params["account_ids"] == sorted([was, account.pk])


def test_a_subscription_that_moves_to_who_withdrew_loses_its_optional_metrics(
    admin_client, account
) -> None:
    make_metric("counts.x", tracked=True, data_category="optional")
    subscription = make_subscription(account=account)
    snapshot = make_snapshot(instance__subscription=subscription, metrics={"counts.x": 1})
    change(admin_client, subscription, account=make_account(shares_optional_data=False).pk)
    snapshot.refresh_from_db()
    assert snapshot.metrics == {}


def test_a_new_subscription_has_its_account_scored(admin_client, account) -> None:
    known = make_subscription(account=account)
    make_snapshot(instance__subscription=known)
    add = {
        "external_id": "NEW", "account": account.pk, "plan": known.plan_id, "delivery": "SaaS",
        "start_date": "2025-01-01", "arr": "1000",
        "licenses-TOTAL_FORMS": 0, "licenses-INITIAL_FORMS": 0,
    }  # fmt: skip
    admin_client.post(reverse("admin:accounts_subscription_add"), add)
    assert Subscription.objects.filter(external_id="NEW").exists()
    assert Job.objects.get().params["account_ids"] == [account.pk]


@pytest.mark.parametrize("is_action", [True, False])
def test_a_subscription_that_is_deleted_has_its_account_scored(
    admin_client, account, is_action
) -> None:
    subscription = make_subscription(account=account)
    make_score_card(account=account)
    if is_action:
        act(admin_client, "accounts_subscription", "delete_selected", [subscription.pk], post="yes")
    else:
        address = reverse("admin:accounts_subscription_delete", args=[subscription.pk])
        admin_client.post(address, {"post": "yes"})
    assert not Subscription.objects.exists()
    assert Job.objects.get().params["account_ids"] == [account.pk]


def test_the_history_of_a_change_names_the_admin(admin_client, admin, account) -> None:
    change(admin_client, account, name="Larch Group")
    newest = account.history.first()
    assert (newest.name, newest.history_user) == ("Larch Group", admin)


def test_a_license_brings_the_instances_that_reported_it(admin_client) -> None:
    instance = make_unmapped_instance(license_sha256="a" * 64)
    make_raw_payload(instance=instance)
    make_snapshot(instance=instance)
    subscription = make_subscription(start_date=date(2025, 1, 1))
    license_ = make_license(subscription=subscription, sha256="b" * 64)
    answer = change(admin_client, license_, sha256="a" * 64)
    instance.refresh_from_db()
    assert instance.subscription == subscription
    assert "belong to its subscription now" in answer.text
