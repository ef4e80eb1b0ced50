"""A backtest in a browser: asked for, shown when it is done, and without a complaint of axe or policy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from accounts.models import User
from accounts.services import jobs
from tests import factories
from tests.browser.conftest import OPEN
from tests.usage import outcome_book as book
from usage.models import Backtest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def admin(db: None) -> User:
    return factories.make_user(User.Role.ADMIN, email="lab@foothold.example")


def test_a_backtest_is_asked_for_and_read(
    visit: OPEN, complaints: list[str], violations: Callable[[], list[str]], admin: User
) -> None:
    edition = factories.make_edition()
    book.build(30, book.planted(), lost_share=0.5)
    page = visit(admin, f"/editions/{edition.pk}/")
    page.get_by_role("link", name="Backtest").click()
    assert violations() == []
    page.get_by_label("Months before").fill("3, 6")
    page.get_by_label("Known is").select_option("recorded")
    page.get_by_role("button", name="Start the backtest").click()
    expect(page.get_by_role("heading", name="The backtest runs")).to_be_visible()
    assert violations() == []
    job = Backtest.objects.get().job
    assert job is not None
    jobs.run(job.pk)
    expect(page.get_by_role("heading", name="What it says")).to_be_visible()
    expect(page.get_by_text("Red 3 months before caught").first).to_be_visible()
    assert violations() == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations() == []
    assert complaints == []
