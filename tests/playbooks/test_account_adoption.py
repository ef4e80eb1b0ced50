"""Goals of adoption and reasons against it, on the page of an account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AdoptionGoal, NonAdoption
from playbooks.queries.account.adoption import Standing, standing
from playbooks.queries.account.months import Cell
from tests import factories
from tests.factories import NOW, TODAY
from tests.playbooks.books import OCTOBER, SEPTEMBER, make_reporting, report, score_months

pytestmark = pytest.mark.django_db
LEVELS = ("minimum", "basic", "intermediate", "advanced")
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture(autouse=True)
def fixed_time() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def scored(account: Account) -> Account:
    """CI is in use; of security nothing is known."""
    report(make_reporting(account), {SEPTEMBER: 0.5, OCTOBER: 0.2})
    score_months()
    return account


def content(client: Client, account: Account) -> str:
    page = client.get(reverse("playbooks:account", args=[account.pk]))
    return page.content.decode()


def said(client: Client, action: str, account: Account, **given: str) -> str:
    url = reverse(f"playbooks:{action}", args=[account.pk])
    return client.post(url, {"use_case": "ci"} | given, follow=True).content.decode()


@pytest.mark.parametrize(
    ("level", "wanted", "due_on", "expected"),
    [
        pytest.param("basic", None, None, Standing.NO_GOAL, id="no goal"),
        pytest.param("", "basic", YESTERDAY, Standing.UNKNOWN, id="not known is not behind"),
        pytest.param("grand", "basic", None, Standing.UNKNOWN, id="a level of another edition"),
        pytest.param("basic", "basic", YESTERDAY, Standing.REACHED, id="exactly reached"),
        pytest.param("advanced", "basic", None, Standing.REACHED, id="more than reached"),
        pytest.param("basic", "advanced", None, Standing.UNDER_WAY, id="below, without a day"),
        pytest.param("basic", "advanced", TODAY, Standing.UNDER_WAY, id="its last day"),
        pytest.param("basic", "advanced", YESTERDAY, Standing.BEHIND, id="the day is over"),
    ],
)
def test_standing_against_the_goal(
    level: str, wanted: str | None, due_on: date | None, expected: Standing
) -> None:
    cell = Cell(OCTOBER, "Yellow", level) if level else None
    goal = AdoptionGoal(level=wanted, due_on=due_on) if wanted else None
    assert standing(LEVELS, cell, goal, today=TODAY) is expected


def test_the_page_says_what_is_behind_and_what_is_not_known(
    viewer_client: Client, scored: Account
) -> None:
    for code in ("ci", "security"):
        factories.make_adoption_goal(
            account=scored, use_case=code, level="advanced", due_on=YESTERDAY
        )
    page = content(viewer_client, scored)
    assert "Goal: Advanced by 15 Nov" in page
    assert "Behind the goal since 15 Nov" in page
    assert "Not known whether it is reached" in page
    assert "Save goal" not in page  # a viewer changes nothing


def test_the_page_says_what_is_reached_and_what_has_time(
    csm_client: Client, scored: Account
) -> None:
    goal = factories.make_adoption_goal(account=scored, level="minimum", due_on=YESTERDAY)
    assert "Goal reached" in content(csm_client, scored)
    AdoptionGoal.objects.filter(pk=goal.pk).update(level="advanced", due_on=None)
    assert "Below the goal, not due yet" in content(csm_client, scored)


def test_a_goal_is_set_and_cleared(csm_client: Client, scored: Account) -> None:
    page = said(csm_client, "set_goal", scored, level="advanced", due_on="2026-12-31")
    assert "Goal of CI: Advanced." in page
    assert "by 31 Dec" in page
    assert "CI has no goal any more." in said(csm_client, "set_goal", scored, level="")
    assert "nothing to clear" in said(csm_client, "set_goal", scored, level="")


def test_a_reason_is_noted_and_cleared(csm_client: Client, scored: Account) -> None:
    action = "note_non_adoption"
    page = said(csm_client, action, scored, reason="learning", note="<b>No</b> trainer")
    assert "CI is not used: Learning." in page
    assert "&lt;b&gt;No&lt;/b&gt; trainer" in page
    assert "any more" in said(csm_client, action, scored, reason="", note="")
    assert "nothing to clear" in said(csm_client, action, scored, reason="", note="")


@pytest.mark.parametrize(
    ("action", "given", "told"),
    [
        ("set_goal", {"level": "", "due_on": "2026-12-31"}, "Choose what should be reached"),
        ("set_goal", {"level": "best"}, "Select a valid choice"),
        ("note_non_adoption", {"note": "Dear"}, "Choose a reason"),
        ("note_non_adoption", {"reason": "weather"}, "Select a valid choice"),
    ],
)
def test_a_wrong_form_is_shown_again_open(
    csm_client: Client, scored: Account, action: str, given: dict[str, str], told: str
) -> None:
    url = reverse(f"playbooks:{action}", args=[scored.pk])
    answer = csm_client.post(url, {"use_case": "ci"} | given)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert answer.content.decode().count('<details class="data" open>') == 1
    assert not AdoptionGoal.objects.exists()
    assert not NonAdoption.objects.exists()


@pytest.mark.parametrize("action", ["set_goal", "note_non_adoption"])
def test_a_use_case_that_the_edition_does_not_have_is_refused(
    csm_client: Client, scored: Account, action: str
) -> None:
    given = {"use_case": "cooking", "level": "basic", "reason": "cost"}
    assert "no use case of the edition" in said(csm_client, action, scored, **given)
    assert not AdoptionGoal.objects.exists()
    assert not NonAdoption.objects.exists()


def test_what_was_said_of_a_use_case_that_is_gone_can_be_cleared(
    csm_client: Client, scored: Account
) -> None:
    factories.make_adoption_goal(account=scored, use_case="cooking")
    assert "<b>cooking</b>" in content(csm_client, scored)
    said(csm_client, "set_goal", scored, use_case="cooking", level="")
    assert not AdoptionGoal.objects.exists()
