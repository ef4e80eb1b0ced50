"""The admin works under the content security policy that every page has."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Account, AuditEntry, User
from accounts.services import audit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_record_is_changed_without_a_complaint(
    visit: Callable[[User, str], Page], complaints: list[str], admin: User, account: Account
) -> None:
    page = visit(admin, f"/admin/accounts/account/{account.pk}/change/")
    expect(page.locator(".select2").first).to_be_visible()  # the scripts of the form have run
    page.get_by_label("Segment").fill("Strategic")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    assert AuditEntry.objects.filter(verb="account.changed").exists()
    assert complaints == []


def test_the_audit_log_is_read_without_a_complaint(
    visit: Callable[[User, str], Page], complaints: list[str], admin: User
) -> None:
    entry = audit.record("done", now=timezone.now(), by=admin)
    page = visit(admin, "/admin/accounts/auditentry/")
    page.get_by_role("row").filter(has_text="done").get_by_role("link").click()
    page.wait_for_url(f"**/auditentry/{entry.pk}/change/")
    expect(page.locator(".field-verb")).to_contain_text("done")
    assert complaints == []
