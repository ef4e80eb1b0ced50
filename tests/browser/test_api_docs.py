"""The API's page works under the content security policy that every page has."""

from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Account, User
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complains about, the policy's refusals among it."""
    told: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            told.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: told.append(str(error)))
    return told


def sign_in(page: Page, user: User, address: str) -> None:
    client = Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": address}])


def test_a_call_is_tried_out_on_the_page(
    page: Page, live_server: LiveServer, complaints: list[str], csm: User, account: Account
) -> None:
    cta = factories.make_cta(account=account)
    sign_in(page, csm, live_server.url)
    page.goto(f"{live_server.url}/api/v1/docs/")
    page.locator("[id$='ctas_start']").get_by_role("button").first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_placeholder("id", exact=True).fill(str(cta.pk))
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table tbody .response-col_status")).to_contain_text("200")
    cta.refresh_from_db()
    assert cta.status == "in_progress"
    assert complaints == []
