"""The health page and success plans as a person meets them: both widths, both colour schemes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Literal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize, expect

from accounts.models import Account, User
from tests import factories
from tests.browser.conftest import OPEN
from usage.periods import period_of
from usage.services.scoring import ScoreRequest, score

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
}


@pytest.fixture
def judged(account: Account, csm: User) -> Account:
    """An account that has something of all that health reads."""
    now = timezone.now()
    factories.make_health_edition()
    factories.make_subscription(account=account)
    lately = now - timedelta(days=3)
    factories.make_activity(account=account, sentiment="red", happened_at=lately, author=csm)
    plan = factories.make_success_plan(account=account, owner=csm, strategy="Team by team")
    factories.make_objective(plan=plan, baseline="12", target="40")
    factories.make_support_case(account=account, opened_at=lately, priority="urgent")
    factories.make_survey_response(account=account, answered_at=lately)
    score(ScoreRequest(period_of(now), period_of(now)), now=now)
    return account


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("place", ["health", "plan", "edition"])
def test_a_page_is_accessible_and_fits_in_light_and_dark(  # noqa: PLR0913 - fixtures, by name
    page: Page, visit: OPEN, csm: User, judged: Account, complaints: list[str],
    violations: Callable[[], list[str]], place: str, size: str,
) -> None:  # fmt: skip
    page.set_viewport_size(SIZES[size])
    edition = judged.score_cards.get().edition_id
    addresses = {
        "health": f"/accounts/{judged.pk}/health/",
        "plan": f"/plans/{judged.success_plans.get().pk}/",
        "edition": f"/editions/{edition}/",
    }
    visit(csm, addresses[place])
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        assert violations() == []
    assert complaints == []


def test_a_plan_is_begun_and_given_an_objective(visit: OPEN, csm: User, judged: Account) -> None:
    page = visit(csm, f"/accounts/{judged.pk}/health/")
    page.get_by_role("link", name="New success plan").click()
    page.get_by_label("Title").fill("CI for every team")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Add the first").click()
    page.get_by_label("Title").fill("Forty builds a month")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Forty builds a month")).to_be_visible()
    page.get_by_role("button", name="Make it active").click()
    expect(page.get_by_role("button", name="Close it")).to_be_visible()
