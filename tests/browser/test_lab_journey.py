"""An admin moves a threshold, sees what it would do, publishes, asks why, and takes it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Literal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Account, User
from playbooks.services.scoring import score
from tests import factories
from tests.browser.conftest import OPEN
from tests.playbooks.books import make_reporting, report
from usage.models import Edition, ScoreCard
from usage.periods import format_period, month_of, shift
from usage.services import editions
from usage.services.scoring import ScoreRequest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture
def newest() -> date:
    """The last complete month: a live server has no fixed time."""
    return shift(month_of(timezone.localdate()), -1)


@pytest.fixture
def book(account: Account, newest: date) -> Account:
    for key in ("license_billable_users", "counts.ci_builds", "counts.scans"):
        factories.make_metric(key)
    report(make_reporting(account), {shift(newest, -1): 0.5, newest: 0.5})
    factories.make_edition()
    rescored(newest)
    return account


def rescored(newest: date) -> None:
    """What the worker does of the jobs that publishing queues."""
    score(ScoreRequest(shift(newest, -1), newest), now=timezone.now())


def publish_why(page: Page, why: str) -> None:
    page.get_by_label("Why").first.fill(why)


@pytest.mark.journey
def test_edit_look_publish_explain_and_roll_back(
    page: Page, visit: OPEN, admin: User, book: Account, newest: date, complaints: list[str]
) -> None:
    in_force = Edition.objects.get()
    before = list(ScoreCard.objects.order_by("pk").values_list("pk", "input_hash"))

    # a draft of what is in force, with another threshold
    visit(admin, f"/admin/usage/edition/{in_force.pk}/lab/")
    page.get_by_role("button", name="Make a draft of this").click()
    expect(page.get_by_text("A draft: nothing")).to_be_visible()
    draft = Edition.objects.get(status=Edition.Status.DRAFT)
    page.goto(f"{page.url}measures/ci/edit/ci_per_user/")
    page.get_by_label("Second threshold").first.fill("0.6")
    expect(page.locator("#preview")).to_contain_text("Green > 0.6")
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator(".messagelist")).to_contain_text("Green > 0.33 → > 0.6")

    # what it would do
    page.goto(page.url.split("/admin/")[0] + f"/editions/{draft.pk}/what-if/")
    expect(page.get_by_role("heading", name="In short")).to_be_visible()
    row = page.get_by_role("row").filter(has_text=book.name).filter(has_text="CI")
    expect(row.first).to_contain_text("Yellow")
    assert list(ScoreCard.objects.order_by("pk").values_list("pk", "input_hash")) == before

    # in force from the newest month on, with a reason
    page.get_by_role("link", name="Publish …").click()
    expect(page.get_by_role("heading", name="Dry run")).to_be_visible()
    page.get_by_label("From").last.fill(format_period(newest))
    publish_why(page, "Green asks for more builds")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Green asks for more builds")).to_be_visible()
    rescored(newest)

    # why, by which edition
    page.goto(page.url.split("/editions/")[0] + f"/accounts/{book.pk}/")
    expect(page.get_by_text(f"caused by the change to edition {draft.name}")).to_be_visible()
    page.get_by_role("link", name="What changed").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("#main")).to_contain_text(draft.name)

    # and back: the cards are those of before
    page.goto(page.url.split("/accounts/")[0] + f"/editions/{draft.pk}/publish/")
    back = page.locator("#roll-back")
    back.get_by_label("Why").fill("Too strict")
    back.get_by_role("button", name="in force again").click()
    expect(page.get_by_text("Too strict")).to_be_visible()
    rescored(newest)
    kept = ScoreCard.objects.filter(edition=in_force).order_by("pk")
    assert list(kept.values_list("pk", "input_hash")) == before
    page.goto(page.url.split("/editions/")[0] + f"/accounts/{book.pk}/")
    expect(page.get_by_text("caused by the change")).to_have_count(0)
    assert complaints == []


@pytest.mark.parametrize("size", [(1280, 900), (390, 844)], ids=["desktop", "phone"])
@pytest.mark.parametrize("place", ["what-if", "publish"])
def test_a_page_is_accessible_and_fits_in_light_and_dark(  # noqa: PLR0913 - fixtures, by name
    page: Page, visit: OPEN, admin: User, book: Account, complaints: list[str],
    violations: Callable[[], list[str]], place: str, size: tuple[int, int],
) -> None:  # fmt: skip
    draft = editions.copy_as_draft(edition_id=Edition.objects.get().pk, name="draft")
    draft.use_cases.get(code="ci").measures.get().bands.filter(color="Green").update(lower=0.6)
    draft.use_cases.get(code="ci").measures.get().bands.filter(color="Yellow").update(upper=0.6)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    visit(admin, f"/editions/{draft.pk}/{place}/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert violations() == []
    assert complaints == []
