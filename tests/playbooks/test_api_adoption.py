"""Goals of adoption and reasons against it over the API."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Account, AdoptionGoal, NonAdoption, User
from tests import factories as make
from tests.api import ids, post, results

pytestmark = pytest.mark.django_db
GOALS, REASONS = "/adoption-goals/", "/non-adoptions/"


@pytest.fixture
def account(csm: User) -> Account:
    make.make_edition()
    return make.make_account(csm=csm, external_id="A-1")


def test_a_goal_is_set_and_replaced(csm_client: Client, csm: User, account: Account) -> None:
    body = {"account": "A-1", "use_case": "ci", "level": "basic", "due_on": "2026-12-31"}
    first = post(csm_client, GOALS, body)
    again = post(csm_client, GOALS, body | {"level": "advanced", "due_on": None})
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["id"] == again.json()["id"]
    [told] = results(csm_client, GOALS)
    assert (told["level"], told["due_on"], told["set_by"]["email"]) == (
        "advanced",
        None,
        csm.email,
    )


def test_a_reason_is_noted_and_replaced(csm_client: Client, account: Account) -> None:
    for reason in ("cost", "migration"):
        body = {"account": "A-1", "use_case": "security", "reason": reason, "note": "Later"}
        assert post(csm_client, REASONS, body).status_code == 200
    [told] = results(csm_client, REASONS)
    assert (told["reason"], told["note"]) == ("migration", "Later")


def test_clearing_answers_with_what_it_was(csm_client: Client, account: Account) -> None:
    goal = make.make_adoption_goal(account=account, level="basic")
    noted = make.make_non_adoption(account=account, reason="cost")
    cleared = post(csm_client, f"{GOALS}{goal.pk}/clear/").json()
    assert (cleared["id"], cleared["level"]) == (goal.pk, "basic")
    assert post(csm_client, f"{REASONS}{noted.pk}/clear/").json()["reason"] == "cost"
    assert post(csm_client, f"{GOALS}{goal.pk}/clear/").status_code == 404
    assert not AdoptionGoal.objects.exists()
    assert not NonAdoption.objects.exists()


@pytest.mark.parametrize(
    ("path", "body", "attr"),
    [
        (GOALS, {"use_case": "cooking", "level": "basic"}, "use_case"),
        (GOALS, {"use_case": "ci", "level": "best"}, "level"),
        (REASONS, {"use_case": "cooking", "reason": "cost"}, "use_case"),
        (REASONS, {"use_case": "ci", "reason": "weather"}, "reason"),
    ],
)
def test_what_is_not_known_is_refused_by_name(
    csm_client: Client, account: Account, path: str, body: dict[str, str], attr: str
) -> None:
    answer = post(csm_client, path, {"account": "A-1"} | body)
    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == [attr]


def test_without_an_edition_no_use_case_is_known(csm_client: Client, csm: User) -> None:
    make.make_account(csm=csm, external_id="A-1")
    answer = post(csm_client, GOALS, {"account": "A-1", "use_case": "ci", "level": "basic"})
    assert answer.status_code == 400


def test_lists_are_narrowed(csm_client: Client, account: Account) -> None:
    ci = make.make_adoption_goal(account=account, use_case="ci", due_on=make.TODAY)
    make.make_adoption_goal(account=account, use_case="security", level="advanced")
    assert ids(csm_client, GOALS, use_case="ci") == [ci.pk]
    assert ids(csm_client, GOALS, level="intermediate") == [ci.pk]
    assert ids(csm_client, GOALS, due_before="2026-12-01") == [ci.pk]
    assert ids(csm_client, REASONS, reason="cost", account="A-1") == []
