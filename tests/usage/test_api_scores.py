"""Score cards and transitions over the API."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from accounts.models import Account, User
from tests import factories
from tests.api import ROOT, fault, ids, results
from usage.models import ScoreCard
from usage.services import scoring

CARDS = "/score-cards/"


def test_a_card_names_its_components(csm_client: Client, account: Account) -> None:
    factories.make_score_card(account=account, component_colors="YGN", component_levels="-2-")
    (told,) = results(csm_client, CARDS)
    assert (told["period"], told["edition"], told["color"]) == ("2026-10", "2025", "Yellow")
    assert told["components"][1] == {
        "code": "ci", "name": "CI", "value": None, "score": 88.0, "color": "Green", "level": "advanced",
    }  # fmt: skip
    assert told["components"][2]["color"] == "NA"
    assert told["composites"][-1] == {"code": "health", "score": 63.0, "color": "Yellow"}


def test_a_card_without_data_is_na(csm_client: Client, account: Account) -> None:
    card = factories.make_score_card(account=account, score=None)
    assert csm_client.get(f"{ROOT}{CARDS}{card.pk}/").json()["color"] == "NA"
    assert ids(csm_client, CARDS, color="NA") == [card.pk]
    assert ids(csm_client, CARDS, color="Yellow") == []


@pytest.mark.parametrize(
    "wanted",
    [
        {"account": "A-1"},
        {"period": "2026-09"},
        {"to": "2026-09"},
        {"from": "2026-09", "to": "2026-09"},
        {"edition": "2024"},
        {"color": "Red"},
        {"component": "ci", "component_color": "Red"},
        {"component": "security", "component_color": "NA"},
    ],
    ids=str,
)
def test_cards_are_narrowed_by(csm: User, csm_client: Client, wanted: dict[str, str]) -> None:
    one = factories.make_score_card(
        account=factories.make_account(csm=csm, external_id="A-1"),
        edition=factories.make_edition("2024"),
        period=date(2026, 9, 1),
        score=30,
        component_colors="YRN",
    )
    factories.make_score_card(account=factories.make_account(csm=csm), component_colors="RYR")
    assert ids(csm_client, CARDS, **wanted) == [one.pk]


def test_a_component_is_found_where_its_edition_has_it(csm: User, csm_client: Client) -> None:
    other = factories.make_edition("2030", published=False)
    other.use_cases.filter(code="ci").update(position=9)  # last instead of second
    account = factories.make_account(csm=csm)
    factories.make_score_card(account=account, component_colors="RYG")
    last = factories.make_score_card(account=account, edition=other, component_colors="YGR")
    assert ids(csm_client, CARDS, component="ci", component_color="Red") == [last.pk]


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        ({"component": "ci"}, "component_color"),
        ({"component_color": "Red"}, "component"),
        ({"component": "cii", "component_color": "Red"}, "component"),
        ({"period": "2026-13"}, "period"),
        ({"from": "October"}, "from"),
        ({"edition": "1999"}, "edition"),
        ({"color": "red"}, "color"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(csm_client: Client, wanted, named: str) -> None:
    factories.make_edition()
    status, _, attr = fault(csm_client.get(f"{ROOT}{CARDS}", wanted))
    assert (status, attr) == (400, named)


def test_cards_of_strangers_are_not_there(stranger_client: Client, account: Account) -> None:
    card = factories.make_score_card(account=account)
    assert ids(stranger_client, CARDS) == []
    assert stranger_client.get(f"{ROOT}{CARDS}{card.pk}/").status_code == 404


def test_a_card_is_explained_down_to_its_components(csm_client: Client, account: Account) -> None:
    card = factories.make_score_card(account=account, component_colors="YGN")
    tree = csm_client.get(f"{ROOT}{CARDS}{card.pk}/explanation/").json()
    (product,) = tree["children"]
    ci = product["children"][1]
    assert (tree["code"], tree["score"], tree["color"]) == ("health", 63.0, "Yellow")
    assert (ci["code"], ci["score"], ci["weight_share"]) == ("ci", 88.0, 0.5)
    assert ci["children"] == []


def test_health_is_told_with_what_each_part_adds(csm_client: Client, account: Account) -> None:
    factories.make_health_edition()
    factories.make_subscription(account=account)
    factories.make_activity(
        account=account, kind="update", sentiment="red", happened_at=factories.NOW
    )
    november = date(2026, 11, 1)
    scoring.score(scoring.ScoreRequest(november, november), now=factories.NOW)
    card = ScoreCard.objects.get()
    told = csm_client.get(f"{ROOT}{CARDS}{card.pk}/health/").json()
    assert (told["score"], told["color"], told["is_overridden"]) == (25.0, "Red", True)
    risk = next(group for group in told["groups"] if group["code"] == "risk")
    assert (risk["contribution"], risk["weight_share"]) == (25.0, 1.0)
    assert (risk["measures"][0]["code"], risk["measures"][0]["text"]) == ("sentiment", "Red")


def test_health_of_usage_alone_has_no_groups(csm_client: Client, account: Account) -> None:
    card = factories.make_score_card(account=account)
    told = csm_client.get(f"{ROOT}{CARDS}{card.pk}/health/").json()
    assert told == {"score": 63.0, "color": "Yellow", "is_overridden": False, "groups": []}


def test_a_card_of_a_stranger_is_not_explained(stranger_client: Client, account: Account) -> None:
    card = factories.make_score_card(account=account)
    assert stranger_client.get(f"{ROOT}{CARDS}{card.pk}/explanation/").status_code == 404


def test_a_transition_is_told(csm_client: Client, account: Account) -> None:
    factories.make_transition(account=account)
    (told,) = results(csm_client, "/transitions/")
    assert (told["period"], told["from_period"]) == ("2026-10", "2026-09")
    assert (told["component"], told["from_color"], told["to_color"]) == ("ci", "Green", "Yellow")


@pytest.mark.parametrize(
    "wanted",
    [
        {"account": "A-1"},
        {"period": "2026-08"},
        {"component": "security"},
        {"from_color": "Yellow"},
        {"to_color": "Red"},
        {"edition": "2024"},
    ],
    ids=str,
)
def test_transitions_are_narrowed_by(csm: User, csm_client: Client, wanted) -> None:
    one = factories.make_transition(
        account=factories.make_account(csm=csm, external_id="A-1"),
        edition=factories.make_edition("2024"),
        component="security",
        from_color="Yellow",
        to_color="Red",
        period=date(2026, 8, 1),
        from_period=date(2026, 7, 1),
    )
    later = factories.make_edition(in_force_from=date(2026, 9, 1))
    factories.make_transition(account=factories.make_account(csm=csm), edition=later)
    assert ids(csm_client, "/transitions/", **wanted) == [one.pk]


def test_transitions_are_of_the_edition_in_force_unless_another_is_asked_for(
    csm_client: Client, account: Account
) -> None:
    earlier = factories.make_edition("2025")
    later = factories.make_edition("2026", in_force_from=date(2026, 10, 1))
    superseded = factories.make_transition(account=account, edition=earlier)
    kept = factories.make_transition(account=account, edition=later)
    before = factories.make_transition(
        account=account,
        edition=earlier,
        period=date(2026, 9, 1),
        from_period=date(2026, 8, 1),
    )
    assert sorted(ids(csm_client, "/transitions/")) == sorted([kept.pk, before.pk])
    assert ids(csm_client, "/transitions/", edition="2026") == [kept.pk]
    asked = ids(csm_client, "/transitions/", edition="2025")
    assert sorted(asked) == sorted([superseded.pk, before.pk])
    one = csm_client.get(f"{ROOT}/transitions/{superseded.pk}/")
    assert one.json()["edition"] == "2025"


def test_transitions_can_be_followed_from_a_moment(csm_client: Client, account, now) -> None:
    fall = factories.make_transition(account=account)
    assert ids(csm_client, "/transitions/", detected_after="2026-11-16T08:59:59Z") == [fall.pk]
    assert ids(csm_client, "/transitions/", detected_after="2026-11-16T09:00:00Z") == []


@pytest.mark.parametrize("moment", ["soon", "0001-01-01T00:00:00+15:00", "2026-11-16 09:00 Uhr"])
def test_a_moment_that_is_none_is_refused(csm_client: Client, moment: str) -> None:
    response = csm_client.get(f"{ROOT}/transitions/", {"detected_after": moment})
    assert fault(response) == (400, "invalid", "detected_after")


def test_a_moment_may_have_any_offset(csm_client: Client, account: Account) -> None:
    fall = factories.make_transition(account=account)
    assert ids(csm_client, "/transitions/", detected_after="2026-11-15T15:24:59-17:35") == [fall.pk]


@pytest.mark.parametrize("rows", [3, 30])
@pytest.mark.parametrize(("path", "most"), [(CARDS, 5), ("/transitions/", 4)])
def test_query_count_is_flat(
    csm: User, csm_client: Client, path: str, most: int, rows: int, django_assert_max_num_queries
) -> None:
    for _ in range(rows):
        account = factories.make_account(csm=csm)
        factories.make_score_card(account=account)
        factories.make_transition(account=account)
    with django_assert_max_num_queries(
        most
    ):  # session, person, rows; names of parts and levels, or editions in force
        assert len(ids(csm_client, path)) == rows
