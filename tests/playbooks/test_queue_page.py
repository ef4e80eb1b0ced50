"""The queue page: filters, parts, and what stands beside the list."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts import formats
from accounts.models import Account, User
from playbooks.models import CallToAction
from playbooks.services import queue_order
from tests.factories import (
    NOW,
    TODAY,
    make_account,
    make_cta,
    make_score_card,
    make_subscription,
    make_task,
)

PART = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def titles(client: Client, **params: Any) -> list[str]:
    response = client.get("/queue/", params)
    assert response.status_code == 200
    return [cta.title for cta in response.context["page"].object_list]


def test_my_queue_in_order_with_the_first_beside_it(csm_client: Client, account: Account) -> None:
    make_cta(account=account, title="Later", due_on=TODAY + timedelta(days=3))
    first = make_cta(account=account, title="Sooner", due_on=TODAY)
    response = csm_client.get("/queue/")
    assert [cta.title for cta in response.context["page"].object_list] == ["Sooner", "Later"]
    assert response.context["cta"] == first
    assert "Here because: due today +20 · medium priority +20" in response.text


def test_each_row_leads_to_the_log_of_its_account(csm_client: Client, account: Account) -> None:
    cta = make_cta(account=account)
    text = csm_client.get("/queue/").text
    where = f"/accounts/{account.pk}/timeline/new/?cta={cta.pk}"
    assert f'class="log small" href="{where}"' in text
    assert f'aria-label="Log activity with {account.name}"' in text


def test_who_may_not_write_is_not_led_to_the_log(viewer_client: Client, account: Account) -> None:
    make_cta(account=account)
    assert "Log activity" not in viewer_client.get("/queue/", {"who": "all"}).text


def test_a_deep_link_chooses_what_stands_beside(csm_client: Client, account: Account) -> None:
    make_cta(account=account, due_on=TODAY)
    asked = make_cta(account=account, title="Asked for", status="success")
    response = csm_client.get("/queue/", {"cta": asked.pk})
    assert response.context["cta"] == asked


@pytest.mark.parametrize("asked", ["0", "none", "-1", "9" * 30, "9" * 5_000, "²"])
def test_a_deep_link_to_nothing_shows_the_first(
    csm_client: Client, account: Account, asked: str
) -> None:
    cta = make_cta(account=account)
    assert csm_client.get("/queue/", {"cta": asked}).context["cta"] == cta


def test_what_a_stranger_asks_for_stays_hidden(stranger_client: Client, account: Account) -> None:
    cta = make_cta(account=account, title="Secret drop")
    response = stranger_client.get(f"/queue/?cta={cta.pk}&who=all")
    assert "Secret drop" not in response.text
    assert "cta" not in response.context


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"when": ""}, ["Late", "Expansion"]),
        ({"when": "late"}, ["Late"]),
        ({"when": "week"}, []),
        ({"when": "snoozed"}, ["Asleep"]),
        ({"type": "expansion"}, ["Expansion"]),
        ({"priority": "1"}, ["Late"]),
        ({"component": "security"}, ["Expansion"]),
        ({"q": " lar\0ch "}, ["Late", "Expansion"]),
        ({"when": "today"}, []),
        ({"when": "woke"}, []),
        ({"reason": "Opened by hand"}, ["Expansion"]),
        ({"segment": "Enterprise"}, ["Late", "Expansion"]),
        ({"segment": "?", "reason": "?", "group": "?"}, ["Late", "Expansion"]),
        ({"group": "type"}, ["Expansion", "Late"]),
        ({"q": "oak"}, []),
        ({"when": "ever", "type": "no", "priority": "x", "component": "?"}, ["Late", "Expansion"]),
    ],
)
def test_filters(
    csm_client: Client, account: Account, params: dict[str, str], expected: list[str]
) -> None:
    make_score_card(account=account)  # with its edition come the components
    account.segment = "Enterprise"
    account.save()
    make_cta(account=account, title="Late", priority=1, due_on=TODAY - timedelta(days=1))
    later = TODAY + timedelta(days=20)
    make_cta(
        account=account,
        title="Expansion",
        type="expansion",
        component="security",
        due_on=later,
        reason="Opened by hand",
    )
    make_cta(account=account, title="Asleep", snoozed_until=later)
    assert titles(csm_client, **params) == expected


def test_each_role_opens_its_own_queue(
    account: Account,
    csm: User,
    teammate: User,
    csm_client: Client,
    manager_client: Client,
    viewer_client: Client,
) -> None:
    make_cta(account=account, title="Cleo's")
    make_cta(account=make_account(csm=teammate), title="Timo's")
    make_cta(account=make_account(), title="Nobody's")
    assert titles(csm_client) == ["Cleo's"]
    assert titles(csm_client, who="team") == ["Cleo's", "Timo's"]
    assert titles(manager_client) == ["Cleo's", "Timo's"]
    assert titles(viewer_client) == ["Cleo's", "Timo's", "Nobody's"]
    assert titles(viewer_client, who="team") == titles(viewer_client)  # a viewer has no team


def test_fifty_a_page(csm_client: Client, account: Account) -> None:
    for _ in range(51):
        make_cta(account=account)
    first = csm_client.get("/queue/", {"type": "risk"})
    assert len(first.context["page"].object_list) == 50
    assert "1–50 of 51" in first.text  # noqa: RUF001
    following = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert following is not None
    last = csm_client.get("/queue/" + html.unescape(following[1]))
    assert "51–51 of 51" in last.text  # noqa: RUF001
    assert last.context["chosen"].type == "risk"
    back = re.search(r'rel="prev" href="([^"]+)"', last.text)
    assert back is not None
    again = csm_client.get("/queue/" + html.unescape(back[1]))
    assert again.context["page"] == first.context["page"]


def test_htmx_gets_the_list_alone(csm_client: Client, account: Account) -> None:
    make_cta(account=account)
    response = csm_client.get("/queue/", headers=PART)
    assert response.text.lstrip().startswith('<div id="queue"')
    assert "<html" not in response.text
    assert "HX-Request" in response.headers["Vary"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "Nothing waits for you"),
        ({"who": "team"}, "No call to action is open"),
        ({"q": "larch"}, "none is open without the filter"),
        ({"when": "late"}, "none is open without the filter"),
    ],
)
def test_an_empty_queue_says_what_is_next(
    csm_client: Client, params: dict[str, str], words: str
) -> None:
    assert words in csm_client.get("/queue/", params).text


def test_an_empty_queue_points_to_the_snoozed(csm_client: Client, account: Account) -> None:
    make_cta(account=account, snoozed_until=TODAY + timedelta(days=1))
    assert "See 1 snoozed one" in csm_client.get("/queue/").text


def test_a_filter_that_leaves_nothing_says_how_many_there_are(
    csm_client: Client, account: Account
) -> None:
    make_cta(account=account, due_on=TODAY + timedelta(days=9))
    text = csm_client.get("/queue/", {"when": "late"}).text
    assert "nothing is overdue" in text
    assert "Show all 1" in text


def test_an_empty_queue_points_to_what_is_overdue_in_the_team(
    csm_client: Client, csm: User, teammate: User
) -> None:
    make_cta(account=make_account(csm=teammate), due_on=TODAY - timedelta(days=1))
    assert "Help with 1 overdue of my team" in csm_client.get("/queue/").text


def test_groups_say_how_many_they_have(csm_client: Client, account: Account) -> None:
    make_cta(account=account, due_on=TODAY - timedelta(days=1))
    make_cta(account=account, due_on=TODAY + timedelta(days=20))
    text = csm_client.get("/queue/", {"group": "due"}).text
    assert 'Overdue <span class="count">1</span>' in text
    assert 'After this week <span class="count">1</span>' in text


def test_everyones_list_is_grouped_as_well(viewer_client: Client, account: Account) -> None:
    make_cta(account=account)
    text = viewer_client.get("/queue/", {"who": "all", "group": "account"}).text
    assert f'{account.name} <span class="count">1</span>' in text


def test_a_list_that_is_too_long_to_group_says_so_and_keeps_its_order(
    viewer_client: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "MOST_COUNTED", 1)
    make_cta(account=account, title="Later", type="expansion", due_on=TODAY + timedelta(days=3))
    make_cta(account=account, title="Sooner", type="risk", due_on=TODAY)
    asked = {"who": "all", "group": "type"}
    assert titles(viewer_client, **asked) == ["Sooner", "Later"]
    text = viewer_client.get("/queue/", asked).text
    assert "Too many to group" in text
    assert '<input type="hidden" name="group" value="type">' in text  # narrowed down, it is grouped


@pytest.mark.parametrize("group", ["due", "account", "type"])
@pytest.mark.parametrize("rows", [3, 30])
def test_everyones_list_in_groups_costs_the_same_for_many(
    viewer_client: Client, rows: int, group: str, django_assert_max_num_queries: Any
) -> None:
    for _ in range(rows):
        make_cta(account=make_account())
    viewer_client.get("/queue/")
    with django_assert_max_num_queries(19):
        viewer_client.get("/queue/", {"who": "all", "group": group})


def test_each_row_says_why_it_stands_there(csm_client: Client, account: Account) -> None:
    make_cta(account=account, due_on=TODAY, priority=1)
    queue_order.rank_all(now=NOW)
    row = csm_client.get("/queue/", headers=PART).text
    assert "due today +20 · high priority +40" in row
    assert "ordered by" not in row


def test_text_of_others_is_escaped(csm_client: Client, csm: User) -> None:
    name = "<script>alert(1)</script>"
    make_cta(account=make_account(csm=csm, name=name), title=name, summary=name)
    assert "<script>alert" not in csm_client.get("/queue/").text


def test_who_is_not_signed_in_signs_in_first(client: Client, db: None) -> None:
    response = client.get("/queue/")
    assert (response.status_code, response.headers["Location"]) == (302, "/login/?next=/queue/")


@pytest.mark.parametrize("rows", [3, 30])
def test_the_page_costs_the_same_for_any_number_of_rows(
    csm_client: Client, csm: User, rows: int, django_assert_max_num_queries
) -> None:
    for _ in range(rows):
        account = make_account(csm=csm)
        make_subscription(account=account)
        make_score_card(account=account)
        cta: CallToAction = make_cta(account=account)
        make_task(cta=cta, position=1)
        make_task(cta=cta, position=2)
    with django_assert_max_num_queries(23):
        assert len(titles(csm_client)) == rows


def test_the_owner_is_shown_where_it_is_not_me(
    csm_client: Client, account: Account, teammate: User
) -> None:
    make_cta(account=account, owner=teammate)
    assert "Timo" not in csm_client.get("/queue/").text
    teammate.is_active = False
    teammate.save()
    row = csm_client.get("/queue/", headers=PART).text
    assert "Timo, who cannot work it" in row
