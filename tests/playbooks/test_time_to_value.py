"""The report of how long new customers take."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.keyset import Asked
from accounts.models import Account, AuditEntry, User
from playbooks.queries import time_to_value
from playbooks.queries.time_to_value import Filters, Report, TimeToValue
from tests import factories
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fixed_time() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def make(csm: User | None, name: str, *, days_ago: int, call_on: int | None = None) -> Account:
    """A customer that began so many days ago, with a first call on a day after that."""
    account = factories.make_account(name=name, csm=csm, team=csm.team if csm else None)
    start = TODAY - timedelta(days=days_ago)
    factories.make_subscription(account=account, start_date=start)
    if call_on is not None:
        at = datetime(start.year, start.month, start.day, 12, tzinfo=UTC)
        factories.make_activity(account=account, happened_at=at + timedelta(days=call_on))
    return account


def report(user: User, **asked: str) -> Report:
    return TimeToValue(user=user, filters=Filters.of(asked), now=NOW).report()


def names(found: Report) -> list[str]:
    return [row.account.name for row in found.page.object_list]


def test_customers_of_the_chosen_months_are_listed_newest_first(csm: User) -> None:
    for name, days_ago in (("Old", 500), ("Older", 800), ("New", 20), ("Newer", 5), ("Next", -4)):
        make(csm, name, days_ago=days_ago)
    assert names(report(csm)) == ["Newer", "New"]
    assert names(report(csm, months="24")) == ["Newer", "New", "Old"]
    assert names(report(csm, months="all")) == ["Newer", "New", "Old", "Older"]


def test_others_customers_are_not_in_it(csm: User, stranger: User) -> None:
    make(csm, "Mine", days_ago=20)
    assert names(report(stranger)) == []
    assert report(stranger).groups == []


def test_medians_are_of_all_and_of_each_csm(csm: User, teammate: User) -> None:
    for number, days in enumerate((2, 6, 40)):
        make(csm, f"C{number}", days_ago=90, call_on=days)
    make(teammate, "T", days_ago=90, call_on=10)
    everyone, *each = report(csm).groups
    assert (everyone.name, everyone.account_count) == ("All", 4)
    assert everyone.summaries[0].median_days == 8
    assert everyone.summaries[0].within_target == 0.75
    medians = {group.name: group.summaries[0].median_days for group in each}
    assert medians == {str(csm): 6, str(teammate): 10}


def test_it_is_summed_by_team_too(admin: User, csm: User, stranger: User) -> None:
    make(csm, "A", days_ago=20)
    make(stranger, "B", days_ago=20)
    make(None, "C", days_ago=20)
    groups = report(admin, by="team").groups
    assert [group.name for group in groups] == ["All", "APAC", "EMEA", "No team"]


def test_one_csms_customers_can_be_chosen(csm: User, teammate: User) -> None:
    make(csm, "Mine", days_ago=20)
    make(teammate, "Theirs", days_ago=20)
    assert names(report(csm, csm=str(teammate.pk))) == ["Theirs"]


@pytest.mark.parametrize("asked", [{"months": "7"}, {"csm": "x"}, {"by": "size"}])
def test_what_is_not_understood_is_as_if_not_asked(asked: dict[str, str]) -> None:
    assert Filters.of(asked) == Filters()


def test_sums_are_of_the_newest_thousand(csm: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_to_value, "MOST_SUMMED", 2)
    for number in range(3):
        make(csm, f"A{number}", days_ago=20 + number)
    found = report(csm)
    assert found.is_capped
    assert (found.total, found.groups[0].account_count) == (3, 2)
    assert len(found.page.object_list) == 3


def test_the_page_says_days_and_targets(csm_client: Client, csm: User) -> None:
    make(csm, "Larch", days_ago=90, call_on=40)
    page = csm_client.get(reverse("playbooks:time_to_value")).content.decode()
    assert "Day 40, late" in page
    assert "target 14 days" in page


def test_an_empty_page_says_what_to_do(csm_client: Client) -> None:
    url = reverse("playbooks:time_to_value")
    assert "choose a longer time" in csm_client.get(url).content.decode()
    assert "import subscriptions.csv" in csm_client.get(url + "?months=all").content.decode()


def test_the_export_has_every_customer_and_is_noted(
    csm_client: Client, csm: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_to_value, "EXPORT_CHUNK", 1)
    factories.make_edition()
    make(csm, "=Larch", days_ago=90, call_on=40)
    make(csm, "Oak", days_ago=10)
    answer = csm_client.get(reverse("playbooks:time_to_value"), {"format": "csv"})
    lines = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))
    assert [line["name"] for line in lines] == ["Oak", "'=Larch"]
    assert lines[1]["first_engagement_days"] == "40"
    assert lines[1]["first_engagement_state"] == "late"
    assert lines[0]["first_engagement_state"] == "running"
    assert lines[0]["green_ci_days"] == ""
    assert AuditEntry.objects.get(verb="export.time_to_value").detail["rows"] == 2


def test_pages_follow_one_another(csm: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_to_value, "PAGE", 2)
    for number in range(3):
        make(csm, f"A{number}", days_ago=20 + number)
    view = TimeToValue(user=csm, filters=Filters(), now=NOW)
    first = view.report().page
    second = view.report(Asked(after=first.next)).page
    assert [row.account.name for row in second.object_list] == ["A2"]


@pytest.mark.parametrize("months", ["12", "24"])
def test_many_customers_cost_the_queries_of_few(csm: User, csm_client: Client, months: str) -> None:
    url = reverse("playbooks:time_to_value") + f"?months={months}"
    counts = []
    for rows in (3, 60):
        for number in range(rows):
            account = make(csm, f"A{rows}-{number}", days_ago=20 + number, call_on=2)
            factories.make_milestone(account=account, set_by=csm)
            factories.make_score_card(account=account, period=date(2026, 10, 1))
        csm_client.get(url)
        with CaptureQueriesContext(connection) as queries:
            csm_client.get(url)
        counts.append(len(queries))
    assert counts[0] == counts[1]
