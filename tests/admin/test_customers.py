"""What a change of a customer in the admin sets off."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Account, Job
from tests.admin.pages import change
from tests.factories import (
    make_license,
    make_raw_payload,
    make_snapshot,
    make_subscription,
    make_unmapped_instance,
)

pytestmark = pytest.mark.django_db


def test_withdrawing_consent_erases_what_was_stored(admin_client, account) -> None:
    answer = change(admin_client, account, shares_optional_data=False)
    account.refresh_from_db()
    assert not account.shares_optional_data
    assert "Optional metrics were erased from 0 payloads" in answer.text


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
