"""A signed-in browser that notes every complaint."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from unittest import mock

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import ConsoleMessage, Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import User

OPEN = Callable[[User, str], Page]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Playwright's loop runs in the thread of the test: Django would refuse it the database."""
    allowed = {"DJANGO_ALLOW_ASYNC_UNSAFE": "1"} if item.get_closest_marker("browser") else {}
    with mock.patch.dict(os.environ, allowed):
        return (yield)


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complains about, the refusals of the content security policy among it."""
    told: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            told.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: told.append(str(error)))
    return told


@pytest.fixture
def visit(page: Page, live_server: LiveServer) -> OPEN:
    """Go to a page as somebody."""

    def go(user: User, path: str) -> Page:
        client = Client()
        client.force_login(user)
        session = client.cookies["sessionid"].value
        cookie = {"name": "sessionid", "value": session, "url": live_server.url}
        page.context.add_cookies([cookie])  # type: ignore[list-item]  # a plain dict will do
        page.goto(f"{live_server.url}{path}")
        return page

    return go


# Half of a fade has half of the contrast. What ends may let what inherits from it begin: so more than once.
END_MOVEMENTS = """() => {
  for (let round = 0; round < 10 && document.getAnimations().length; round++)
    for (const each of document.getAnimations())
      each.effect.getComputedTiming().endTime === Infinity ? each.cancel() : each.finish();
}"""


@pytest.fixture
def violations(page: Page) -> Callable[[], list[str]]:
    """What axe finds wrong with the page as it is once nothing moves."""

    def run() -> list[str]:
        page.evaluate(END_MOVEMENTS)
        found = Axe().run(page).response["violations"]
        return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]

    return run
