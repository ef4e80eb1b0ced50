"""The account page and the portfolio as a person meets them: both widths, both colour schemes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Account, User
from tests import factories
from tests.browser.conftest import OPEN
from tests.playbooks.books import make_reporting, report
from usage.periods import month_of, shift, span
from usage.services.scoring import ScoreRequest, score

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
TABS = ("", "usage/", "seats/", "instances/", "cockpit/", "contacts/", "family/")
PLACES = (
    *(f"/accounts/{{}}/{tab}" for tab in TABS),
    "/portfolio/",
    "/team/",
    "/team/work/",
    "/team/unknown/",
)


@pytest.fixture
def months() -> list[date]:
    """The last 13 complete months: a live server has no fixed time."""
    last = shift(month_of(timezone.localdate()), -1)
    return span(shift(last, -12), last)


@pytest.fixture
def book(account: Account, csm: User, months: list[date]) -> Account:
    """Larch fell in the newest month and has all that an account can have; Oak is small and well."""
    oak = factories.make_account(name="Oak Retail", csm=csm, segment="Digital")
    report(make_reporting(oak, arr=1_000), dict.fromkeys(months, 0.5))
    instance = make_reporting(account)
    report(instance, dict.fromkeys(months[:-1], 0.5) | {months[-1]: 0.05})
    factories.make_instance(subscription=instance.subscription, kind="Unknown", is_clone=True)
    factories.make_contact(account=account)
    factories.make_task(cta=factories.make_cta(account=account))
    factories.make_adoption_goal(account=account, level="advanced", due_on=months[0], set_by=csm)
    factories.make_non_adoption(account=account, note="The audit comes first", noted_by=csm)
    factories.make_edition()
    score(ScoreRequest(months[0], months[-1]), now=timezone.now())
    return account


def is_as_wide_as_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("place", PLACES)
def test_a_page_is_accessible_and_fits_in_light_and_dark(  # noqa: PLR0913 - fixtures, by name
    page: Page, visit: OPEN, csm: User, book: Account, complaints: list[str],
    violations: Callable[[], list[str]], place: str, size: ViewportSize,
) -> None:  # fmt: skip
    page.set_viewport_size(size)
    visit(csm, place.format(book.pk))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert is_as_wide_as_the_screen(page)
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        assert violations() == []
    assert complaints == []


def test_a_month_of_the_table_explains_itself(
    visit: OPEN, csm: User, book: Account, months: list[date]
) -> None:
    page = visit(csm, f"/accounts/{book.pk}/")
    page.locator(".heat thead a").first.click()
    expect(page.get_by_role("heading", name=f"in {months[0]:%B %Y}")).to_be_in_viewport()


def test_why_opens_down_to_the_measure(visit: OPEN, csm: User, book: Account) -> None:
    why = visit(csm, f"/accounts/{book.pk}/").locator("#why")
    expect(why.get_by_text("CI per user").first).to_be_visible()  # the costliest stands open
    hidden = why.get_by_text("License utilization per user").first
    expect(hidden).to_be_hidden()
    why.get_by_text("License utilization").first.click()
    expect(hidden).to_be_visible()


def test_the_table_behind_a_chart_opens(visit: OPEN, csm: User, book: Account) -> None:
    chart = visit(csm, f"/accounts/{book.pk}/usage/").locator("#chart-ci")
    chart.get_by_text("Table").click()
    expect(chart.get_by_role("table").get_by_role("row")).to_have_count(14)


def test_a_tab_is_reached_and_left_by_the_back_button(
    visit: OPEN, csm: User, book: Account
) -> None:
    page = visit(csm, f"/accounts/{book.pk}/")
    tabs = page.get_by_role("navigation", name="Of this account")
    tabs.get_by_role("link", name="Instances").click()
    expect(tabs.locator("[aria-current=page]")).to_have_text("Instances")
    page.go_back()
    expect(tabs.locator("[aria-current=page]")).to_have_text("Summary")


@pytest.mark.journey
def test_the_managers_monday(
    visit: OPEN, csm: User, manager: User, book: Account, complaints: list[str]
) -> None:
    late = timezone.localdate() - timedelta(days=3)
    call = factories.make_cta(account=book, owner=csm, title="Ask about the runners", due_on=late)
    page = visit(manager, "/team/")
    page.get_by_role("link", name=re.compile(rf"{csm}, late: \d")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Open calls to action")
    expect(page.get_by_text("3 days late")).to_be_visible()
    page.get_by_role("link", name=call.title).click()
    expect(page.get_by_role("heading", name=call.title)).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Team", exact=True).first.click()
    page.get_by_role("link", name="Success plan missing: 2 accounts").click()
    page.get_by_role("link", name=book.name).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(book.name)
    page.get_by_role("link", name="Calls to action", exact=True).click()
    expect(page.get_by_role("link", name=call.title)).to_be_visible()
    assert complaints == []


def test_the_portfolio_sorts_and_filters(
    page: Page, visit: OPEN, csm: User, book: Account, complaints: list[str]
) -> None:
    page.set_viewport_size(DESKTOP)
    visit(csm, "/portfolio/")
    accounts = page.locator(".portfolio tbody .row-title")
    expect(accounts).to_have_text(["Larch Telecom", "Oak Retail"])
    page.get_by_role("link", name="Health", exact=True).click()
    expect(accounts).to_have_text(["Oak Retail", "Larch Telecom"])
    page.get_by_label("Segment").select_option("Digital")
    expect(accounts).to_have_text(["Oak Retail"])
    page.get_by_label("Segment").select_option("")
    page.get_by_label("Name contains").press_sequentially("larch")
    expect(accounts).to_have_text(["Larch Telecom"])
    export = page.get_by_role("link", name="Export CSV").get_attribute("href") or ""
    assert "q=larch" in export
    assert "sort=-health" in export
    assert complaints == []


def test_the_portfolio_filters_without_javascript(
    live_server: LiveServer, browser: Browser, csm: User, book: Account
) -> None:
    context = browser.new_context(java_script_enabled=False)
    client = Client()
    client.force_login(csm)
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/portfolio/")
    page.get_by_label("Name contains").fill("oak")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".portfolio tbody .row-title")).to_have_text(["Oak Retail"])
    context.close()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_goal_is_set_in_the_open_form_of_a_use_case(  # noqa: PLR0913 - fixtures, by name
    page: Page, visit: OPEN, csm: User, book: Account, complaints: list[str],
    violations: Callable[[], list[str]], size: ViewportSize,
) -> None:  # fmt: skip
    page.set_viewport_size(size)
    visit(csm, f"/accounts/{book.pk}/")
    maturity = page.locator("#maturity")
    expect(maturity.get_by_text("Behind the goal since")).to_be_visible()
    maturity.get_by_text("Goal and reason of CI").click()
    maturity.get_by_label("Goal", exact=True).first.select_option("Minimum")
    assert violations() == []
    assert is_as_wide_as_the_screen(page)
    maturity.get_by_role("button", name="Save goal of CI").click()
    expect(maturity.get_by_text("Goal reached")).to_be_visible()
    assert complaints == []
