"""Consent, export, erasure and retention in the admin."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Contact, Erasure, Job, RetentionRule
from accounts.services import retention
from tests.admin.pages import act, change
from tests.factories import make_account, make_contact, make_subscription

pytestmark = pytest.mark.django_db

ACCOUNTS, CONTACTS = "accounts_account", "accounts_contact"


def test_the_history_of_consent_stands_under_the_account(
    admin_client: Client, account: Account
) -> None:
    change(admin_client, account, shares_optional_data=False)
    page = admin_client.get(reverse("admin:accounts_account_change", args=[account.pk]))
    told = page.content.decode()
    assert "Withdrawn" in told
    assert "Customer&#x27;s request" in told


def test_consent_is_noted_again_for_many(admin_client: Client, account: Account) -> None:
    act(admin_client, ACCOUNTS, "withdraw_consent", [account.pk])
    act(admin_client, ACCOUNTS, "grant_consent", [account.pk])
    account.refresh_from_db()
    assert account.shares_optional_data
    assert account.consents.count() == 3


def test_an_account_is_downloaded_whole(admin_client: Client, account: Account) -> None:
    make_subscription(account=account, external_id="S-1")
    answer = act(admin_client, ACCOUNTS, "export_customer", [account.pk])
    assert f'filename="account-{account.pk}.zip"' in answer["Content-Disposition"]
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    (told,) = json.loads(archive.read("subscriptions.json"))
    assert told["external_id"] == "S-1"
    assert archive.read("subscriptions.csv").decode().splitlines()[1].split(",")[1] == "S-1"
    assert json.loads(archive.read("about.json"))["rows"]["subscriptions"] == 1


def test_an_account_is_erased_after_it_was_asked(admin_client: Client, account: Account) -> None:
    page = act(admin_client, ACCOUNTS, "erase_customer", [account.pk])
    assert "This erases" in page.content.decode()
    assert not Erasure.objects.exists()
    answer = act(admin_client, ACCOUNTS, "erase_customer", [account.pk], sure="yes")
    assert "is being erased" in answer.content.decode()
    assert Job.objects.get(kind="erase_account").params == {"erasure": Erasure.objects.get().pk}


def test_several_are_not_erased_at_once(admin_client: Client, account: Account) -> None:
    both = [account.pk, make_account().pk]
    for action in ("erase_customer", "export_customer"):
        assert "Choose one" in act(admin_client, ACCOUNTS, action, both).content.decode()
    assert not Erasure.objects.exists()


def test_a_contact_is_downloaded_and_erased(admin_client: Client) -> None:
    contact = make_contact()
    answer = act(admin_client, CONTACTS, "export_contact", [contact.pk])
    assert b"".join(answer.streaming_content).startswith(b"PK")
    page = act(admin_client, CONTACTS, "erase_contact", [contact.pk])
    assert "This erases" in page.content.decode()
    act(admin_client, CONTACTS, "erase_contact", [contact.pk], sure="yes")
    assert not Contact.objects.exists()


def test_several_contacts_are_not_erased_at_once(admin_client: Client) -> None:
    both = [make_contact().pk, make_contact().pk]
    for action in ("erase_contact", "export_contact"):
        assert "Choose one" in act(admin_client, CONTACTS, action, both).content.decode()
    assert Contact.objects.count() == 2


def test_a_retention_rule_is_enabled_and_applied(admin_client: Client) -> None:
    admin_client.get(reverse("admin:accounts_retentionrule_changelist"))
    rule = RetentionRule.objects.get(kind="payloads")
    change(admin_client, rule, days=90, enabled=True)
    rule.refresh_from_db()
    assert (rule.days, rule.enabled) == (90, True)
    answer = act(admin_client, "accounts_retentionrule", "apply_now", [rule.pk])
    assert "applies all enabled rules" in answer.content.decode()
    assert Job.objects.filter(kind="apply_retention").exists()


def test_without_an_enabled_rule_nothing_is_applied(admin_client: Client) -> None:
    retention.rules()
    RetentionRule.objects.update(enabled=False)
    ids = RetentionRule.objects.values_list("pk", flat=True)
    answer = act(admin_client, "accounts_retentionrule", "apply_now", list(ids)[:1])
    assert "No rule is enabled" in answer.content.decode()
