"""The page of one account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Account, User
from playbooks.models import CallToAction
from playbooks.queries.account import AccountPage, account_page
from tests import factories
from tests.factories import NOW, TODAY
from tests.playbooks.books import OCTOBER, SEPTEMBER, make_reporting, report, score_months
from usage.models import Instance
from usage.periods import shift, span

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fixed_time() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def scored(account: Account) -> Account:
    """CI falls from Green to Yellow in October, of 710 users on 1,000 seats."""
    instance = make_reporting(account, end_date=TODAY + timedelta(days=58))
    report(instance, dict.fromkeys(span(date(2025, 10, 1), SEPTEMBER), 0.5) | {OCTOBER: 0.2})
    score_months()
    return account


def page_of(account: Account, user: User, *, period: date | None = None) -> AccountPage:
    return account_page(account, user=user, period=period, now=NOW)


def content(client: Client, account: Account, **query: str) -> str:
    response = client.get(reverse("playbooks:account", args=[account.pk]), query)
    assert response.status_code == 200
    return response.content.decode()


def test_it_says_health_arr_renewal_seats_and_use_cases(
    csm_client: Client, scored: Account
) -> None:
    text = content(csm_client, scored)
    for said in (
        "Green 76",
        "since September",
        "$412k",
        "in 58 days",
        "71\xa0%",
        "710 of 1,000",
        "0 of 2",
    ):
        assert said in text


def test_a_use_case_lost_since_the_month_before_is_said(
    csm_client: Client, account: Account
) -> None:
    report(make_reporting(account), {SEPTEMBER: 0.5, OCTOBER: 0.2})
    score_months()
    text = content(csm_client, account)
    assert "was 1" in text
    assert "platform adoption at 3" in text


def test_it_is_not_there_for_who_may_not_see_it(stranger_client: Client, scored: Account) -> None:
    url = reverse("playbooks:account", args=[scored.pk])
    assert stranger_client.get(url).status_code == 404
    assert Client().get(url).status_code == 302


def test_only_who_may_work_is_offered_a_new_cta(
    csm_client: Client, viewer_client: Client, account: Account
) -> None:
    link = reverse("playbooks:new_cta", args=[account.pk])
    assert link in content(csm_client, account)
    assert link not in content(viewer_client, account)


def test_the_months_end_with_the_newest_complete_one(csm: User, scored: Account) -> None:
    page = page_of(scored, csm)
    assert (page.periods[0], page.periods[-1], len(page.periods)) == (
        date(2025, 10, 1),
        OCTOBER,
        13,
    )


def test_the_current_month_is_shown_as_soon_as_it_has_a_card(csm: User, account: Account) -> None:
    november = date(2026, 11, 1)
    report(make_reporting(account), {november: 0.5})
    score_months(last=november)
    assert page_of(account, csm).periods[-1] == november


def test_the_newest_known_month_is_explained_down_to_the_snapshot(
    csm_client: Client, scored: Account
) -> None:
    text = content(csm_client, scored)
    instance = Instance.objects.get()
    assert "Why 76 in October 2026" in text
    assert instance.hostname in text
    assert "142 / 710" in text


def test_another_month_is_explained_on_request(csm_client: Client, scored: Account) -> None:
    assert "in July 2026" in content(csm_client, scored, period="2026-07")


@pytest.mark.parametrize("period", ["2026-13", "yesterday", "", "0000-01"])
def test_a_month_that_is_none_is_as_if_none_were_asked(
    csm_client: Client, scored: Account, period: str
) -> None:
    assert "in October 2026" in content(csm_client, scored, period=period)


def test_a_month_without_a_card_says_so(csm_client: Client, scored: Account) -> None:
    assert "March 2020 was not scored" in content(csm_client, scored, period="2020-03")


def test_an_older_month_than_the_table_shows_is_explained(csm: User, account: Account) -> None:
    old = date(2025, 3, 1)
    report(make_reporting(account), {old: 0.5, OCTOBER: 0.5})
    score_months(first=old)
    why = page_of(account, csm, period=old).why
    assert why is not None
    assert why.root is not None
    assert why.later == date(2025, 10, 1)


def test_contributions_sum_to_the_score(csm: User, scored: Account) -> None:
    why = page_of(scored, csm).why
    assert why is not None
    assert why.root is not None
    product = why.root.children[0]
    parts = [child.contribution for child in product.children if child.contribution is not None]
    assert sum(parts) == pytest.approx(product.score)


def test_the_component_that_costs_most_stands_open(csm: User, scored: Account) -> None:
    why = page_of(scored, csm).why
    assert why is not None
    assert why.costliest == "ci"


def test_an_all_green_score_has_no_costliest_part(csm: User, account: Account) -> None:
    report(make_reporting(account), {OCTOBER: 0.5})
    score_months()
    why = page_of(account, csm).why
    assert why is not None
    assert why.costliest == ""


def test_a_charted_component_has_its_table_and_story(csm_client: Client, scored: Account) -> None:
    text = content(csm_client, scored)
    assert "from 0.5 Green in Oct 2025 to 0.2 Yellow in Oct 2026" in text
    assert "−\xa00.3" in text  # noqa: RUF001 - the real minus sign


def test_na_is_na_and_never_zero_or_red(csm: User, account: Account) -> None:
    months = {month: 0.5 for month in span(date(2025, 10, 1), OCTOBER) if month.month != 7}
    report(make_reporting(account), months)
    score_months()
    page = page_of(account, csm)
    ci = next(trend for trend in page.components if trend.code == "ci")
    july = next(month for month in ci.months if month.period == date(2026, 7, 1))
    assert (july.value, july.color, july.is_scored) == (None, "NA", True)
    assert len(ci.chart.lines) == 2


def test_na_says_what_was_missing(csm_client: Client, scored: Account) -> None:
    assert "not part of Premium" in content(csm_client, scored)


def test_stale_data_is_said_in_words(csm_client: Client, account: Account) -> None:
    report(make_reporting(account), {date(2026, 8, 1): 0.5})
    score_months()
    text = content(csm_client, account)
    assert "Health is NA: last data 28 Aug, 80 days ago" in text
    assert "the newest known one was" in text


def test_an_account_without_anything_says_what_would_come(
    csm_client: Client, account: Account
) -> None:
    text = content(csm_client, account)
    for said in (
        "no data yet",
        "no running subscription",
        "No month of this account has been scored yet",
        "Nothing to do here",
        "No subscription is recorded",
        "No instance is mapped",
        "Nobody is recorded",
    ):
        assert said in text


def test_ctas_are_open_snoozed_and_recently_closed(csm: User, account: Account) -> None:
    urgent = factories.make_cta(account=account, priority=1)
    factories.make_task(cta=urgent, done_at=NOW)
    factories.make_task(cta=urgent)
    asleep = factories.make_cta(account=account, snoozed_until=TODAY + timedelta(days=5))
    awake = factories.make_cta(account=account, snoozed_until=TODAY)
    closed = factories.make_cta(account=account, status="success")
    long_closed = NOW - timedelta(days=91)
    factories.make_cta(account=account, status="success", closed_at=long_closed)
    factories.make_cta()  # of another account
    calls = page_of(account, csm).calls
    assert calls.open == [urgent, awake]
    assert calls.snoozed == [asleep]
    assert calls.closed == [closed]
    assert (calls.open[0].done_count, calls.open[0].task_count) == (1, 2)  # type: ignore[attr-defined]


def test_ctas_are_said_with_their_dates(csm_client: Client, account: Account) -> None:
    factories.make_cta(account=account, due_on=TODAY - timedelta(days=2))
    factories.make_cta(
        account=account, snoozed_until=TODAY + timedelta(days=5), snooze_reason="budget frozen"
    )
    factories.make_cta(account=account, status=CallToAction.Status.NOT_RELEVANT)
    text = content(csm_client, account)
    for said in ("2 days late", "wakes in 5 days", "budget frozen", "Not relevant (false alarm)"):
        assert said in text


def test_falls_are_listed_with_their_values(csm: User, scored: Account) -> None:
    drops = page_of(scored, csm).drops
    assert [(drop.name, drop.from_text, drop.to_text) for drop in drops] == [("CI", "0.5", "0.2")]


def test_a_fall_is_listed_once_though_two_editions_saw_it(csm: User, scored: Account) -> None:
    later = factories.make_edition("2026", in_force_from=SEPTEMBER)
    factories.make_transition(account=scored, edition=later, from_value=0.5, to_value=0.2)
    drops = page_of(scored, csm).drops
    assert [drop.transition.edition for drop in drops] == [later]


def test_a_fall_of_a_component_that_is_gone_keeps_its_code(csm: User, scored: Account) -> None:
    factories.make_transition(account=scored, component="gitops")
    assert "gitops" in [drop.name for drop in page_of(scored, csm).drops]


def test_subscriptions_are_running_ended_or_to_come(csm: User, account: Account) -> None:
    running = factories.make_subscription(account=account, seats=None, end_date=None)
    small = factories.make_subscription(account=account, seats=10, arr=5)
    ended = factories.make_subscription(account=account, end_date=TODAY - timedelta(days=1))
    later = factories.make_subscription(account=account, start_date=TODAY + timedelta(days=9))
    bought = page_of(account, csm).bought
    assert [line.subscription for line in bought.lines] == [running, small, later, ended]
    assert (bought.seats, bought.arr, bought.renews_on) == (10, Decimal(50_005), small.end_date)


def test_seats_are_unknown_where_no_subscription_says_them(csm: User, account: Account) -> None:
    factories.make_subscription(account=account, seats=None)
    bought = page_of(account, csm).bought
    assert (bought.seats, bought.use) == (None, None)


def test_plans_are_named_highest_first(csm: User, account: Account) -> None:
    for plan in ("Premium", "Ultimate", "Premium"):
        factories.make_subscription(account=account, plan=factories.make_plan(plan))
    assert page_of(account, csm).bought.plans == ["Ultimate", "Premium"]


def test_instances_say_kind_silence_opt_out_and_clone(csm_client: Client, account: Account) -> None:
    subscription = factories.make_subscription(account=account)
    fresh, old = NOW - timedelta(days=3), NOW - timedelta(days=80)
    factories.make_instance(subscription=subscription, last_reported_at=fresh)
    factories.make_instance(subscription=subscription, last_reported_at=old)
    factories.make_instance(subscription=subscription, opted_out_of_health=True)
    factories.make_instance(subscription=subscription, kind="Unknown", is_clone=True)
    text = content(csm_client, account)
    for said in (
        "1 of 4 report and count",
        "1 Unknown",
        "1 silent",
        "opted out of health",
        "clone",
    ):
        assert said in text
    assert "3 days ago" in text


def test_parent_and_children_are_linked(csm: User, csm_client: Client, account: Account) -> None:
    parent = factories.make_account(name="Larch Group", csm=csm)
    child = factories.make_account(name="Larch Labs", csm=csm, parent=account)
    account.parent = parent
    account.save()
    text = content(csm_client, account)
    assert reverse("playbooks:account", args=[parent.pk]) in text
    assert reverse("playbooks:account", args=[child.pk]) in text


def test_relatives_that_the_person_may_not_see_are_not_named(
    csm_client: Client, account: Account
) -> None:
    account.parent = factories.make_account(name="Secret Group")
    account.save()
    factories.make_account(name="Secret Labs", parent=account)
    assert "Secret" not in content(csm_client, account)


def test_days_are_those_of_the_persons_zone(
    csm: User, csm_client: Client, account: Account
) -> None:
    csm.time_zone = "Pacific/Auckland"
    csm.save()
    instance = make_reporting(account)
    instance.last_reported_at = datetime(2026, 11, 14, 13, tzinfo=UTC)  # the 15th in Auckland
    instance.save()
    assert "15 November 2026 02:00 NZDT" in content(csm_client, account)


def test_contacts_say_what_they_opted_out_of(csm_client: Client, account: Account) -> None:
    factories.make_contact(account=account, opted_out_of_email=True, opted_out_of_surveys=True)
    text = content(csm_client, account)
    assert "no e-mail" in text
    assert "no surveys" in text


def test_names_are_escaped(csm_client: Client, account: Account) -> None:
    account.name = "<script>alert(1)</script>"
    account.save()
    assert "<script>alert" not in content(csm_client, account)


@pytest.mark.parametrize("count", [3, 30])
def test_query_count_is_flat_in_instances_and_ctas(
    csm_client: Client, account: Account, count: int, django_assert_max_num_queries
) -> None:
    for _ in range(count):
        report(make_reporting(account), {OCTOBER: 0.5})
        factories.make_task(cta=factories.make_cta(account=account))
        factories.make_contact(account=account)
    score_months()
    with django_assert_max_num_queries(25):
        content(csm_client, account)


@pytest.mark.parametrize("months", [3, 13])
def test_query_count_is_flat_in_months(
    csm_client: Client, account: Account, months: int, django_assert_max_num_queries
) -> None:
    report(make_reporting(account), dict.fromkeys(span(shift(OCTOBER, 1 - months), OCTOBER), 0.5))
    score_months()
    with django_assert_max_num_queries(25):
        content(csm_client, account)
