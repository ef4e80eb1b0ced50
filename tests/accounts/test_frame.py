"""What every page has around it, and the pages that stand in for one."""

from __future__ import annotations

import json
from html import unescape
from html.parser import HTMLParser

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.core.exceptions import PermissionDenied
from django.template.loader import render_to_string
from django.test import Client, override_settings
from django.urls import path, reverse
from django.views.csrf import csrf_failure

from accounts.access import Ability
from accounts.decorators import ability_required
from config.urls import urlpatterns as real_urls

pytestmark = pytest.mark.django_db


def broken(request):
    raise ZeroDivisionError


def forbidden(request):
    raise PermissionDenied("Only admins may change this.")


@ability_required(Ability.CONFIGURE)
def configuring(request):
    raise AssertionError("nobody got here")


urlpatterns = [
    *real_urls,
    path("broken/", broken),
    path("forbidden/", forbidden),
    path("configuring/", configuring),
]


class Metas(HTMLParser):
    """The meta elements of a page by name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag, attrs) -> None:
        named = dict(attrs)
        if tag == "meta" and "name" in named:
            self.found[named["name"]] = named["content"]


def test_htmx_is_told_to_obey_the_content_security_policy(csm_client) -> None:
    metas = Metas(csm_client.get("/jobs/").text).found
    config = json.loads(unescape(metas["htmx-config"]))
    assert (config["includeIndicatorStyles"], config["allowEval"]) == (False, False)
    assert metas["csrf-token"]


def test_what_htmx_swaps_in_is_alive_at_once(csm_client) -> None:
    """Its delay would leave a moment in which a quick key sends a form past htmx, to a page."""
    metas = Metas(csm_client.get("/jobs/").text).found
    assert json.loads(unescape(metas["htmx-config"]))["defaultSettleDelay"] == 0


def test_the_policy_allows_nothing_inline_and_nothing_from_outside(csm_client) -> None:
    policy = csm_client.get("/jobs/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_page_one_is_on_is_marked(csm_client) -> None:
    assert '<a href="/jobs/" aria-current="page">Jobs</a>' in csm_client.get("/jobs/").text


@pytest.mark.parametrize("name", ["admin_client", "csm_client"])
def test_only_admins_find_the_way_to_the_admin(name, request) -> None:
    page = request.getfixturevalue(name).get("/jobs/").text
    assert (reverse("admin:index") in page) is (name == "admin_client")


def test_the_search_leads_to_the_portfolio(csm_client) -> None:
    page = csm_client.get("/jobs/").text
    assert 'action="/portfolio/"' in page
    assert 'name="q"' in page


def test_messages_are_announced() -> None:
    shown = render_to_string("_messages.html", {"messages": [Message(constants.SUCCESS, "Done.")]})
    assert 'role="status"' in shown
    assert '<p class="message success">Done.' in shown


@pytest.mark.parametrize(
    ("color", "text", "expected"),
    [
        ("Green", "Green 82", ("colour g", "Green 82")),
        ("Y", "", ("colour y", "Yellow")),
        ("Red", None, ("colour r", "Red")),
        ("", "", ("colour na", "NA")),
        (None, "", ("colour na", "NA")),
        ("N", "N", ("colour na", "N")),
    ],
)
def test_a_colour_has_a_word_beside_it(color, text, expected) -> None:
    shown = render_to_string("_color.html", {"color": color, "text": text})
    assert f'class="{expected[0]}"' in shown
    assert f"</svg>{expected[1]}</span>" in shown


@override_settings(ROOT_URLCONF="tests.accounts.test_frame")
@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/nowhere/", 404, "Not here"),
        ("/forbidden/", 403, "Only admins may change this."),
        ("/configuring/", 403, "Only admins may change this."),
        ("/broken/", 500, "Something broke"),
    ],
)
def test_errors_are_told_in_the_look_of_the_product(csm, address, status, words) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(csm)
    answer = client.get(address)
    assert answer.status_code == status
    assert words in answer.text


def test_a_stale_form_says_what_to_do(rf) -> None:
    answer = csrf_failure(rf.post("/"))
    assert answer.status_code == 403
    assert "This page was open for too long" in answer.content.decode()
