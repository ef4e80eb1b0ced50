"""Working the queue in a browser: by mouse, by keyboard, on a phone, and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from _pytest.mark import ParameterSet
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Account, User
from playbooks.models import CallToAction
from playbooks.services import ctas
from tests.browser.conftest import OPEN
from tests.factories import make_cta, make_score_card, make_subscription, make_task

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def drop(account: Account) -> CallToAction:
    """The second of two in the queue; it has a task to do."""
    make_subscription(account=account)
    make_score_card(account=account, newest_recorded_at=timezone.now())
    today = timezone.localdate()
    make_cta(account=account, title="Renewal is near", priority=1, due_on=today)
    evidence = {
        "component_name": "CI",
        "period": "2026-10",
        "from_period": "2026-09",
        "from_color": "Green",
        "to_color": "Yellow",
        "measures": [{"name": "Builds", "value": 38, "color": "Yellow", "bounds": "Green > 40"}],
    }
    cta = make_cta(account=account, due_on=today + timedelta(days=2), evidence=[evidence])
    make_task(cta=cta, title="Ask what changed", instructions="Call.", questions="What changed?")
    return cta


def test_by_mouse(visit: OPEN, complaints: list[str], csm: User, drop: CallToAction) -> None:
    page = visit(csm, "/queue/")
    beside, listed = page.locator("#cta"), page.locator("#queue tr", has_text="CI fell")
    expect(beside).to_contain_text("Renewal is near")
    page.get_by_role("link", name="CI fell from Green to Yellow").click()
    expect(page.locator("#cta-title")).to_be_focused()
    expect(page).to_have_url(re.compile(rf"/queue/\?cta={drop.pk}$"))
    expect(listed).to_have_class("active")
    beside.get_by_role("button", name="Start work").click()
    expect(listed).to_contain_text("in progress")
    beside.get_by_role("checkbox", name="Ask what changed").click()
    expect(beside.get_by_role("checkbox")).to_be_checked()
    expect(beside.get_by_role("checkbox")).to_be_focused()
    expect(listed).to_contain_text("1 / 1")
    beside.get_by_role("button", name="Close as success").click()
    expect(beside.get_by_role("status")).to_be_focused()
    expect(listed).to_have_count(0)
    beside.get_by_role("button", name="Undo").click()
    expect(listed).to_contain_text("in progress")
    kinds = list(drop.events.values_list("kind", flat=True))
    assert kinds == ["started", "task_done", "closed", "reopened"]
    assert complaints == []


def test_by_keyboard(visit: OPEN, complaints: list[str], csm: User, drop: CallToAction) -> None:
    page = visit(csm, "/queue/")
    press = page.keyboard.press
    press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    press("Escape")
    press("j")
    press("j")
    expect(page.locator(f"#row-{drop.pk}")).to_be_focused()
    press("k")
    press("j")
    press("Enter")
    expect(page.locator("#cta-title")).to_have_text("CI fell from Green to Yellow")
    press("s")
    expect(page.get_by_label("To the end of")).to_be_focused()
    press("Escape")
    expect(page.locator("#act-snooze")).to_be_focused()
    press("c")
    expect(page.get_by_label("Close as")).to_be_focused()
    page.keyboard.type("Already")
    press("Tab")
    page.keyboard.type("Runners are back")
    press("Tab")
    press("Enter")
    expect(page.locator("#cta")).to_contain_text("Closed as Already solved")
    expect(page.locator("#queue tbody tr")).to_have_count(1)
    press("j")  # goes on in the list
    expect(page.locator("#queue").get_by_role("link", name="Renewal is near")).to_be_focused()
    drop.refresh_from_db()
    assert drop.status == CallToAction.Status.ALREADY_SOLVED
    assert complaints == []


@pytest.mark.journey
def test_the_whole_day_by_keyboard(
    visit: OPEN, complaints: list[str], csm: User, drop: CallToAction
) -> None:
    """Search, open, tick, snooze, close, select, help: no hand on the mouse."""
    page = visit(csm, "/queue/")
    press, shown = page.keyboard.press, page.locator("#queue tbody tr[data-cta]")
    press("/")
    expect(page.get_by_label("Account or title")).to_be_focused()
    page.keyboard.type("CI fell jokes")  # letters in a field are letters
    for _ in " jokes":
        press("Backspace")
    press("Enter")
    expect(shown).to_have_count(1)
    expect(page).to_have_url(re.compile(r"q=CI(%20|\+)fell"))
    page.locator("body").evaluate("() => document.activeElement.blur()")
    press("j")
    press("o")
    expect(page.locator("#cta-title")).to_have_text("CI fell from Green to Yellow")
    press("t")
    expect(page.get_by_role("checkbox", name="Ask what changed")).to_be_checked()
    expect(shown).to_contain_text("1 / 1")
    press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_contain_text("tick the next task")
    press("x")  # not while the help is open
    press("Escape")
    expect(page.locator(".pick:checked")).to_have_count(0)
    press("x")
    expect(page.locator(".pick:checked")).to_have_count(1)
    press("s")
    reason = page.locator("#snooze-reason")
    expect(page.locator("#snooze-until")).to_be_focused()
    for _ in range(8):  # through the parts of the day
        press("Tab")
        if reason.evaluate("field => field === document.activeElement"):
            break
    expect(reason).to_be_focused()
    page.keyboard.type("After the freeze")
    press("Enter")
    expect(shown).to_have_count(0)
    expect(page.locator("#cta")).to_contain_text("After the freeze")
    drop.refresh_from_db()
    assert drop.snooze_reason == "After the freeze"
    assert complaints == []


def test_l_logs_an_activity_with_the_row_in_hand(
    visit: OPEN, complaints: list[str], csm: User, drop: CallToAction
) -> None:
    page = visit(csm, "/queue/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("l")
    expect(page).to_have_url(re.compile(rf"/timeline/new/\?cta={drop.pk}$"))
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#cta-title")).to_have_text("CI fell from Green to Yellow")
    assert drop.links.get().activity is not None
    assert complaints == []


def test_l_logs_an_activity_with_what_is_open(
    visit: OPEN, complaints: list[str], csm: User, drop: CallToAction
) -> None:
    page = visit(csm, f"/ctas/{drop.pk}/")
    page.keyboard.press("l")
    expect(page).to_have_url(re.compile(rf"/timeline/new/\?cta={drop.pk}$"))
    assert complaints == []


@pytest.mark.browser_context_args(java_script_enabled=False, viewport=PHONE)
def test_an_activity_is_logged_in_two_clicks_without_javascript(
    visit: OPEN, csm: User, account: Account, drop: CallToAction
) -> None:
    page = visit(csm, "/queue/")
    page.get_by_role("link", name=f"Log activity with {account.name}").nth(1).click()
    page.get_by_role("button", name="Save").click()
    assert drop.links.get().activity is not None


def test_act_on_selected_and_open_one_again(
    visit: OPEN, complaints: list[str], csm: User, drop: CallToAction
) -> None:
    page = visit(csm, "/queue/")
    page.locator("#queue .pick").first.check()
    page.get_by_role("button", name="Act on selected").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 call to action")
    page.locator("#bulk-close").click()
    form = page.get_by_role("form", name="Close")
    form.get_by_label("Close as").select_option("Already solved")
    form.get_by_role("button", name="Close: 1").click()
    expect(page.get_by_role("status").last).to_contain_text("1 done, 0 refused of 1")
    page.get_by_role("button", name="Open Renewal is near").click()
    expect(page.locator("#bulk-run")).not_to_contain_text("Open again")
    assert complaints == []


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_all_that_match_without_javascript(visit: OPEN, csm: User, drop: CallToAction) -> None:
    page = visit(csm, "/queue/?who=mine&priority=2")
    page.get_by_role("button", name="All 1 that match").click()
    page.locator("#bulk-mark").click()
    page.get_by_role("button", name="Mark: 1").click()
    expect(page.locator("#bulk-run")).to_contain_text("1 done, 0 refused of 1")
    drop.refresh_from_db()
    assert drop.is_important


def test_what_is_selected_stays_so_when_the_list_changes(
    visit: OPEN, complaints: list[str], csm: User, drop: CallToAction
) -> None:
    page = visit(csm, f"/queue/?cta={drop.pk}")
    page.locator("#queue .pick").first.check()
    page.get_by_role("button", name="Start work").click()
    expect(page.locator("#queue")).to_contain_text("in progress")
    expect(page.locator(".pick:checked")).to_have_count(1)
    assert complaints == []


def test_a_reload_and_a_step_back_show_the_same(
    visit: OPEN, complaints: list[str], csm: User, drop: CallToAction
) -> None:
    page = visit(csm, "/queue/")
    page.get_by_role("link", name="CI fell from Green to Yellow").click()
    expect(page.locator("#cta-title")).to_have_text("CI fell from Green to Yellow")
    page.reload()
    expect(page.locator("#cta-title")).to_have_text("CI fell from Green to Yellow")
    page.go_back()
    expect(page.locator("#cta-title")).to_have_text("Renewal is near")
    assert complaints == []


def test_filters_swap_the_list(
    visit: OPEN, complaints: list[str], csm: User, drop: CallToAction
) -> None:
    page = visit(csm, "/queue/")
    page.get_by_label("Priority").select_option("Medium")
    expect(page.locator("#queue tbody tr")).to_have_count(1)
    page.locator("#when-snoozed").click()
    expect(page.locator("#queue")).to_contain_text("No call to action matches")
    page.get_by_role("link", name="Show all 2").click()
    expect(page.locator("#queue tbody tr")).to_have_count(2)
    assert complaints == []


def test_who_is_slower_sees_how_it_stands(
    visit: OPEN, complaints: list[str], csm: User, teammate: User, drop: CallToAction
) -> None:
    page = visit(csm, f"/queue/?cta={drop.pk}")
    ctas.start_work(cta_id=drop.pk, by=teammate, now=timezone.now())
    page.get_by_role("button", name="Start work").click()
    expect(page.get_by_role("alert")).to_contain_text("Someone was faster")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("button", name="Start work")).to_have_count(0)
    assert all("409 (Conflict)" in complaint for complaint in complaints)


def test_what_is_missing_is_said_in_the_form(visit: OPEN, csm: User, drop: CallToAction) -> None:
    page = visit(csm, f"/queue/?cta={drop.pk}")
    page.locator("#act-close").click()
    page.get_by_label("Close as").select_option("Not relevant (false alarm)")
    page.get_by_role("form", name="Close").get_by_role("button", name="Close").click()
    expect(page.get_by_role("alert")).to_contain_text("Say in a few words why")
    expect(page.get_by_label("Close as")).to_have_value("not_relevant")
    expect(page.get_by_label("Close as")).to_be_focused()
    drop.refresh_from_db()
    assert drop.is_live


@pytest.mark.browser_context_args(viewport=PHONE)
def test_on_a_phone_a_row_leads_to_its_page(
    visit: OPEN, complaints: list[str], csm: User, drop: CallToAction
) -> None:
    page = visit(csm, "/queue/")
    expect(page.locator("#cta")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.get_by_role("link", name="CI fell from Green to Yellow").click()
    expect(page).to_have_url(re.compile(rf"/ctas/{drop.pk}/$"))
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.get_by_role("button", name="Start work").click()
    expect(page.locator("#messages")).to_contain_text("Work started.")
    assert complaints == []


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_without_javascript(visit: OPEN, csm: User, drop: CallToAction) -> None:
    page = visit(csm, f"/queue/?priority=2&cta={drop.pk}")
    tick = page.get_by_role("checkbox", name="Ask what changed")
    tick.click()
    expect(tick).to_be_checked()
    page.get_by_role("button", name="Close as success").click()
    expect(page.locator("#cta")).to_contain_text("Closed as Success")
    expect(page.locator("#queue")).to_contain_text("No call to action matches")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#queue tbody tr")).to_have_count(1)
    page.locator("#act-snooze").click()
    page.locator("#snooze-reason").fill("After the freeze")
    page.get_by_role("form", name="Snooze").get_by_role("button", name="Snooze").click()
    expect(page.locator("#cta")).to_contain_text("After the freeze")


def looks(name: str, path: str) -> list[ParameterSet]:
    """A page in both themes, on a desk and on a phone."""
    return [
        pytest.param(
            path,
            marks=pytest.mark.browser_context_args(color_scheme=scheme, viewport=size),
            id=f"{name}, {scheme}, {size['width']}",
        )
        for scheme in ("light", "dark")
        for size in (DESK, PHONE)
    ]


@pytest.mark.parametrize(
    "path",
    [
        *looks("queue", "/queue/?cta={cta}"),
        *looks("grouped", "/queue/?who=mine&group=due"),
        *looks("nothing matches", "/queue/?who=mine&when=late"),
        *looks("preview of many", "/queue/bulk/?all=1&who=mine"),
        *looks("results of many", "/queue/bulk/runs/"),
        *looks("saved views", "/queue/views/"),
        *looks("call to action", "/ctas/{cta}/"),
        *looks("new one", "/accounts/{account}/ctas/new/"),
    ],
)
def test_pages_are_accessible(
    visit: OPEN, violations: Callable[[], list[str]], csm: User, drop: CallToAction, path: str
) -> None:
    page = visit(csm, path.format(cta=drop.pk, account=drop.account_id))
    for summary in page.locator("#cta summary").all():
        if summary.is_visible():
            summary.click()
    assert violations() == []


WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver(list => {
  for (const each of list.getEntries()) window.shifts.push(each.value);
}).observe({type: "layout-shift", buffered: true});
"""
MOST_SHIFT = 0.1  # what the Core Web Vitals call good, of a whole visit


def test_what_is_swapped_in_makes_nothing_jump(
    page: Page, visit: OPEN, csm: User, drop: CallToAction
) -> None:
    """Shifts of the layout are added up, those right after a click too."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.add_init_script(WATCH_SHIFTS)
    visit(csm, "/queue/")
    page.get_by_role("link", name="CI fell from Green to Yellow").click()
    expect(page.locator("#cta-title")).to_be_focused()
    page.locator("#cta").get_by_role("button", name="Start work").click()
    expect(page.locator("#queue tr", has_text="CI fell")).to_contain_text("in progress")
    page.locator("#cta").get_by_role("checkbox", name="Ask what changed").click()
    expect(page.locator("#queue tr", has_text="CI fell")).to_contain_text("1 / 1")
    shifts = page.evaluate("window.shifts")
    assert sum(shifts) < MOST_SHIFT, shifts
    page.evaluate("document.querySelector('#main').prepend(document.createElement('hr'))")
    page.wait_for_function(
        "count => window.shifts.length > count", arg=len(shifts)
    )  # it is watched
