"""Whole journeys of a CSM: a drop from the payload to the closed call to action, and a new customer.

With the whole day by keyboard, the manager's Monday and a day of Slack and e-mail, which stand beside what
else is tested of these pages, they are run on PostgreSQL, too.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Account, TimelineActivity, User
from playbooks.models import CallToAction
from playbooks.services import ctas
from playbooks.services.catalogue import current_versions, load_shipped
from playbooks.services.scoring import score
from tests import factories
from tests.browser.conftest import OPEN
from tests.playbooks.books import make_reporting, report
from usage.periods import month_of, shift
from usage.services.scoring import ScoreRequest

pytestmark = [
    pytest.mark.browser, pytest.mark.journey, pytest.mark.django_db(transaction=True)
]  # fmt: skip


def months() -> list[date]:
    """The last two complete months: a live server has no fixed time."""
    this = month_of(timezone.localdate())
    return [shift(this, -2), shift(this, -1)]


def do_and_close(page: Page, cta: CallToAction) -> None:
    """Tick every task of the call to action that is shown; then it is offered to be closed."""
    open_tasks = page.locator("#cta").get_by_role("checkbox", checked=False)
    left = cta.tasks.count()
    expect(open_tasks).to_have_count(left)
    for done in range(1, left + 1):
        open_tasks.first.click()
        expect(open_tasks).to_have_count(left - done)
    page.get_by_role("button", name="Close as success").click()
    expect(page.locator("#cta")).to_contain_text("Closed as Success")


def test_an_account_at_risk_from_drop_to_closed(
    visit: OPEN, csm: User, account: Account, complaints: list[str]
) -> None:
    now = timezone.now()
    load_shipped(now=now)
    factories.make_edition()
    before, fell = months()
    report(make_reporting(account), {before: 0.5, fell: 0.05})
    score(ScoreRequest(before, fell), now=now)
    page = visit(csm, "/queue/")

    # the drop is in the queue, with why
    page.get_by_role("link", name=re.compile("CI fell from Green to Red")).click()
    beside = page.locator("#cta")
    expect(page.locator("#cta-title")).to_be_focused()
    expect(beside).to_contain_text("CI per user")
    beside.get_by_role("button", name="Start work").click()
    expect(page.locator("#queue tr", has_text="CI fell")).to_contain_text("in progress")

    # a call with the customer is logged from it, and says how they stand
    beside.get_by_role("link", name="Log activity").click()
    page.get_by_label("What").select_option("Call")
    page.get_by_label("Subject").fill("The runners were switched off")
    page.get_by_label("How the account stands").select_option("Red")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Log activity")).to_have_count(0)
    logged = TimelineActivity.objects.get(account=account)
    assert logged.sentiment == "red"

    # every task is ticked; the last one offers to close
    drop = CallToAction.objects.get(account=account)
    page.goto(f"{page.url.split('/ctas')[0].split('/accounts')[0]}/ctas/{drop.pk}/")
    do_and_close(page, drop)

    # the account remembers
    page.get_by_role("link", name=account.name).first.click()
    page.get_by_role("link", name="Calls to action", exact=True).click()
    expect(page.get_by_role("link", name=drop.title)).to_be_visible()
    page.get_by_role("link", name="Timeline", exact=True).click()
    expect(page.get_by_role("link", name=logged.subject, exact=True)).to_be_visible()
    drop.refresh_from_db()
    assert drop.status == CallToAction.Status.SUCCESS
    assert complaints == []


def test_the_onboarding_of_a_customer(
    visit: OPEN, csm: User, account: Account, complaints: list[str]
) -> None:
    now, today = timezone.now(), timezone.localdate()
    load_shipped(now=now)
    factories.make_edition()
    start = today - timedelta(days=10)
    factories.make_subscription(account=account, start_date=start)
    new = ctas.NewCTA(
        title="Onboard Larch Telecom",
        type="lifecycle",
        due_on=today + timedelta(days=35),
        playbook_version=current_versions()["new-customer-onboarding"],
    )
    onboarding = ctas.open_cta(account=account, new=new, by=csm, now=now)
    page = visit(csm, f"/accounts/{account.pk}/lifecycle/")
    first = page.get_by_role("row").filter(has_text="First engagement")
    expect(first).to_contain_text("4 days left")

    # the first call is logged
    page.get_by_role("link", name="Timeline", exact=True).click()
    page.get_by_role("link", name="Log activity").first.click()
    page.get_by_label("What").select_option("Call")
    page.get_by_label("Subject").fill("Kick-off")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Life cycle", exact=True).click()
    expect(first).to_contain_text("Day 10")

    # first value is told by hand, with how it is known
    page.get_by_label("What", exact=True).select_option("First value")
    page.get_by_label("On", exact=True).fill(f"{today:%Y-%m-%d}")
    page.get_by_label("How you know").fill("Their first pipeline")
    page.get_by_role("button", name="Save").first.click()
    value = page.get_by_role("row").filter(has_text="First value")
    expect(value).to_contain_text("Day 10")

    # the tasks are done and onboarding is closed: that is the milestone
    page.get_by_role("link", name="Calls to action", exact=True).click()
    page.get_by_role("link", name=onboarding.title).click()
    do_and_close(page, onboarding)
    page.goto(f"{page.url.split('/ctas')[0].split('/queue')[0]}/team/time-to-value/")
    row = page.get_by_role("row").filter(has_text=account.name)
    expect(row).to_contain_text("Day 10, in time")
    assert complaints == []
