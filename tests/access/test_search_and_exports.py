"""Search and exports hand out what the person sees, and not a row of others."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.access.cast import MARK, Cast, Person
from tests.access.expected import OTHERS, TEAM
from tests.access.urlconf import told
from tests.api import ROOT

Clients = dict[Person, Client]
SEEING = {*TEAM, Person.VIEWER, Person.ADMIN}

SEARCHES = {
    "the queue": ("/queue/", {"who": "all", "q": MARK[:4].upper()}),
    "the queue's parts": ("/queue/", {"who": "all", "q": MARK[:4], "type": "risk"}),
    "the portfolio": ("/portfolio/", {"q": MARK[:4].upper()}),
    "the portfolio's own": ("/portfolio/", {"segment": "Enterprise"}),
    "accounts of the API": (f"{ROOT}/accounts/", {"q": MARK[:4]}),
    "the export of the portfolio": ("/portfolio/", {"format": "csv"}),
    "a searched export": ("/portfolio/", {"format": "csv", "q": MARK[:4]}),
}


@pytest.mark.parametrize(("path", "asked"), SEARCHES.values(), ids=SEARCHES)
def test_who_sees_an_account_finds_it_and_nobody_else(
    path: str, asked: dict[str, str], world: Cast, clients: Clients
) -> None:
    people = {*SEEING, *OTHERS}
    finding = {person for person in people if finds(clients[person], path, asked)}
    assert finding == SEEING


def finds(client: Client, path: str, asked: dict[str, str]) -> bool:
    response = client.get(path, asked)
    assert response.status_code == 200
    # The page repeats the words that were looked for: only more than those is a find.
    return f"{MARK} ltd" in told(response) or f"call {MARK}" in told(response)


def test_the_choices_of_a_filter_name_nobody_of_another_team(world: Cast, clients: Clients) -> None:
    page = told(clients[Person.STRANGER].get(reverse("playbooks:portfolio")))
    assert "cleo" not in page


def test_the_sums_of_the_portfolio_count_what_is_seen(world: Cast, clients: Clients) -> None:
    totals = {
        person: clients[person].get(reverse("playbooks:portfolio")).context["totals"]
        for person in (Person.OWNER, Person.STRANGER)
    }
    assert totals[Person.OWNER].accounts == 1
    assert totals[Person.STRANGER].accounts == 0
