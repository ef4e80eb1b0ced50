"""Pages of those who run it: read and used without a complaint of browser, policy or axe."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from accounts.models import Account, Job, User
from accounts.services.erasure import ERASE
from tests.browser.conftest import OPEN

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_limits_are_read_without_a_complaint(
    visit: OPEN, complaints: list[str], violations: Callable[[], list[str]], admin: User
) -> None:
    page = visit(admin, "/limits/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert violations() == []
    assert complaints == []


def test_an_account_is_erased_after_a_question(
    visit: OPEN, complaints: list[str], admin: User, account: Account
) -> None:
    page = visit(admin, "/admin/accounts/account/")
    page.get_by_role("row").filter(has_text=account.name).get_by_role("checkbox").check()
    page.get_by_label("Action:").select_option("erase_customer")
    page.get_by_role("button", name="Go", exact=True).click()
    assert not Job.objects.filter(kind=ERASE).exists()
    page.get_by_role("button", name="Erase it, for good").click()
    expect(page.locator(".messagelist")).to_contain_text("is being erased")
    assert complaints == []
