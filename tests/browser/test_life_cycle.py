"""Life cycle and time to value in a browser: told by hand, and without a complaint of axe or policy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Account, User
from tests import factories
from tests.browser.conftest import OPEN

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_first_value_is_set_by_hand_and_counts_in_the_report(
    visit: OPEN,
    complaints: list[str],
    violations: Callable[[], list[str]],
    csm: User,
    account: Account,
) -> None:
    factories.make_edition()
    start = timezone.localdate() - timedelta(days=20)
    factories.make_subscription(account=account, start_date=start)
    page = visit(csm, f"/accounts/{account.pk}/lifecycle/")
    assert violations() == []
    page.get_by_label("What", exact=True).select_option("First value")
    page.get_by_label("On", exact=True).fill(f"{start + timedelta(days=12):%Y-%m-%d}")
    page.get_by_label("How you know").fill("Their release notes")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("row").filter(has_text="First value")).to_contain_text("Day 12")
    page.get_by_label("CI").check()
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("bought for CI", exact=True)).to_be_visible()
    assert violations() == []
    page.get_by_role("link", name="Time to value of all").click()
    expect(page.get_by_role("row").filter(has_text=account.name)).to_contain_text("Day 12, in time")
    assert violations() == []
    assert complaints == []


def test_the_report_fits_a_phone(
    visit: OPEN, violations: Callable[[], list[str]], csm: User, account: Account
) -> None:
    factories.make_subscription(account=account, start_date=timezone.localdate())
    page = visit(csm, "/team/time-to-value/")
    page.set_viewport_size({"width": 390, "height": 800})
    expect(page.get_by_role("link", name=account.name)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations() == []
