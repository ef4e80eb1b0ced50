"""The manager's view: numbers, and the rows behind each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, AuditEntry, User
from playbooks.models import CallToAction, Playbook
from playbooks.queries.team.lists import ADOPTED, HEALTH, LATE, LISTS, MOVED
from playbooks.queries.team.report import Team, team
from playbooks.queries.team.scope import Scope
from playbooks.queries.team.work import AGES, WorkFilter
from tests import factories
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db

LONG_AGO = date(2020, 1, 1)
AUGUST, SEPTEMBER, OCTOBER = date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)


@pytest.fixture(autouse=True)
def fixed_time() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def scope_of(user: User, **asked: str) -> Scope:
    return Scope.of(asked, user=user, now=NOW)


def make_customer(csm: User, **fields: Any) -> Account:
    account = factories.make_account(csm=csm, **({"customer_since": LONG_AGO} | fields))
    factories.make_subscription(account=account, end_date=None)
    return account


def listed(code: str, user: User) -> set[Account]:
    return set(LISTS[code].accounts(scope_of(user)))


def spoken(account: Account, days: int, **fields: Any) -> None:
    factories.make_activity(account=account, happened_at=NOW - timedelta(days=days), **fields)


def instance_of(account: Account, **fields: Any) -> None:
    subscription = account.subscriptions.get()
    factories.make_instance(subscription=subscription, **({"last_reported_at": NOW} | fields))


def onboard(account: Account, **fields: Any) -> None:
    known = Playbook.objects.filter(code="new-customer-onboarding").first()
    playbook = known or factories.make_playbook(code="new-customer-onboarding")
    factories.make_cta(account=account, playbook_version=playbook.versions.get(), **fields)


Make = Callable[[Account], object]

# A list, what puts a customer on it, and what keeps one from it.
CASES: list[tuple[str, dict[str, Any], Make, Make]] = [
    (
        "first-meeting", {"customer_since": days_ago(15)},
        lambda a: spoken(a, 3, kind="email"), lambda a: spoken(a, 3, kind="meeting"),
    ),
    (
        "onboarding", {"customer_since": days_ago(46)}, onboard,
        lambda a: onboard(a, status="success"),
    ),
    (
        "success-plan", {}, lambda a: factories.make_success_plan(account=a, state="closed"),
        lambda a: factories.make_success_plan(account=a),
    ),
    ("ebr", {}, lambda a: spoken(a, 366, kind="ebr"), lambda a: spoken(a, 300, kind="ebr")),
    (
        "renewal", {}, lambda a: a.subscriptions.update(end_date=TODAY + timedelta(days=120)),
        lambda a: a.subscriptions.update(end_date=TODAY + timedelta(days=121)),
    ),
    (
        "sentiment", {}, lambda a: spoken(a, 91, sentiment="red"),
        lambda a: spoken(a, 89, sentiment="red"),
    ),
    ("call-1", {"priority": 1}, lambda a: spoken(a, 31), lambda a: spoken(a, 29)),
    ("call-2", {"priority": 2}, lambda a: spoken(a, 61), lambda a: spoken(a, 59)),
    (
        "silent", {}, lambda a: instance_of(a, last_reported_at=NOW - timedelta(days=61)),
        lambda a: instance_of(a, last_reported_at=NOW - timedelta(days=59)),
    ),
    ("unknown", {}, lambda a: instance_of(a, kind="Unknown"), instance_of),
    (
        "outdated", {}, lambda a: instance_of(a, version="16.1"),
        lambda a: instance_of(a, version="17.0"),
    ),
    (
        "not-reporting", {}, instance_of,
        lambda a: factories.make_snapshot(
            instance=factories.make_instance(subscription=a.subscriptions.get()), period=OCTOBER
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "fields", "puts", "keeps"), CASES, ids=[case[0] for case in CASES]
)
def test_a_list_holds_who_is_late(
    csm: User, code: str, fields: dict[str, Any], puts: Make, keeps: Make
) -> None:
    factories.make_instance(version="18.2", last_reported_at=NOW)  # the newest, of nobody
    late, in_time = make_customer(csm, **fields), make_customer(csm, **fields)
    puts(late)
    keeps(in_time)
    assert listed(code, csm) == {late}


def test_every_list_of_what_is_late_is_tried() -> None:
    assert {each.code for each in LATE} <= {case[0] for case in CASES}


@pytest.mark.parametrize(
    ("code", "since"),
    [
        ("first-meeting", days_ago(14)), ("first-meeting", days_ago(181)), ("ebr", days_ago(300)),
        ("sentiment", days_ago(80)), ("call-2", days_ago(50)),
    ],
)  # fmt: skip
def test_who_is_too_new_or_too_old_for_a_list_is_not_late(
    csm: User, code: str, since: date
) -> None:
    make_customer(csm, customer_since=since)
    assert listed(code, csm) == set()


def test_who_has_no_running_subscription_is_on_no_list(csm: User) -> None:
    account = make_customer(csm)
    account.subscriptions.update(end_date=days_ago(1), start_date=LONG_AGO)
    assert listed("success-plan", csm) == set()


def test_a_deleted_entry_of_the_timeline_does_not_count(csm: User) -> None:
    account = make_customer(csm, priority=1)
    spoken(account, 1, deleted_at=NOW)
    assert listed("call-1", csm) == {account}


# --- Numbers ----------------------------------------------------------------------------------------


@pytest.fixture
def standings(csm: User) -> list[Account]:
    """One Green of three use cases, one that fell to Red, one that rose, one whose card is stale."""
    edition = factories.make_edition()
    green, fell, rose, stale, bare = (make_customer(csm) for _ in range(5))
    cards: list[tuple[Account, date, str, int | None]] = [
        (green, SEPTEMBER, "Green", 3), (green, OCTOBER, "Green", 4),
        (fell, SEPTEMBER, "Yellow", 1), (fell, OCTOBER, "Red", 0),
        (rose, SEPTEMBER, "Red", None), (rose, OCTOBER, "Yellow", None),
        (stale, AUGUST - timedelta(days=31), "Green", 2),
    ]  # fmt: skip
    for account, period, color, adopted in cards:
        factories.make_score_card(
            account=account, period=period.replace(day=1), edition=edition, color=color, score=50,
            use_cases_adopted=adopted,
            newest_recorded_at=NOW - timedelta(days=20 if period >= SEPTEMBER else 120),
        )  # fmt: skip
    return [green, fell, rose, stale, bare]


def numbers_of(found: Team) -> dict[str, tuple[int, Decimal | None]]:
    return {each.list.code: (each.count, each.arr) for each in found.numbers}


def test_health_is_of_the_current_cards(csm: User, standings: list[Account]) -> None:
    numbers = numbers_of(team(scope_of(csm)))
    each = Decimal(50_000)
    assert [numbers[one.code] for one in HEALTH] == [(1, each), (1, each), (1, each), (2, 2 * each)]


def test_movement_is_of_the_last_month_against_the_one_before(
    csm: User, standings: list[Account]
) -> None:
    numbers = numbers_of(team(scope_of(csm)))
    assert {one.code: numbers[one.code][0] for one in MOVED if numbers[one.code][0]} == {
        "moved-yellow-red": 1,
        "moved-red-yellow": 1,
    }


def test_arr_is_told_by_the_number_of_use_cases(csm: User, standings: list[Account]) -> None:
    numbers = numbers_of(team(scope_of(csm)))
    assert [numbers[one.code][0] for one in ADOPTED] == [1, 0, 0, 1, 3]


def test_every_number_is_that_of_its_list(csm: User, standings: list[Account]) -> None:
    for account in standings:
        instance_of(account, kind="Unknown")
    scope = scope_of(csm)
    for number in team(scope).numbers:
        assert number.count == number.list.accounts(scope).count(), number.list.code


def test_every_list_has_a_number(csm: User) -> None:
    assert {number.list.code for number in team(scope_of(csm)).numbers} == set(LISTS)


def test_coverage_is_the_share_that_reports(csm: User) -> None:
    for reports in (True, False, False, False):
        account = make_customer(csm)
        if reports:
            instance = factories.make_instance(subscription=account.subscriptions.get())
            factories.make_snapshot(instance=instance, period=OCTOBER)
    assert team(scope_of(csm)).reporting_share == 0.25


def test_without_anybody_there_is_no_share(csm: User) -> None:
    found = team(scope_of(csm))
    assert found.reporting_share is None
    assert (found.customers, found.arr) == (0, Decimal(0))


# --- Work -------------------------------------------------------------------------------------------


@pytest.fixture
def calls(account: Account, csm: User, teammate: User) -> list[CallToAction]:
    """Two of the csm, one of them late; one of nobody; one asleep; one of an account unseen."""
    late = factories.make_cta(
        account=account,
        owner=csm,
        type="risk",
        due_on=days_ago(1),
        opened_at=NOW - timedelta(days=8),
    )
    other = factories.make_cta(
        account=account, owner=csm, type="renewal", due_on=TODAY, opened_at=NOW
    )
    nobodys = factories.make_cta(
        account=account, owner=None, due_on=TODAY, opened_at=NOW - timedelta(days=100)
    )
    factories.make_cta(account=account, owner=csm, snoozed_until=TODAY + timedelta(days=3))
    factories.make_cta(owner=teammate)
    return [late, other, nobodys]


def test_work_is_counted_by_person_and_type(csm: User, calls: list[CallToAction]) -> None:
    rows = team(scope_of(csm)).workers
    assert [(row.owner, row.count, row.late) for row in rows] == [(csm, 2, 1), (None, 1, 0)]


def test_every_number_of_work_is_that_of_its_rows(csm: User, calls: list[CallToAction]) -> None:
    scope = scope_of(csm)
    found = team(scope)
    for row in found.workers:
        asked = {"owner": row.key}
        assert WorkFilter.of(asked).rows(scope).count() == row.count
        assert WorkFilter.of(asked | {"late": "1"}).rows(scope).count() == row.late
        for cell in row.cells:
            assert WorkFilter.of(asked | {"type": cell.type}).rows(scope).count() == cell.count
    for age in found.ages:
        assert WorkFilter.of({"age": age.code}).rows(scope).count() == age.count
        late = WorkFilter.of({"age": age.code, "late": "1"})
        assert late.rows(scope).count() == age.late


def test_every_call_is_of_one_age(csm: User, account: Account) -> None:
    for days in (0, 7, 8, 30, 31, 90, 91, 400):
        factories.make_cta(account=account, opened_at=NOW - timedelta(days=days))
    found = team(scope_of(csm)).ages
    assert [age.code for age in found] == list(AGES)
    assert sum(age.count for age in found) == 8


def test_what_is_not_understood_is_not_asked(csm: User, calls: list[CallToAction]) -> None:
    asked = {"owner": "x", "type": "y", "age": "z", "late": "no"}
    assert set(WorkFilter.of(asked).rows(scope_of(csm))) == set(calls)


def test_late_of_a_former_week_is_told_from_its_dates(csm: User, account: Account) -> None:
    factories.make_cta(account=account, due_on=days_ago(20), opened_at=NOW - timedelta(days=40))
    factories.make_cta(
        account=account, due_on=days_ago(20), opened_at=NOW - timedelta(days=40), status="success",
        closed_at=NOW - timedelta(days=10),
    )  # fmt: skip
    factories.make_cta(account=account, due_on=TODAY, opened_at=NOW)  # in time
    found = team(scope_of(csm)).burn_down
    assert [count for _, count in found.days][-4:] == [0, 2, 1, 1]
    assert "to 1 on 16 Nov" in found.chart.label


# --- Pages ------------------------------------------------------------------------------------------


def content(client: Client, name: str, *args: str, **query: str) -> str:
    response = client.get(reverse(f"playbooks:{name}", args=args), query)
    assert response.status_code == 200
    return b"".join(response).decode()


def test_a_csm_begins_with_their_own_and_may_look_at_the_teams(
    csm: User, teammate: User, manager: User
) -> None:
    make_customer(csm)
    make_customer(teammate)
    assert team(scope_of(csm)).customers == 1
    assert team(scope_of(csm, who="all")).customers == 2
    assert team(scope_of(manager)).customers == 2
    assert team(scope_of(manager, who="mine")).customers == 0


def test_a_number_links_to_its_list(csm: User, csm_client: Client) -> None:
    account = make_customer(csm)
    link = reverse("playbooks:team_list", args=["success-plan"])
    assert f'href="{link}?who=mine"' in content(csm_client, "team")
    assert account.name in content(csm_client, "team_list", "success-plan")


def test_a_list_that_is_none_is_not_there(csm_client: Client) -> None:
    assert csm_client.get(reverse("playbooks:team_list", args=["gone"])).status_code == 404


def test_empty_pages_say_so(csm_client: Client) -> None:
    assert "Nobody has anything to do" in content(csm_client, "team")
    assert "No account is in this list" in content(csm_client, "team_list", "ebr")
    assert "Nothing is open here" in content(csm_client, "team_work")


def test_work_says_what_it_shows(csm: User, csm_client: Client, calls: list[CallToAction]) -> None:
    text = content(csm_client, "team_work", owner=str(csm.pk), type="risk", age="month", late="1")
    assert f"Risk, of {csm}, open for 8 to 30 days, late" in text
    assert "1 call to action" in text
    assert "Of nobody" in content(csm_client, "team_work", owner="none")


def test_each_page_is_exported_and_noted(
    csm: User, csm_client: Client, calls: list[CallToAction], account: Account
) -> None:
    factories.make_subscription(account=account)
    numbers = content(csm_client, "team", format="csv")
    assert "success-plan,Success plan missing,1," in numbers
    assert f"{account.external_id},{account.name}," in content(
        csm_client, "team_list", "success-plan", format="csv"
    )
    assert calls[0].title in content(csm_client, "team_work", format="csv", late="1")
    assert AuditEntry.objects.filter(verb="export.team").count() == 3


@pytest.mark.parametrize("name", ["team", "team_work", "team_list"])
def test_many_rows_cost_the_queries_of_few(csm: User, csm_client: Client, name: str) -> None:
    url = reverse(f"playbooks:{name}", args=["success-plan"] if name == "team_list" else [])
    counts = []
    for more in (3, 60):
        for _ in range(more):
            account = make_customer(csm)
            factories.make_score_card(account=account)
            factories.make_cta(account=account, owner=factories.make_user())
        csm_client.get(url)
        with CaptureQueriesContext(connection) as queries:
            csm_client.get(url)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 35
