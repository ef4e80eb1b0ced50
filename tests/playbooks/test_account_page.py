"""The page of one account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Account, User
from playbooks.queries.account.frame import frame
from playbooks.queries.account.summary import Summary, summary
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


def page_of(account: Account, user: User, *, period: date | None = None) -> Summary:
    return summary(frame(account, user=user, now=NOW), period=period)


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
    ):
        assert said in text


def test_the_first_open_ctas_are_there_and_the_way_to_the_others(
    csm: User, csm_client: Client, account: Account
) -> None:
    urgent = factories.make_cta(account=account, priority=1)
    factories.make_task(cta=urgent, done_at=NOW)
    factories.make_task(cta=urgent)
    for _ in range(5):
        factories.make_cta(account=account)
    factories.make_cta(account=account, snoozed_until=TODAY + timedelta(days=5))
    factories.make_cta(account=account, status="success")
    calls = page_of(account, csm).calls
    assert (calls[0], len(calls)) == (urgent, 6)
    assert (calls[0].done_count, calls[0].task_count) == (1, 2)  # type: ignore[attr-defined]
    assert "More that are open" in content(csm_client, account)


def test_each_use_case_says_how_mature_it_is(
    csm: User, csm_client: Client, scored: Account
) -> None:
    ci, security = page_of(scored, csm).maturity
    assert ci.newest is not None
    assert (ci.name, ci.newest.period, ci.newest.color) == ("CI", OCTOBER, "Yellow")
    assert security.newest is None  # it is not part of the plan
    assert "Maturity of use cases" in content(csm_client, scored)


def test_the_plans_are_named_highest_first(csm: User, account: Account) -> None:
    for plan in ("Premium", "Ultimate", "Premium"):
        factories.make_subscription(account=account, plan=factories.make_plan(plan))
    assert frame(account, user=csm, now=NOW).bought.plan == "Ultimate, Premium"


def test_what_runs_is_summed(csm: User, account: Account) -> None:
    factories.make_subscription(account=account, seats=None, end_date=None)
    small = factories.make_subscription(account=account, seats=10, arr=5)
    factories.make_subscription(account=account, end_date=TODAY - timedelta(days=1))
    factories.make_subscription(account=account, start_date=TODAY + timedelta(days=9))
    bought = frame(account, user=csm, now=NOW).bought
    assert (bought.count, bought.seats, bought.arr) == (2, 10, Decimal(50_005))
    assert bought.renews_on == small.end_date


def test_seats_are_unknown_where_no_subscription_says_them(csm: User, account: Account) -> None:
    factories.make_subscription(account=account, seats=None)
    assert frame(account, user=csm, now=NOW).bought.seats is None


def test_the_use_of_seats_is_of_the_current_month_whichever_is_explained(
    csm: User, scored: Account
) -> None:
    use = page_of(scored, csm, period=date(2026, 7, 1)).use
    assert use is not None
    assert use.share == 0.71


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


def test_the_parent_is_linked(csm: User, csm_client: Client, account: Account) -> None:
    parent = factories.make_account(name="Larch Group", csm=csm)
    account.parent = parent
    account.save()
    assert reverse("playbooks:account", args=[parent.pk]) in content(csm_client, account)


def test_a_parent_that_the_person_may_not_see_is_not_named(
    csm_client: Client, account: Account
) -> None:
    account.parent = factories.make_account(name="Secret Group")
    account.save()
    assert "Secret" not in content(csm_client, account)


def test_names_are_escaped(csm_client: Client, account: Account) -> None:
    account.name = "<script>alert(1)</script>"
    account.save()
    assert "<script>alert" not in content(csm_client, account)


def test_it_says_how_far_the_account_has_come(csm_client: Client, scored: Account) -> None:
    text = content(csm_client, scored)
    assert 'id="milestones"' in text
    assert reverse("playbooks:life_cycle", args=[scored.pk]) in text
    assert "First value" in text


@pytest.mark.parametrize("count", [3, 30])
def test_query_count_is_flat_in_instances_and_ctas(
    csm_client: Client, account: Account, count: int, django_assert_max_num_queries
) -> None:
    for _ in range(count):
        report(make_reporting(account), {OCTOBER: 0.5})
        factories.make_task(cta=factories.make_cta(account=account))
        factories.make_contact(account=account)
    score_months()
    with django_assert_max_num_queries(29):
        content(csm_client, account)


@pytest.mark.parametrize("months", [3, 13])
def test_query_count_is_flat_in_months(
    csm_client: Client, account: Account, months: int, django_assert_max_num_queries
) -> None:
    report(make_reporting(account), dict.fromkeys(span(shift(OCTOBER, 1 - months), OCTOBER), 0.5))
    score_months()
    with django_assert_max_num_queries(29):
        content(csm_client, account)
