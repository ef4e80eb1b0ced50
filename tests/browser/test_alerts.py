"""A day of Slack and e-mail: what happens is told once, by the ways that somebody chose, and ends when asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer
from standardwebhooks.webhooks import Webhook

from accounts.models import Account, User
from playbooks.models import Delivery
from playbooks.services import ctas
from playbooks.services.alerts import rounds
from tests import factories
from tests.browser.conftest import OPEN
from tests.playbooks.receiving import HOST, Receiver, receiver

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
def hook(settings) -> Iterator[Receiver]:
    settings.OUTGOING_HOSTS = [HOST]
    with receiver() as seen:
        yield seen


@pytest.fixture
def slack(settings, hook: Receiver) -> Iterator[Receiver]:
    with receiver() as seen:
        settings.SLACK_WEBHOOK_URL = seen.url
        yield seen


def tomorrow_at(hour: int) -> datetime:
    day = timezone.now() + timedelta(days=1)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


@pytest.mark.journey
def test_a_day_of_slack_and_email(  # noqa: PLR0913 - fixtures, by name
    visit: OPEN, live_server: LiveServer, account: Account, csm: User, teammate: User,
    slack: Receiver, hook: Receiver, complaints: list[str], settings,
) -> None:  # fmt: skip
    settings.SITE_URL = live_server.url
    call_command("send_alerts")  # what is there already is no news

    # The CSM chooses: mentions to Slack, what becomes theirs to a webhook of their own and by daily e-mail.
    page = visit(csm, "/alerts/settings/")
    page.get_by_label("Somebody mentions me: by Slack").check()
    page.get_by_label("Somebody mentions me: by e-mail").select_option("No")
    page.get_by_label("A call to action becomes mine: by webhook").check()
    page.get_by_role("button", name="Save").first.click()
    page.get_by_label("Kind").select_option("Webhook")
    page.get_by_label("Name").fill("My receiver")
    page.get_by_role("textbox", name="Address").fill(hook.url)
    page.get_by_role("button", name="Add").click()
    secret = page.locator(".key code").inner_text()

    # The teammate hands a call to action on, and asks for something.
    cta = factories.make_cta(account=account, owner=teammate)
    now = timezone.now()
    ctas.reassign(cta_id=cta.pk, owner=csm, by=teammate, now=now)
    factories.make_event(
        cta=cta, kind="commented", actor=teammate, at=now, text="Please call them",
        detail={"mentions": [csm.pk]},
    )  # fmt: skip
    for _ in range(2):
        call_command("send_alerts")
    told = json.loads(slack.bodies[0])
    assert told["text"].startswith("Larch Telecom: Timo mentioned you")
    assert Webhook(secret).verify(hook.bodies[0], hook.headers[0])["type"] == "alert.assigned"
    assert (len(slack.bodies), len(hook.bodies), mail.outbox) == (1, 1, [])

    # The bell says so; to open an alert marks it as read.
    page.goto(f"{live_server.url}/queue/")
    page.get_by_role("link", name="Alerts, 2 unread").click()
    page.get_by_role("button", name="Timo mentioned you").first.click()
    expect(page).to_have_url(re.compile(f"/ctas/{cta.pk}/$"))
    expect(page.get_by_role("link", name="Alerts, 1 unread")).to_be_visible()

    # Next morning one e-mail tells the rest, and none comes on the day after.
    for day in range(2):
        for hour in (7, 8, 9):
            moment = tomorrow_at(hour) + timedelta(days=day)
            rounds.make_and_send(clock=lambda moment=moment: moment)  # type: ignore[misc]  # bound
    (message,) = mail.outbox
    assert message.subject == "1 thing since your last digest"
    assert "Timo gave you" in str(message.body)

    # Its link ends the e-mails, signed in or not.
    ending = re.search(r"http\S+/alerts/unsubscribe/\S+", str(message.body))
    assert ending is not None
    page.context.clear_cookies()
    page.goto(ending[0])
    page.get_by_role("button", name="End them").click()
    expect(page.get_by_role("heading", name="No more of these e-mails")).to_be_visible()
    assert urlsplit(page.url).path == urlsplit(ending[0]).path
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert complaints == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", ["/alerts/", "/alerts/settings/", "/alerts/undelivered/"])
def test_a_page_is_accessible_and_fits_in_light_and_dark(  # noqa: PLR0913 - fixtures, by name
    page: Page, visit: OPEN, admin: User, account: Account, complaints: list[str],
    violations: Callable[[], list[str]], path: str, size: ViewportSize,
) -> None:  # fmt: skip
    alert = factories.make_notification(user=admin, account=account, text="Please call them")
    factories.make_notification(user=admin, read_at=factories.NOW)
    endpoint = factories.make_endpoint(owner=admin)
    factories.make_delivery(notification=alert, endpoint=endpoint, state="dead", attempts=8)
    page.set_viewport_size(size)
    visit(admin, path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        assert violations() == []
    assert complaints == []


def test_an_account_is_followed_in_place(
    visit: OPEN, viewer: User, account: Account, complaints: list[str]
) -> None:
    page = visit(viewer, f"/accounts/{account.pk}/")
    page.get_by_role("button", name="Follow Larch Telecom").click()
    following = page.get_by_role("button", name="Following Larch Telecom: stop")
    expect(following).to_be_visible()
    following.click()
    expect(page.get_by_role("button", name="Follow Larch Telecom")).to_be_visible()
    assert complaints == []
