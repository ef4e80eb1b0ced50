"""Opening a call to action by hand: from the queue, for an account that is searched for, by its form."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import Account, User
from playbooks.models import CallToAction
from tests.factories import NOW, TODAY, make_account

PICK = "/ctas/new/"


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def filled_in(client: Client, account: Account, owner: User, **more: Any) -> CallToAction:
    url = f"/accounts/{account.pk}/ctas/new/"
    key = client.get(url).context["form"]["key"].value()
    data = {"key": key, "title": "Save them", "type": "risk", "priority": 1, "due_on": TODAY}
    response = client.post(url, data | {"owner": owner.pk} | more)
    assert response.status_code == 302, response.context["form"].errors
    return CallToAction.objects.get()


def test_the_queue_leads_to_a_new_one(csm_client: Client, account: Account) -> None:
    assert f'href="{PICK}"' in csm_client.get("/queue/").text


def test_a_viewer_is_not_led_there(viewer_client: Client, account: Account) -> None:
    assert PICK not in viewer_client.get("/queue/").text


def test_an_account_is_found_by_a_part_of_its_name(
    csm_client: Client, csm: User, account: Account
) -> None:
    other = make_account(name="Birch Bank", csm=csm)
    text = csm_client.get(PICK, {"q": "LARCH"}).text
    assert f'href="/accounts/{account.pk}/ctas/new/"' in text
    assert f"/accounts/{other.pk}/" not in text


def test_accounts_of_others_are_not_found(csm_client: Client) -> None:
    make_account(name="Larch Foods")
    assert "No account that you see" in csm_client.get(PICK, {"q": "Larch"}).text


def test_of_many_it_says_that_there_are_more(csm_client: Client, csm: User) -> None:
    for n in range(21):
        make_account(name=f"Birch {n}", csm=csm)
    text = csm_client.get(PICK, {"q": "Birch\0"}).text
    assert (text.count('/ctas/new/">'), "There are more" in text) == (20, True)


def test_who_sees_none_is_told(csm_client: Client) -> None:
    assert "You see no account yet" in csm_client.get(PICK).text


def test_a_risk_is_opened_with_all_that_is_said_of_it(
    csm_client: Client, csm: User, account: Account
) -> None:
    said = {"reason": "Sponsor left", "risk_impact": "churn", "risk_reason": "engagement"}
    opened = filled_in(csm_client, account, csm, **said, is_important="on")
    assert {name: getattr(opened, name) for name in said} == said
    assert opened.is_important


def test_what_only_a_risk_has_is_left_out_of_others(
    csm_client: Client, csm: User, account: Account
) -> None:
    opened = filled_in(csm_client, account, csm, type="renewal", risk_impact="churn")
    assert (opened.type, opened.risk_impact, opened.reason) == ("renewal", "", "Opened by hand")
