"""Why, what changed and the roadmap as a person meets them: both widths, both colour schemes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Literal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize, expect

from accounts.models import Account, User
from tests import factories
from tests.browser.conftest import OPEN
from tests.playbooks.books import make_reporting
from usage.periods import period_of, shift
from usage.services.scoring import ScoreRequest, score

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
}


@pytest.fixture
def fallen(account: Account) -> Account:
    """CI fell from Green to Yellow; there is a playbook for it."""
    now = timezone.now()
    factories.make_edition()
    factories.make_playbook(code="ci-enablement", name="CI enablement")
    instance = make_reporting(account)
    this_month = period_of(now)
    for period, builds in ((shift(this_month, -1), 400), (this_month, 142)):
        factories.make_snapshot(
            instance=instance,
            period=period,
            recorded_at=now - timedelta(hours=1),
            metrics={"license_billable_users": 710, "counts.ci_builds": builds},
        )
    score(ScoreRequest(shift(this_month, -1), this_month), now=now)
    return account


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("place", ["why/?of=ci", "change/", "roadmap/"])
def test_a_page_is_accessible_and_fits_in_light_and_dark(  # noqa: PLR0913 - fixtures, by name
    page: Page, visit: OPEN, csm: User, fallen: Account, complaints: list[str],
    violations: Callable[[], list[str]], place: str, size: str,
) -> None:  # fmt: skip
    page.set_viewport_size(SIZES[size])
    visit(csm, f"/accounts/{fallen.pk}/{place}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        assert violations() == []
    assert complaints == []


def test_a_fall_leads_to_its_cause_its_metrics_and_a_call(
    visit: OPEN, csm: User, fallen: Account
) -> None:
    page = visit(csm, f"/accounts/{fallen.pk}/")
    page.get_by_role("link", name="What changed CI").click()
    expect(page.get_by_role("heading", name="CI fell from Green 88 to Yellow 63")).to_be_visible()
    page.locator("#change tbody tr").last.get_by_role("link").click()
    expect(page.get_by_text("counts.ci_builds")).to_be_visible()
    page.get_by_role("link", name="Roadmap").click()
    expect(page.get_by_text("93 more")).to_be_visible()
    page.get_by_role("link", name="New CTA with this playbook").click()
    expect(page.get_by_label("Title")).to_have_value("CI enablement")
    page.get_by_role("button", name="Open it").click()
    expect(page).to_have_url(re.compile(r"/ctas/\d+/$"))
