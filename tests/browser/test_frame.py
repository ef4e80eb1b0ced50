"""The frame of the pages in a browser: keyboard, menu, parts that refresh, what axe and CSP say."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Job, User
from accounts.services import jobs
from tests.browser.conftest import OPEN
from tests.factories import (
    make_edition,
    make_job,
    make_metric_break,
    make_rejected_row,
    make_unmapped_instance,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_slash_leads_to_the_search(visit: OPEN, csm: User) -> None:
    page = visit(csm, "/jobs/")
    page.keyboard.press("/")
    search = page.get_by_role("searchbox", name="Search accounts")
    expect(search).to_be_focused()
    page.keyboard.type("larch/")  # a slash in a field is a slash
    expect(search).to_have_value("larch/")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/portfolio/\?q=larch%2F$"))


def test_a_list_is_walked_by_keyboard(visit: OPEN, csm: User) -> None:
    older, newer = make_job(state="done"), make_job(state="done")
    page = visit(csm, "/jobs/")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name=str(newer))).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=str(older))).to_be_visible()


def test_signing_out_is_in_the_menu(visit: OPEN, csm: User) -> None:
    page = visit(csm, "/jobs/")
    page.get_by_text(str(csm), exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_running_job_is_followed_until_it_is_done(visit: OPEN, csm: User) -> None:
    job = jobs.claim(job_id=make_job(kind="score").pk, now=timezone.now())
    assert job is not None
    page = visit(csm, f"/jobs/{job.pk}/")
    expect(page.locator("#job")).to_contain_text("Running")
    jobs.beat(job, done=10, total=40, now=timezone.now())
    expect(page.locator("#job")).to_contain_text("10 of 40")
    jobs.finish(job, summary={"cards": 234}, now=timezone.now())
    expect(page.locator("#job")).to_contain_text("Done")
    expect(page.locator("#job")).not_to_have_attribute("hx-trigger", re.compile("."))


def test_who_was_signed_out_meanwhile_is_asked_to_sign_in(visit: OPEN, csm: User) -> None:
    page = visit(csm, f"/jobs/{make_job().pk}/")
    page.context.clear_cookies()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/login/\?next="))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_are_accessible_fit_the_screen_and_obey_the_policy(
    visit: OPEN,
    complaints: list[str],
    violations: Callable[[], list[str]],
    admin: User,
    width: int,
    scheme: str,
) -> None:
    edition = make_edition()
    make_job(state=Job.State.FAILED, error="The disk is full.")
    running = make_job(state=Job.State.RUNNING, heartbeat_at=timezone.now(), total_count=4)
    make_unmapped_instance()
    make_rejected_row()
    broken = make_metric_break()
    page = visit(admin, "/jobs/")
    start = page.url.removesuffix("/jobs/")
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for path in ("/jobs/", f"/jobs/{running.pk}/", "/limits/", "/data/", "/editions/",
                 f"/editions/{edition.pk}/", "/metrics/",
                 f"/metrics/{broken.metric_id}/", "/password_change/"):  # fmt: skip
        page.goto(start + path)
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert (path, wider <= 0, violations()) == (path, True, [])
    assert complaints == []
