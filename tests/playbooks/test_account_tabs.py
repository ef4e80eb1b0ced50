"""The tabs of one account behind its first one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.keyset import Asked
from accounts.models import Account, User
from playbooks.models import CallToAction
from playbooks.queries.account import cockpit as cockpits
from playbooks.queries.account.cockpit import Filters, State, cockpit
from playbooks.queries.account.family import MOST, Family, family
from playbooks.queries.account.frame import Frame, frame
from playbooks.queries.account.instances import instances
from playbooks.queries.account.seats import Seats, seats
from playbooks.queries.account.usage import usage_page
from playbooks.templatetags.account_bar import TABS
from tests import factories
from tests.factories import NOW, TODAY
from tests.playbooks.books import OCTOBER, SEPTEMBER, make_reporting, report, score_months
from usage.periods import span

pytestmark = pytest.mark.django_db

YEAR = span(date(2025, 10, 1), OCTOBER)


@pytest.fixture(autouse=True)
def fixed_time() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def frame_of(account: Account, user: User) -> Frame:
    return frame(account, user=user, now=NOW)


def content(client: Client, account: Account, tab: str, **query: str) -> str:
    response = client.get(reverse(f"playbooks:account_{tab}", args=[account.pk]), query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.url)
def test_a_tab_is_marked_as_the_current_one_and_leads_to_the_others(
    csm_client: Client, account: Account, tab
) -> None:
    text = csm_client.get(reverse(tab.url, args=[account.pk])).content.decode()
    bar = text[text.index('aria-label="Of this account"') :]
    bar = bar[: bar.index("</nav>")]
    assert f'href="{reverse(tab.url, args=[account.pk])}" aria-current="page"' in bar
    assert bar.count("aria-current") == 1
    assert bar.count("<a ") == len(TABS)


EMPTY = {
    "usage": "No month of this account has been scored yet",
    "seats": "No subscription is recorded",
    "instances": "No instance is mapped",
    "cockpit": "Nothing was ever to do here",
    "contacts": "Nobody is recorded",
    "family": "No account above or below",
}


@pytest.mark.parametrize(("tab", "said"), EMPTY.items(), ids=EMPTY)
def test_an_empty_tab_says_what_would_come(
    csm_client: Client, account: Account, tab: str, said: str
) -> None:
    assert said in content(csm_client, account, tab)


def fill(account: Account, csm: User, count: int) -> None:
    for _ in range(count):
        report(make_reporting(account), dict.fromkeys(YEAR[-3:], 0.5))
        factories.make_license(subscription=account.subscriptions.first())
        factories.make_task(cta=factories.make_cta(account=account, owner=factories.make_user()))
        factories.make_contact(account=account)
        factories.make_account(parent=account, csm=csm)


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.url)
def test_a_large_account_costs_the_queries_of_a_small_one(
    csm: User, csm_client: Client, account: Account, tab
) -> None:
    url = reverse(tab.url, args=[account.pk])
    counts = []
    for more in (3, 27):
        fill(account, csm, more)
        score_months()
        csm_client.get(url)  # what a process loads once is loaded
        with CaptureQueriesContext(connection) as queries:
            csm_client.get(url)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 29


# --- Usage ------------------------------------------------------------------------------------------


def test_a_charted_component_has_its_table_and_story(csm_client: Client, account: Account) -> None:
    report(make_reporting(account), dict.fromkeys(YEAR[:-1], 0.5) | {OCTOBER: 0.2})
    score_months()
    text = content(csm_client, account, "usage")
    assert "from 0.5 Green in Oct 2025 to 0.2 Yellow in Oct 2026" in text
    assert "−\xa00.3" in text  # noqa: RUF001 - the real minus sign


def test_a_month_out_of_the_ordinary_is_marked_in_words_and_shape(
    csm_client: Client, account: Account
) -> None:
    report(make_reporting(account), dict.fromkeys(YEAR[:-1], 0.5) | {OCTOBER: 0.2})
    score_months()
    text = content(csm_client, account, "usage")
    assert "Unusual in October 2026" in text
    assert "fell sharply, unusually low" in text
    assert 'class="odd"' in text


def test_na_is_na_and_never_zero_or_red(csm: User, account: Account) -> None:
    report(make_reporting(account), {month: 0.5 for month in YEAR if month.month != 7})
    score_months()
    page = usage_page(frame_of(account, csm))
    ci = next(trend for trend in page.components if trend.code == "ci")
    july = next(month for month in ci.months if month.period == date(2026, 7, 1))
    assert (july.value, july.color, july.is_scored, july.marks) == (None, "NA", True, ())
    assert len(ci.chart.lines) == 2
    assert page.unusual == []


# --- Seats ------------------------------------------------------------------------------------------


def seats_of(account: Account, user: User) -> Seats:
    return seats(frame_of(account, user))


def test_subscriptions_are_running_to_come_or_ended(csm: User, account: Account) -> None:
    running = factories.make_subscription(account=account, seats=None, end_date=None)
    small = factories.make_subscription(account=account, seats=10, arr=5)
    ended = factories.make_subscription(account=account, end_date=TODAY - timedelta(days=1))
    later = factories.make_subscription(account=account, start_date=TODAY + timedelta(days=9))
    lines = seats_of(account, csm).page.object_list
    assert [line.subscription for line in lines] == [running, small, later, ended]
    assert [line.is_running for line in lines] == [True, True, False, False]
    assert [line.is_ended for line in lines] == [False, False, False, True]


def test_seats_in_use_are_told_month_by_month(csm: User, account: Account) -> None:
    instance = make_reporting(account)
    report(instance, {SEPTEMBER: 0.5}, users=600)
    report(instance, {OCTOBER: 0.5}, users=1_100)
    score_months()
    (line,) = seats_of(account, csm).page.object_list
    shares = [month.use.share if month.use else None for month in line.months]
    assert shares == [*[None] * 11, 0.6, 1.1]
    assert line.over == 100
    assert [month.is_over for month in line.months[-2:]] == [False, True]


def test_an_over_used_subscription_is_said_in_words(csm_client: Client, account: Account) -> None:
    report(make_reporting(account), {OCTOBER: 0.5}, users=1_100)
    score_months()
    text = content(csm_client, account, "seats")
    assert "100 over" in text
    assert "▲ 110" in text


def test_the_days_to_a_share_of_the_seats_are_from_the_start(csm: User, account: Account) -> None:
    instance = make_reporting(account, start_date=date(2026, 8, 10))
    for period, users in ((date(2026, 8, 1), 50), (SEPTEMBER, 500), (OCTOBER, 710)):
        report(instance, {period: 0.5}, users=users)
    score_months()
    (line,) = seats_of(account, csm).page.object_list
    september = next(each.recorded_at for each in instance.snapshots.filter(period=SEPTEMBER))
    days = (september.date() - date(2026, 8, 10)).days
    assert [(each.share, each.days) for each in line.reached] == [
        (0.1, days),
        (0.5, days),
        (0.8, None),
    ]


def test_what_was_reached_before_the_months_shown_is_only_earlier(
    csm: User, account: Account
) -> None:
    report(make_reporting(account), dict.fromkeys(YEAR, 0.5))
    score_months()
    (line,) = seats_of(account, csm).page.object_list
    assert [each.is_earlier for each in line.reached] == [True, True, False]


def test_licences_say_when_they_expire(csm_client: Client, account: Account) -> None:
    subscription = factories.make_subscription(account=account)
    factories.make_license(
        subscription=subscription, issued_on=TODAY, expires_on=TODAY - timedelta(days=1)
    )
    text = content(csm_client, account, "seats")
    assert "expired" in text


# --- Instances --------------------------------------------------------------------------------------


def test_instances_say_kind_silence_opt_out_and_clone(csm_client: Client, account: Account) -> None:
    subscription = factories.make_subscription(account=account)
    fresh, old = NOW - timedelta(days=3), NOW - timedelta(days=80)
    factories.make_instance(subscription=subscription, last_reported_at=fresh)
    factories.make_instance(subscription=subscription, last_reported_at=old)
    factories.make_instance(subscription=subscription, opted_out_of_health=True)
    factories.make_instance(subscription=subscription, kind="Unknown", is_clone=True)
    text = content(csm_client, account, "instances")
    for said in (
        "1 of 4 report and count", "1 Unknown", "1 silent", "1 opted out", "opted out of health",
        "clone", "3 days ago",
    ):  # fmt: skip
        assert said in text


def test_a_version_is_held_against_the_newest_that_anybody_runs(
    csm: User, csm_client: Client, account: Account
) -> None:
    factories.make_instance(version="18.2.1", last_reported_at=NOW)
    mine = factories.make_subscription(account=account)
    factories.make_instance(subscription=mine, version="16.11.0-ee", last_reported_at=NOW)
    factories.make_instance(subscription=mine, version="main", last_reported_at=NOW)
    found = instances(frame_of(account, csm))
    assert found.newest_major == 18
    assert {each.majors_behind for each in found.page.object_list} == {2, None}
    assert "2 majors behind" in content(csm_client, account, "instances")


def test_the_first_report_is_the_oldest_snapshot(csm: User, account: Account) -> None:
    instance = make_reporting(account)
    report(instance, dict.fromkeys(YEAR, 0.5))
    (seen,) = instances(frame_of(account, csm)).page.object_list
    assert seen.first_reported_at == instance.snapshots.order_by("period")[0].recorded_at


def test_days_are_those_of_the_persons_zone(
    csm: User, csm_client: Client, account: Account
) -> None:
    csm.time_zone = "Pacific/Auckland"
    csm.save()
    instance = make_reporting(account)
    instance.last_reported_at = datetime(2026, 11, 14, 13, tzinfo=UTC)  # the 15th in Auckland
    instance.save()
    assert "15 November 2026 02:00 NZDT" in content(csm_client, account, "instances")


# --- Cockpit ----------------------------------------------------------------------------------------


@pytest.fixture
def calls(account: Account) -> dict[str, CallToAction]:
    factories.make_cta()  # of another account
    return {
        "open": factories.make_cta(account=account, due_on=TODAY - timedelta(days=2)),
        "woken": factories.make_cta(account=account, snoozed_until=TODAY - timedelta(days=1)),
        "snoozed": factories.make_cta(
            account=account, snoozed_until=TODAY + timedelta(days=5), snooze_reason="budget frozen"
        ),
        "closed": factories.make_cta(account=account, status="not_relevant", type="renewal"),
    }


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({}, {"open", "woken", "snoozed", "closed"}),
        ({"state": "open"}, {"open", "woken"}),
        ({"state": "snoozed"}, {"snoozed"}),
        ({"state": "closed"}, {"closed"}),
        ({"type": "renewal"}, {"closed"}),
        ({"status": "not_relevant"}, {"closed"}),
        ({"state": "gone", "type": "x", "status": "y"}, {"open", "woken", "snoozed", "closed"}),
    ],
)
def test_calls_are_filtered(
    csm: User, account: Account, calls: dict[str, CallToAction], asked: dict[str, str],
    shown: set[str],
) -> None:  # fmt: skip
    found = cockpit(frame_of(account, csm), Filters.of(asked))
    assert set(found.page.object_list) == {calls[name] for name in shown}
    assert (found.open_count, found.snoozed_count) == (2, 1)


def test_calls_are_said_with_their_dates(
    csm_client: Client, account: Account, calls: dict[str, CallToAction]
) -> None:
    text = content(csm_client, account, "cockpit")
    for said in ("2 days late", "wakes in 6 days", "budget frozen", "Not relevant (false alarm)"):
        assert said in text


def test_calls_are_paged(
    csm: User, account: Account, calls: dict[str, CallToAction], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cockpits, "PAGE", 3)
    first = cockpit(frame_of(account, csm), Filters()).page
    second = cockpit(frame_of(account, csm), Filters(), asked=Asked(after=first.next)).page
    assert {*first.object_list, *second.object_list} == set(calls.values())
    assert Filters(State.CLOSED).narrows


# --- Contacts and family ----------------------------------------------------------------------------


def test_contacts_say_what_they_opted_out_of(csm_client: Client, account: Account) -> None:
    factories.make_contact(account=account, opted_out_of_email=True, opted_out_of_surveys=True)
    text = content(csm_client, account, "contacts")
    assert "no e-mail" in text
    assert "no surveys" in text


def family_of(account: Account, user: User) -> Family:
    return family(frame_of(account, user), user=user)


def names(found: Family) -> list[tuple[str, int]]:
    return [(each.account.name, each.depth) for each in found.relatives]


@pytest.fixture
def larches(account: Account, csm: User) -> Account:
    """Group > Telecom > Labs, and Group > Secret (of nobody's team) > Hidden (the csm's)."""
    group = factories.make_account(name="Group", csm=csm)
    account.parent = group
    account.save()
    factories.make_account(name="Labs", csm=csm, parent=account)
    secret = factories.make_account(name="Secret", parent=group)
    factories.make_account(name="Hidden", csm=csm, parent=secret)
    for each in (account, group, secret):
        factories.make_subscription(account=each, arr=100, seats=10)
    factories.make_cta(account=account)
    factories.make_cta(account=account, status="success")
    return account


def test_a_family_is_shown_from_its_top(csm: User, larches: Account) -> None:
    assert names(family_of(larches, csm)) == [("Group", 0), ("Larch Telecom", 1), ("Labs", 2)]


def test_who_sees_all_sees_the_whole_family(viewer: User, larches: Account) -> None:
    assert len(family_of(larches, viewer).relatives) == 5


def test_a_branch_is_summed_over_what_the_person_sees(csm: User, larches: Account) -> None:
    total = family_of(larches, csm).total
    assert total is not None
    assert (total.accounts, total.arr, total.seats, total.cta_count) == (3, Decimal(200), 20, 1)
    assert total.shown_colors == [("NA", 3)]


def test_nothing_is_said_of_relatives_that_the_person_may_not_see(
    csm_client: Client, larches: Account
) -> None:
    text = content(csm_client, larches, "family")
    assert "Labs" in text
    assert "Secret" not in text
    assert "Hidden" not in text


def test_a_ring_of_parents_ends(csm: User, larches: Account) -> None:
    group = Account.objects.get(name="Group")
    group.parent = Account.objects.get(name="Labs")
    group.save()
    for each in (larches, group, group.parent):
        assert sorted(name for name, _ in names(family_of(each, csm))) == [
            "Group", "Labs", "Larch Telecom",
        ]  # fmt: skip


def test_a_family_larger_than_a_page_is_cut_and_says_so(
    csm: User, csm_client: Client, account: Account
) -> None:
    Account.objects.bulk_create(
        Account(
            external_id=f"K-{n}", name=f"Kin {n}", csm=csm, parent=account,
            customer_since=TODAY,
        )
        for n in range(MOST)
    )  # fmt: skip
    child = Account.objects.get(external_id=f"K-{MOST - 1}")
    found = family_of(child, csm)
    assert found.is_cut
    assert any(each.is_self for each in found.relatives)
    assert "the first 201 of a larger family" in content(csm_client, child, "family")
