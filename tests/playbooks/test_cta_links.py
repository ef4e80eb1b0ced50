"""Links of a call to action: to objects of its account and to addresses, on page and API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Account, User
from playbooks.errors import LinkInvalid
from playbooks.models import CallToAction, CTALink
from playbooks.services import ctas
from playbooks.services.ctas import NewLink
from tests import factories
from tests.api import fault, post
from tests.factories import make_cta, make_link


@pytest.fixture
def cta(account: Account) -> CallToAction:
    return make_cta(account=account)


def link(cta: CallToAction, by: User, now: datetime, **target: Any) -> CTALink:
    return ctas.link_cta(cta_id=cta.pk, link=NewLink(**target), by=by, now=now)


def objects_of(account: Account) -> dict[str, Any]:
    return {
        "subscription": factories.make_subscription(account=account),
        "objective": factories.make_objective(account=account),
        "activity": factories.make_activity(account=account, subject="Weekly call"),
        "other_cta": make_cta(account=account, type="escalation"),
    }


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("subscription", "renewal"),
        ("objective", "objective"),
        ("activity", "timeline"),
        ("other_cta", "escalation"),
    ],
)
def test_it_leads_to_an_object_of_the_account(
    cta: CallToAction, csm: User, now: datetime, name: str, kind: str
) -> None:
    target = objects_of(cta.account)[name]
    made = link(cta, csm, now, **{name: target})
    assert (made.kind, made.target, made.created_by) == (kind, target, csm)
    assert made.words
    event = cta.events.get()
    assert (event.kind, event.detail) == ("linked", {"link": made.pk, "kind": kind})


def test_it_leads_to_an_address(cta: CallToAction, csm: User, now: datetime) -> None:
    address = "HTTPS://crm.example/o/1"
    made = link(cta, csm, now, url=address, kind="opportunity", label=" Upsell ")
    assert (made.kind, made.url, made.words) == ("opportunity", "https://crm.example/o/1", "Upsell")


def test_the_same_target_twice_is_one_link(cta: CallToAction, csm: User, now: datetime) -> None:
    first, second = (link(cta, csm, now, url="https://crm.example/") for _ in range(2))
    assert first == second
    assert cta.events.count() == 1


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://a.example/", "//a.example", "a.example", "https://"]
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_refused(
    cta: CallToAction, csm: User, now: datetime, url: str
) -> None:
    with pytest.raises(LinkInvalid, match="https://"):
        link(cta, csm, now, url=url)


def test_an_address_has_an_end(cta: CallToAction, csm: User, now: datetime) -> None:
    with pytest.raises(LinkInvalid, match="500"):
        link(cta, csm, now, url="https://a.example/" + 500 * "x")


def test_it_leads_to_one_thing(cta: CallToAction, csm: User, now: datetime) -> None:
    subscription = factories.make_subscription(account=cta.account)
    for target in ({}, {"url": "https://a.example/", "subscription": subscription}):
        with pytest.raises(LinkInvalid, match="one thing"):
            link(cta, csm, now, **target)


def test_it_leads_to_nothing_of_another_account_and_not_to_itself(
    cta: CallToAction, csm: User, now: datetime
) -> None:
    other = make_cta(account=factories.make_account(csm=csm))
    for target in (other, cta):
        with pytest.raises(LinkInvalid, match="same account"):
            link(cta, csm, now, other_cta=target)


def test_a_link_is_taken_away_once(cta: CallToAction, csm: User, now: datetime) -> None:
    made = link(cta, csm, now, url="https://a.example/")
    for _ in range(2):
        ctas.unlink_cta(cta_id=cta.pk, link_id=made.pk, by=csm, now=now)
    assert list(cta.events.values_list("kind", flat=True)) == ["linked", "unlinked"]


def test_the_link_of_another_one_stays(
    cta: CallToAction, account: Account, csm: User, now: datetime
) -> None:
    of_other = make_link(cta=make_cta(account=account))
    ctas.unlink_cta(cta_id=cta.pk, link_id=of_other.pk, by=csm, now=now)
    assert CTALink.objects.get() == of_other


def test_the_database_holds_that_it_leads_to_one_thing(cta: CallToAction) -> None:
    subscription = factories.make_subscription(account=cta.account)
    for target in ({"url": ""}, {"url": "javascript:x"}, {"subscription": subscription}):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_link(cta=cta, **target)


def test_the_page_offers_what_the_account_has(csm_client: Client, cta: CallToAction) -> None:
    objects = objects_of(cta.account)
    theirs = factories.make_subscription()
    text = csm_client.get(f"/ctas/{cta.pk}/links/new/").text
    for name, target in objects.items():
        assert f'value="{name}:{target.pk}"' in text
    assert f'value="subscription:{theirs.pk}"' not in text


def test_a_link_is_made_and_shown(csm_client: Client, cta: CallToAction) -> None:
    entry = objects_of(cta.account)["activity"]
    url = f"/ctas/{cta.pk}/links/new/"
    assert csm_client.post(url, {"target": f"activity:{entry.pk}"}).status_code == 302
    csm_client.post(url, {"url": "https://crm.example/o/1", "kind": "opportunity", "label": "Up"})
    text = csm_client.get(f"/ctas/{cta.pk}/").text
    assert "Weekly call" in text
    assert '<a href="https://crm.example/o/1" rel="noopener noreferrer">Up</a>' in text


def test_an_entry_that_is_deleted_is_not_shown(
    csm_client: Client, cta: CallToAction, now: datetime
) -> None:
    entry = factories.make_activity(account=cta.account, subject="Weekly call", deleted_at=now)
    make_link(cta=cta, kind="timeline", url="", activity=entry)
    assert "Weekly call" not in csm_client.get(f"/ctas/{cta.pk}/").text


@pytest.mark.parametrize("data", [{}, {"url": "javascript:alert(1)"}, {"target": "objective:9"}])
def test_a_link_that_leads_nowhere_comes_back(
    csm_client: Client, cta: CallToAction, data: dict[str, str]
) -> None:
    assert csm_client.post(f"/ctas/{cta.pk}/links/new/", data).status_code == 422
    assert not CTALink.objects.exists()


def test_a_link_is_removed_on_the_page(csm_client: Client, cta: CallToAction) -> None:
    made = make_link(cta=cta)
    assert csm_client.post(f"/ctas/{cta.pk}/unlink/", {}).status_code == 422
    csm_client.post(f"/ctas/{cta.pk}/unlink/", {"link": made.pk})
    assert not CTALink.objects.exists()


def test_the_api_links_and_unlinks(csm_client: Client, cta: CallToAction) -> None:
    subscription = factories.make_subscription(account=cta.account)
    body = {"subscription": subscription.external_id}
    [told] = post(csm_client, f"/ctas/{cta.pk}/link/", body).json()["links"]
    assert (told["kind"], told["subscription"]) == ("renewal", subscription.external_id)
    rest = post(csm_client, f"/ctas/{cta.pk}/unlink/", {"link": told["id"]}).json()["links"]
    assert rest == []


def test_the_api_knows_nothing_of_what_the_caller_does_not_see(
    csm_client: Client, cta: CallToAction
) -> None:
    theirs = make_cta()
    response = post(csm_client, f"/ctas/{cta.pk}/link/", {"other_cta": theirs.pk})
    assert fault(response) == (400, "does_not_exist", "other_cta")
    nothing = post(csm_client, f"/ctas/{cta.pk}/link/", {})
    assert fault(nothing) == (409, "link_invalid", None)
