"""The pages that take a number apart, that say what moved it, and what would: why, change, roadmap."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Account, User
from playbooks.models import Trigger
from tests import factories
from tests.api import ROOT
from tests.factories import NOW
from tests.playbooks.books import OCTOBER, SEPTEMBER, make_reporting, report, score_months

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fixed_time() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def scored(account: Account) -> Account:
    """CI falls from Green to Yellow in October."""
    report(make_reporting(account), {SEPTEMBER: 0.5, OCTOBER: 0.2})
    score_months()
    return account


def shown(client: Client, name: str, account: Account, **query: str) -> str:
    response = client.get(reverse(f"playbooks:{name}", args=[account.pk]), query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


# --- Why ------------------------------------------------------------------------------------------------


def test_a_part_is_opened_down_to_its_metrics(csm_client: Client, scored: Account) -> None:
    text = shown(csm_client, "why", scored, period="2026-10", of="ci")
    assert "Why CI in October 2026" in text
    for said in ("counts.ci_builds", "142 / 710 = 0.2", "thresholds of edition 2025", "Snapshot "):
        assert said in text
    assert "counts.scans" not in text


def test_without_a_part_the_whole_newest_month_is_shown(
    csm_client: Client, scored: Account
) -> None:
    for of in ("", "tea"):
        assert "Why Health in October 2026" in shown(csm_client, "why", scored, of=of)


def test_a_measure_is_marked(csm_client: Client, scored: Account) -> None:
    text = shown(csm_client, "why", scored, period="2026-10", of="ci.ci_per_user")
    assert "Why CI in October 2026" in text
    assert text.count('class="asked"') == 1


def test_a_month_that_was_not_scored_says_so(csm_client: Client, scored: Account) -> None:
    assert "This month was not scored" in shown(csm_client, "why", scored, period="2020-01")


def test_an_account_without_scores_says_so(csm_client: Client, account: Account) -> None:
    assert "This month was not scored" in shown(csm_client, "why", account)
    assert "no two scored months" in shown(csm_client, "score_change", account)
    assert "No month of this account has been scored" in shown(csm_client, "roadmap", account)


# --- What changed ---------------------------------------------------------------------------------------


def test_the_newest_two_months_are_compared(csm_client: Client, scored: Account) -> None:
    text = shown(csm_client, "score_change", scored)
    assert "Health fell from Green 88 to Green 76" in text
    assert "0.5 → 0.2" in text


def test_parts_and_months_are_chosen(csm_client: Client, scored: Account) -> None:
    query = {"from": "2026-10", "to": "2026-09", "of": "ci"}
    assert "CI rose from Yellow 63 to Green 88" in shown(
        csm_client, "score_change", scored, **query
    )


def test_nothing_changed_is_said(csm_client: Client, scored: Account) -> None:
    query = {"of": "license_utilization"}
    text = shown(csm_client, "score_change", scored, **query)
    assert "stays Green 88" in text
    assert "Nothing that counts changed" in text
    same = {"from": "2026-10", "to": "2026-10"}
    assert "stays Green 76" in shown(csm_client, "score_change", scored, **same)


def test_a_month_that_is_na_has_no_points(csm_client: Client, scored: Account) -> None:
    text = shown(csm_client, "score_change", scored, of="security")
    assert "Security was NA and is NA" in text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"from": "2020-01"}, "no score of 2020-01"),
        ({"of": "tea"}, "no part"),
    ],
    ids=str,
)
def test_what_cannot_be_compared_says_why(
    csm_client: Client, scored: Account, query: dict[str, str], said: str
) -> None:
    assert said in shown(csm_client, "score_change", scored, **query)


def test_one_month_alone_is_not_compared(csm_client: Client, account: Account) -> None:
    report(make_reporting(account), {OCTOBER: 0.2})
    score_months(OCTOBER)
    assert "no two scored months" in shown(csm_client, "score_change", account)


def test_pages_lead_to_why_and_to_what_changed(csm_client: Client, scored: Account) -> None:
    why = reverse("playbooks:why", args=[scored.pk])
    change = reverse("playbooks:score_change", args=[scored.pk])
    summary = shown(csm_client, "account", scored)
    assert f'{why}?period=2026-10"' in summary
    assert f"{change}?from=2026-09&amp;to=2026-10&amp;of=ci" in summary
    assert f"{why}?period=2026-10&amp;of=ci" in summary
    portfolio = csm_client.get(reverse("playbooks:portfolio")).content.decode()
    assert f"{why}?period=2026-10&amp;of=ci" in portfolio
    assert f"{change}?from=2026-09&amp;to=2026-10" in portfolio


def test_a_drops_call_to_action_leads_to_what_changed(
    csm: User, csm_client: Client, scored: Account
) -> None:
    drop = {
        "component": "ci", "period": "2026-10", "from_period": "2026-09", "from_color": "Green",
        "to_color": "Yellow", "text": "CI fell",
    }  # fmt: skip
    cta = factories.make_cta(account=scored, owner=csm, evidence=[drop])
    text = csm_client.get(reverse("playbooks:cta", args=[cta.pk])).content.decode()
    change = reverse("playbooks:score_change", args=[scored.pk])
    assert f"{change}?from=2026-09&amp;to=2026-10&amp;of=ci" in text


# --- Roadmap --------------------------------------------------------------------------------------------


@pytest.fixture
def enablement() -> str:
    playbook = factories.make_playbook(code="ci-enablement", steps=1)
    links = [{"title": "Guide", "url": "https://g.example"}]
    playbook.versions.get().steps.update(title="Look", links=links)
    return str(playbook.name)


def test_a_use_case_says_how_much_more_and_by_which_playbook(
    csm_client: Client, scored: Account, enablement: str
) -> None:
    text = shown(csm_client, "roadmap", scored)
    assert "93 more" in text
    assert f"Playbook: {enablement}" in text
    assert 'href="https://g.example"' in text
    assert "First it has to be known:" in text


def test_a_trigger_names_a_playbook_too(csm_client: Client, scored: Account) -> None:
    playbook = factories.make_playbook(code="grow-ci")
    Trigger.objects.create(
        code="begun", name="Begun", kind="new_use_case", cta_type="expansion", reason="New",
        components=["ci"], playbooks={"ci": "grow-ci"},
    )  # fmt: skip
    assert f"Playbook: {playbook.name}" in shown(csm_client, "roadmap", scored)


def test_its_button_fills_in_the_form_of_a_new_call(
    csm_client: Client, viewer_client: Client, scored: Account, enablement: str
) -> None:
    text = shown(csm_client, "roadmap", scored)
    start = text.index(reverse("playbooks:new_cta", args=[scored.pk]) + "?type=expansion")
    address = text[start : text.index('"', start)].replace("&amp;", "&")
    form = csm_client.get(address).context["form"]
    assert form.initial["playbook"] == "ci-enablement"
    assert form.initial["title"] == enablement
    assert "93 more → Green" in form.initial["summary"]
    assert "?type=expansion" not in shown(viewer_client, "roadmap", scored)


def test_an_old_month_is_shown_where_none_counts_today(
    csm_client: Client, account: Account
) -> None:
    report(make_reporting(account), {date(2026, 5, 1): 0.2})
    score_months(date(2026, 5, 1), date(2026, 5, 1))
    assert "this is the newest month there is" in shown(csm_client, "roadmap", account)


def test_the_roadmap_is_told_over_the_api(
    csm_client: Client, scored: Account, enablement: str
) -> None:
    told: dict[str, Any] = csm_client.get(f"{ROOT}/accounts/{scored.pk}/roadmap/").json()
    assert (told["period"], told["edition"]) == ("2026-10", "2025")
    ci = told["use_cases"][0]
    assert (ci["code"], ci["level"], ci["next_level"]) == ("ci", "basic", "advanced")
    assert ci["ways"][0]["steps"] == [{"color": "Green", "amount": 93}]
    assert ci["playbooks"][0]["steps"] == ["Look"]
    security = told["use_cases"][1]
    assert security["reason"]


def test_the_roadmap_of_nothing_is_empty(csm_client: Client, account: Account) -> None:
    told = csm_client.get(f"{ROOT}/accounts/{account.pk}/roadmap/").json()
    assert told == {"period": None, "edition": None, "use_cases": []}


# --- Queries do not grow --------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 6])
def test_queries_do_not_grow_with_installations(
    csm_client: Client, account: Account, count: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(count):
        report(make_reporting(account), {SEPTEMBER: 0.5, OCTOBER: 0.2})
    score_months(SEPTEMBER)
    for name in ("why", "score_change", "roadmap"):
        with django_assert_max_num_queries(20):
            shown(csm_client, name, account)
