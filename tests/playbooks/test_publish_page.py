"""The page that puts an edition in force: shown first, with a reason, and taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Job, User
from tests import book
from tests.book import AUGUST, OCTOBER, build, live_ctas, make_customer
from tests.factories import NOW, make_edition
from usage.models import Edition, Instance, ScoreCard, Transition
from usage.services import editions, scoring
from usage.services.scoring import ScoreRequest

pytestmark = pytest.mark.django_db

WHY = "Builds count for more."


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def first(db: None) -> Edition:
    return book.load_edition()


@pytest.fixture
def customer(csm: User) -> Instance:
    return make_customer(csm)


@pytest.fixture
def draft(first: Edition) -> Edition:
    """By it CI is Green above 60 builds."""
    made = editions.copy_as_draft(edition_id=first.pk, name="2025-b")
    measure = made.use_cases.get(code="ci").measures.get()
    measure.bands.filter(color="Green").update(lower=60)
    measure.bands.filter(color="Yellow").update(upper=60)
    return made


def address(edition: Edition, name: str = "publish_edition") -> str:
    return reverse(f"playbooks:{name}", args=[edition.pk])


def send(client: Client, edition: Edition, month: str, **fields: str) -> Any:
    seen = editions.frozen(edition).digest
    values = {"in_force_from": month, "note": WHY, "seen": seen} | fields
    return client.post(address(edition), values)


def act(client: Client, edition: Edition, name: str, note: str) -> Any:
    return client.post(address(edition, name), {"note": note})


def score() -> None:
    book.score()


def test_publish_explain_and_roll_back(
    admin_client: Client, customer: Instance, first: Edition, draft: Edition
) -> None:
    """An admin looks, publishes with a reason, sees the break on the chart, and takes it back."""
    build(customer, "GGG")
    score()
    page = admin_client.get(address(draft), {"from": "2026-10"}).text
    assert "from October 2026" in page
    assert "October 2026, 1 account" in page

    answer = send(admin_client, draft, "2026-10")
    assert answer.url == reverse("usage:edition", args=[draft.pk])
    score()
    assert Transition.objects.get().cause == "edition"
    assert live_ctas() == []
    shown = admin_client.get(answer.url).text
    assert WHY in shown
    assert "in place of 2025" in shown
    assert "Put 2025 in force again" in shown
    account = book.account_of(customer)
    usage = admin_client.get(reverse("playbooks:account_usage", args=[account.pk])).text
    assert "Edition 2025-b from here on" in usage
    assert 'class="turn-label"' in usage
    assert "Edition 2025-b from Oct 2026" in usage  # in the words of the chart
    summary = admin_client.get(reverse("playbooks:account", args=[account.pk])).text
    assert "caused by the change to edition 2025-b" in summary

    before = ScoreCard.objects.filter(edition=first, period=OCTOBER).values().get()
    answer = act(admin_client, draft, "roll_back_edition", "Too strict.")
    assert answer.url == reverse("usage:edition", args=[first.pk])
    score()
    assert ScoreCard.objects.filter(edition=first, period=OCTOBER).values().get() == before
    assert not Transition.objects.exists()
    assert "Too strict." in admin_client.get(answer.url).text


def test_a_reason_is_asked_for(admin_client: Client, draft: Edition) -> None:
    answer = send(admin_client, draft, "2026-10", note=" ")
    assert answer.status_code == 422
    assert "This field is required" in answer.text
    draft.refresh_from_db()
    assert draft.is_draft


def test_a_month_that_is_none_is_said(admin_client: Client, draft: Edition) -> None:
    answer = send(admin_client, draft, "autumn%s")
    assert answer.status_code == 422
    assert "is not a month" in answer.text
    assert "is not a month" in admin_client.get(address(draft), {"from": "autumn"}).text


def test_the_second_of_two_admins_is_told(admin_client: Client, draft: Edition) -> None:
    stale = editions.frozen(draft).digest
    measure = draft.use_cases.get(code="ci").measures.get()
    measure.bands.filter(color="Green").update(lower=61)
    measure.bands.filter(color="Yellow").update(upper=61)
    answer = send(admin_client, draft, "2026-10", seen=stale)
    assert answer.status_code == 409
    assert "Somebody changed edition 2025-b since it was shown to you" in answer.text
    assert editions.frozen(draft).digest in answer.text
    assert WHY in answer.text
    draft.refresh_from_db()
    assert draft.is_draft


def test_calls_to_action_open_for_the_change_when_asked_for(
    admin_client: Client, customer: Instance, draft: Edition
) -> None:
    build(customer, "GGG")
    send(admin_client, draft, "2026-10", opens_ctas="on")
    book.make_triggers()
    score()
    assert [cta.title for cta in live_ctas()] == ["CI fell from Green to Yellow"]


def test_a_draft_that_is_not_valid_says_why_and_has_no_form(
    admin_client: Client, draft: Edition
) -> None:
    draft.use_cases.get(code="ci").measures.get().bands.filter(color="Green").delete()
    page = admin_client.get(address(draft)).text
    assert "ci.builds_per_user: no band above 60" in page.replace(
        "ci.builds_per_billable_user", "ci.builds_per_user"
    )
    assert 'name="seen"' not in page


def test_what_it_decides_already_is_said(admin_client: Client, first: Edition) -> None:
    page = admin_client.get(address(first), {"from": ""}).text
    assert "It decides the months from the beginning on already." in page
    assert 'name="seen"' not in page
    assert send(admin_client, first, "2026-10").status_code == 409


def test_another_edition_that_decides_later_is_named(
    admin_client: Client, first: Edition, draft: Edition
) -> None:
    send(admin_client, draft, "2026-11")
    other = editions.copy_as_draft(edition_id=first.pk, name="between")
    page = admin_client.get(address(other), {"from": "2026-09"}).text
    assert "until another edition decides, in November 2026" in page


def test_an_edition_is_taken_out_of_force_with_a_reason(
    admin_client: Client, first: Edition
) -> None:
    answer = act(admin_client, first, "retire_edition", "")
    assert answer.status_code == 422
    answer = act(admin_client, first, "retire_edition", "No more.")
    assert answer.url == reverse("usage:edition", args=[first.pk])
    first.refresh_from_db()
    assert first.status == Edition.Status.RETIRED
    assert "withdrawn on" in admin_client.get(answer.url).text


def test_what_cannot_be_rolled_back_is_said(admin_client: Client, first: Edition) -> None:
    answer = act(admin_client, first, "roll_back_edition", "Back.")
    assert answer.status_code == 409
    answer = act(admin_client, first, "roll_back_edition", "")
    assert answer.status_code == 422


def test_the_list_tells_which_months_an_edition_decides(
    csm_client: Client, admin_client: Client, first: Edition, draft: Edition
) -> None:
    send(admin_client, draft, "2026-09")
    make_edition("2099", published=False)
    page = csm_client.get(reverse("usage:editions")).text
    assert "from the beginning to August 2026" in page
    assert "from September 2026" in page


def test_scores_of_the_months_are_asked_for(
    admin_client: Client, customer: Instance, draft: Edition
) -> None:
    build(customer, "GGG")
    send(admin_client, draft, "2026-10")
    job = Job.objects.get(kind="score")
    assert job.params == {"from": "2026-10", "to": "2026-10"}
    assert scoring.score(ScoreRequest(AUGUST, date(2026, 10, 1)), now=NOW).created == 3
