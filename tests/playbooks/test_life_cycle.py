"""Milestones and stage of an account, from what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Milestone, MilestoneRule, User
from accounts.services import milestones
from playbooks.milestones import Stage, State
from playbooks.models import CallToAction, CTAType
from playbooks.queries.life_cycle import ONBOARDING_PLAYBOOK, LifeCycle, LifeCycles
from tests import factories
from tests.factories import NOW
from tests.playbooks.books import make_reporting, report, score_months
from usage.models import Instance

pytestmark = pytest.mark.django_db

START = date(2026, 7, 1)
JULY, AUGUST, OCTOBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 10, 1)


@pytest.fixture(autouse=True)
def fixed_time() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def life_cycle(account: Account) -> LifeCycle:
    return LifeCycles(now=NOW).of([account.pk])[account.pk]


def days(account: Account, code: str) -> int | None:
    found = life_cycle(account)
    return next(each.days for each in found.milestones if each.goal.code == code)


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


def begun(account: Account, **fields: Any) -> Instance:
    return make_reporting(account, start_date=START, **fields)


def onboarding(account: Account, status: str, closed_at: datetime) -> CallToAction:
    version = factories.make_playbook(code=ONBOARDING_PLAYBOOK).versions.get()
    return factories.make_cta(
        account=account,
        type=CTAType.LIFECYCLE,
        playbook_version=version,
        status=status,
        closed_at=closed_at,
    )


def test_the_first_call_is_the_first_engagement(account: Account) -> None:
    begun(account)
    factories.make_activity(account=account, kind="email", happened_at=at(2026, 7, 2))
    factories.make_activity(account=account, kind="call", happened_at=at(2026, 7, 20))
    factories.make_activity(account=account, kind="meeting", happened_at=at(2026, 7, 11))
    assert days(account, "first_engagement") == 10


def test_a_deleted_call_does_not_count(account: Account) -> None:
    begun(account)
    factories.make_activity(account=account, happened_at=at(2026, 7, 2), deleted_at=NOW)
    assert days(account, "first_engagement") is None


def test_a_call_before_the_start_has_a_minus(account: Account) -> None:
    begun(account)
    factories.make_activity(account=account, happened_at=at(2026, 6, 21))
    assert days(account, "first_engagement") == -10


def test_customers_from_before_the_timeline_are_not_judged_by_it(account: Account) -> None:
    begun(account)
    factories.make_activity(account=account, happened_at=at(2026, 10, 1))
    engaged, _, onboarded, *_ = life_cycle(account).milestones
    assert (engaged.state, engaged.words) == (State.REACHED, "by day 92 at the latest")
    assert onboarded.state is State.UNKNOWN


def test_a_customer_whom_nobody_called_is_late_where_others_were(account: Account) -> None:
    begun(account)
    factories.make_activity(happened_at=at(2026, 1, 1))
    assert life_cycle(account).milestones[0].state is State.LATE


def test_days_count_from_the_first_subscription(account: Account) -> None:
    begun(account)
    factories.make_subscription(account=account, start_date=date(2026, 9, 1))
    assert life_cycle(account).start == START


def test_closing_onboarding_is_onboarded(account: Account) -> None:
    begun(account)
    onboarding(account, "success", at(2026, 8, 1))
    assert days(account, "onboarded") == 31
    assert life_cycle(account).phase.stage is Stage.IMPLEMENTATION


def test_giving_onboarding_up_is_not_onboarded(account: Account) -> None:
    begun(account)
    onboarding(account, "lack_of_engagement", at(2026, 8, 1))
    assert days(account, "onboarded") is None


def test_seats_reach_their_shares_when_the_snapshot_says_so(account: Account) -> None:
    instance = begun(account)
    for period, users in ((JULY, 60), (AUGUST, 520), (OCTOBER, 810)):
        report(instance, {period: 0.2}, users=users)
    score_months(JULY)
    assert days(account, "first_value") == (date(2026, 8, 28) - START).days
    assert days(account, "half_of_seats") == (date(2026, 8, 28) - START).days
    assert days(account, "most_of_seats") == (date(2026, 10, 28) - START).days
    assert life_cycle(account).phase.stage is Stage.ADOPTION


def test_adoption_is_done_with_most_seats_and_the_bought_use_case(account: Account) -> None:
    instance = begun(account)
    report(instance, {JULY: 0.2, AUGUST: 0.5}, users=900)
    score_months(JULY)
    factories.make_bought_use_case(account=account, use_case="ci")
    found = life_cycle(account)
    assert (found.phase.stage, found.phase.since) == (Stage.OPTIMISE, date(2026, 8, 28))
    assert {each.goal.code: each.days for each in found.use_cases}["ci"] == 58
    assert found.bought_names == ["CI"]


def test_what_was_in_use_before_anybody_measured_is_a_bound(account: Account) -> None:
    instance = begun(account)
    report(instance, {OCTOBER: 0.2}, users=900)
    score_months(JULY)
    found = life_cycle(account)
    [first_value] = [each for each in found.milestones if each.goal.code == "first_value"]
    assert (first_value.state, first_value.measured_days) == (State.REACHED, None)


def test_a_persons_word_goes_before_what_is_found(account: Account, csm: User) -> None:
    report(begun(account), {JULY: 0.2}, users=900)
    score_months(JULY)
    factories.make_milestone(account=account, reached_on=date(2026, 7, 4), set_by=csm)
    [first_value] = [e for e in life_cycle(account).milestones if e.goal.code == "first_value"]
    assert first_value.days == 3
    assert first_value.reached is not None
    assert (first_value.reached.by, first_value.reached.is_by_hand) == (str(csm), True)


def test_an_account_whose_subscriptions_ended_has_churned(account: Account) -> None:
    factories.make_subscription(
        account=account, start_date=date(2025, 1, 1), end_date=date(2026, 10, 31)
    )
    phase = life_cycle(account).phase
    assert (phase.stage, phase.since) == (Stage.CHURNED, date(2026, 10, 31))


def test_one_subscription_that_goes_on_keeps_an_account(account: Account) -> None:
    begun(account)
    factories.make_subscription(
        account=account, start_date=date(2025, 1, 1), end_date=date(2026, 10, 31)
    )
    assert life_cycle(account).phase.stage is Stage.ONBOARDING


def test_will_churn_is_told_by_hand(account: Account) -> None:
    begun(account)
    factories.make_milestone(account=account, code=Milestone.Code.WILL_CHURN)
    assert life_cycle(account).phase.stage is Stage.WILL_CHURN


def test_a_seat_share_without_a_number_reaches_nothing(account: Account) -> None:
    report(begun(account), {JULY: 0.2}, users=900)
    score_months(JULY)
    milestones.load_defaults()
    MilestoneRule.objects.update(seat_share=None)
    assert days(account, "most_of_seats") is None


# --- The page -------------------------------------------------------------------------------------


def test_the_page_shows_milestones_and_stage(csm_client: Client, account: Account) -> None:
    begun(account)
    factories.make_activity(account=account, happened_at=at(2026, 7, 11))
    page = csm_client.get(reverse("playbooks:life_cycle", args=[account.pk])).content.decode()
    assert "Day 10, in time" in page
    assert "93 days overdue" in page  # onboarded
    assert "Not known" in page  # first value: nothing reports
    assert 'aria-current="step">Onboarding' in page


def test_an_account_without_anything_has_a_page(viewer_client: Client, account: Account) -> None:
    page = viewer_client.get(reverse("playbooks:life_cycle", args=[account.pk])).content.decode()
    assert "No subscription is recorded" in page
    assert "Set by hand" not in page


def test_setting_and_clearing_by_hand(csm_client: Client, account: Account) -> None:
    begun(account)
    given = {"code": "first_value", "reached_on": "2026-07-04", "source": "A call"}
    answer = csm_client.post(
        reverse("playbooks:set_milestone", args=[account.pk]), given, follow=True
    )
    assert "set by hand by Cleo" in answer.content.decode()
    cleared = csm_client.post(
        reverse("playbooks:clear_milestone", args=[account.pk]),
        {"code": "first_value"},
        follow=True,
    )
    assert "It was 04 July 2026, A call." in cleared.content.decode()
    assert not Milestone.objects.kept().exists()


def test_clearing_offers_to_undo(csm_client: Client, account: Account) -> None:
    factories.make_milestone(account=account, code="first_value", source="A call")
    clear, restore = (
        reverse(f"playbooks:{each}_milestone", args=[account.pk]) for each in ("clear", "restore")
    )
    cleared = csm_client.post(clear, {"code": "first_value"}, follow=True)
    assert ">Undo</button>" in cleared.text
    back = csm_client.post(restore, {"code": "first_value"}, follow=True)
    assert "First value is set by hand again." in back.text
    assert Milestone.objects.kept().exists()


def test_what_was_cleared_counts_no_more(
    csm_client: Client, account: Account, now: datetime
) -> None:
    factories.make_milestone(account=account, source="A call of old", cleared_at=now)
    page = csm_client.get(reverse("playbooks:life_cycle", args=[account.pk])).text
    assert "A call of old" not in page


@pytest.mark.parametrize("code", ["first_value", "no\x00code", ""])
def test_what_was_not_cleared_is_not_brought_back(
    csm_client: Client, account: Account, code: str
) -> None:
    url = reverse("playbooks:restore_milestone", args=[account.pk])
    assert "nothing to bring back" in csm_client.post(url, {"code": code}, follow=True).text


def test_a_viewer_is_not_offered_to_undo(
    viewer_client: Client, account: Account, now: datetime
) -> None:
    factories.make_milestone(account=account, code="first_value", cleared_at=now)
    page = reverse("playbooks:life_cycle", args=[account.pk])
    assert "Undo" not in viewer_client.get(page, {"cleared": "first_value"}).text


def test_what_is_not_set_cannot_be_cleared(csm_client: Client, account: Account) -> None:
    url = reverse("playbooks:clear_milestone", args=[account.pk])
    page = csm_client.post(url, {"code": "churned"}, follow=True).content.decode()
    assert "nothing to clear" in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param({"source": ""}, "This field is required", id="no source"),
        pytest.param({"source": "  x", "reached_on": "2026-12-24"}, "has come", id="to come"),
    ],
)
def test_a_wrong_form_is_shown_again(
    csm_client: Client, account: Account, wrong: dict[str, str], said: str
) -> None:
    given = {"code": "onboarded", "reached_on": "2026-07-04", "source": "A call"} | wrong
    answer = csm_client.post(reverse("playbooks:set_milestone", args=[account.pk]), given)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_what_they_bought_it_for_is_chosen_among_the_use_cases(
    csm_client: Client, account: Account
) -> None:
    factories.make_edition()
    url = reverse("playbooks:choose_use_cases", args=[account.pk])
    page = csm_client.post(url, {"use_cases": ["ci"]}, follow=True).content.decode()
    assert "bought for CI" in page
    assert csm_client.post(url, {"use_cases": ["nothing"]}).status_code == 422
