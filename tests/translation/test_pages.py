"""Every page in a language in which marked texts come back in other letters: none is left in ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from accounts import formats
from accounts.models import User
from playbooks.models import BulkRun, CTAEvent
from tests import factories
from tests.access.cast import Cast, Person, make_cast, make_people
from tests.access.routes import ROUTES, WRITTEN
from tests.access.urlconf import OURS, address
from tests.conftest import signed_in
from tests.translation.pseudo import CODE, pseudo_language, widened
from tests.translation.visible import names_of_tables, stored_texts, unmarked

NO_PAGES = ("api-", "saml_", "openid_connect")
PAGES = [
    name for name in OURS if not name.startswith(NO_PAGES) and ROUTES[name].kind not in WRITTEN
]
ALLOWED = {
    "Foothold": "the product's name",
    "NPS": "a name",
    "Product": "a part of the score, called by its code in the edition",
    "Health": "another one",
    "Minimum": "a level of the edition, with a capital",
    "Basic": "another one",
    "Advanced": "another one",
    "Score": "a job, called by the code of its kind",
    "a minute": "a rate, as the settings write it",
    "single sign-on (OpenID Connect)": "what the settings call the provider",
    "single sign-on (SAML)": "what the settings call the provider",
    "Reauthentication not available": "allauth says it, without a mark",
}


@pytest.fixture
def speaking(tmp_path: Path) -> Iterator[None]:
    with pseudo_language(tmp_path):
        yield


@pytest.fixture
def world(csm: User) -> Cast:
    """Metrics of the edition are known: what is wrong with one is said in English, as to commands."""
    for key in ("license_billable_users", "counts.ci_builds", "counts.scans"):
        factories.make_metric(key)
    return make_cast(csm)


@pytest.fixture
def readers(world: Cast, csm: User) -> list[Client]:
    """Who owns the accounts, and who configures."""
    people = make_people(csm)
    return [signed_in(people[person]) for person in (Person.OWNER, Person.ADMIN)]


@pytest.mark.parametrize("name", PAGES)
def test_no_text_of_a_page_is_unmarked(
    name: str, world: Cast, readers: list[Client], speaking: None
) -> None:
    data = [*stored_texts(), *names_of_tables(), *ALLOWED]
    for client in readers:
        response = client.get(address(name, world))
        if response.headers.get("Content-Type", "").startswith("text/html"):
            assert unmarked(response.content.decode(), data) == []


def test_a_page_says_in_which_language_it_is(readers: list[Client], speaking: None) -> None:
    response = readers[0].get("/portfolio/")
    assert f'<html lang="{CODE}">' in response.content.decode()
    assert response.headers["Content-Language"] == CODE
    assert "Accept-Language" in response.headers["Vary"]


def test_a_page_is_english_where_nothing_else_ships(csm_client: Client) -> None:
    response = csm_client.get("/portfolio/", headers={"Accept-Language": "fr, de;q=0.5"})
    assert '<html lang="en-gb">' in response.content.decode()
    assert response.headers["Content-Language"] == "en-gb"


def test_what_a_form_refuses_is_marked(client: Client, db: None, speaking: None) -> None:
    response = client.post("/login/", {"username": "nobody@foothold.example", "password": "x"})
    assert unmarked(response.content.decode(), list(ALLOWED)) == []


def test_what_a_person_is_told_afterwards_is_marked(
    world: Cast, csm_client: Client, speaking: None
) -> None:
    response = csm_client.post(f"/ctas/{world.cta.pk}/start/", follow=True)
    assert widened("Work started.") in response.content.decode()


def test_an_error_of_the_domain_is_marked(world: Cast, csm_client: Client, speaking: None) -> None:
    given = {"until": "2020-01-01", "reason": "zzz"}
    response = csm_client.post(f"/ctas/{world.cta.pk}/snooze/", given)
    text = "That day is over: snooze to the end of today or of a later day."
    assert widened(text) in response.content.decode()


def test_what_is_counted_has_its_forms(speaking: None) -> None:
    assert formats.plural(1, "day") == widened("%(count)s day") % {"count": 1}
    assert formats.plural(1_200, "day") == widened("%(count)s days") % {"count": "1,200"}


def test_days_and_months_are_marked(speaking: None) -> None:
    said = formats.day_text(date(2026, 9, 12), today=date(2027, 1, 1))
    assert said == f"12 {widened('Sep')} 2026"


def test_a_bulk_action_is_kept_in_english(csm: User, csm_client: Client, speaking: None) -> None:
    cta = factories.make_cta(account=factories.make_account(csm=csm, team=csm.team), owner=csm)
    page = csm_client.get(f"/queue/bulk/?cta={cta.pk}")
    form = next(each for each in page.context["forms"] if each.name == "close")
    given = {"action": "close", "ids": str(cta.pk), "key": str(form.initial["key"])}
    csm_client.post("/queue/bulk/", {**given, "status": "success", "comment": ""})
    assert BulkRun.objects.get().words == "Close as Success"


def test_a_risk_is_noted_in_english(csm: User, csm_client: Client, speaking: None) -> None:
    account = factories.make_account(csm=csm, team=csm.team)
    cta = factories.make_cta(account=account, owner=csm, type="risk")
    csm_client.post(f"/ctas/{cta.pk}/risk/", {"impact": "churn", "reason": ""})
    assert CTAEvent.objects.get(kind=CTAEvent.Kind.RISK_ASSESSED).text == "Churn"
