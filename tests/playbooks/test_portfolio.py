"""The portfolio: what it lists, in which order, and its sums."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.keyset import Asked
from accounts.models import Account, User
from playbooks.queries.portfolio import PLAIN_SORTS, Filters, Portfolio, Row
from tests import factories
from tests.factories import NOW, TODAY
from tests.playbooks.books import OCTOBER, SEPTEMBER
from usage.models import ScoreCard
from usage.periods import shift
from usage.queries import cards
from usage.services import editions

pytestmark = pytest.mark.django_db

COMPONENTS = ("license_utilization", "ci", "security")


@pytest.fixture(autouse=True)
def fixed_time() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def portfolio(user: User) -> Portfolio:
    ranges = cards.forces()
    loaded = {force.edition_id: editions.load(force.edition_id) for force in ranges}
    return Portfolio(user=user, ranges=ranges, editions=loaded, now=NOW)


def rows(user: User, **asked: str) -> list[Row]:
    view = portfolio(user)
    filters = Filters.of(asked, components=COMPONENTS)
    return view.rows(view.ids(filters))


def names(user: User, **asked: str) -> list[str]:
    return [row.account.name for row in rows(user, **asked)]


def make(csm: User, name: str, **fields: Any) -> Account:
    return factories.make_account(name=name, csm=csm, **fields)


def card(account: Account, score: float | None, letters: str = "YYN", **fields: Any) -> ScoreCard:
    given = {"period": OCTOBER} | fields
    recorded_at = datetime(given["period"].year, given["period"].month, 28, 3, tzinfo=UTC)
    given.setdefault("newest_recorded_at", recorded_at)
    return factories.make_score_card(
        account=account, score=score, component_colors=letters, **given
    )


def subscribe(account: Account, arr: int, days: int | None = 100) -> None:
    end = None if days is None else TODAY + timedelta(days=days)
    factories.make_subscription(account=account, arr=arr, end_date=end)


def page(client: Client, **query: str) -> str:
    response = client.get(reverse("playbooks:portfolio"), query)
    assert response.status_code == 200
    return response.content.decode()


def after(text: str) -> str:
    """The place that a page's way to the next one names."""
    found = re.search(r'rel="next" href="[^"]*after=([^"&]+)', text)
    assert found is not None
    return unquote(found[1])


def test_it_lists_what_a_person_may_see(csm: User, stranger: User, viewer: User) -> None:
    make(csm, "Larch")
    assert names(csm) == ["Larch"]
    assert names(stranger) == []
    assert names(viewer) == ["Larch"]


def test_a_row_says_everything_of_its_account(csm: User) -> None:
    account = make(csm, "Larch")
    subscribe(account, 400_000, days=58)
    subscribe(account, 12_300, days=400)
    subscribe(account, 99_999, days=-1)  # ended
    card(account, 66, period=SEPTEMBER)
    card(account, 44, "GRN", use_cases_adopted=1)
    factories.make_cta(account=account)
    factories.make_cta(account=account, status="success")
    (row,) = rows(csm)
    assert (row.arr, row.renews_on) == (Decimal(412_300), TODAY + timedelta(days=58))
    assert (row.standing.color, row.standing.score, row.standing.change) == ("Red", 44, -22)
    assert [cell.color for cell in row.cells] == ["Green", "Red", "NA"]
    assert (row.adopted, row.use_case_count, row.cta_count) == (1, 2, 1)
    assert row.health_text == "Red 44"


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", "ashBeechCedar"),
        ("-name", "CedarBeechash"),
        ("segment", "BeechashCedar"),
        ("arr", "CedarashBeech"),
        ("-arr", "BeechashCedar"),
        ("renewal", "BeechashCedar"),
        ("-renewal", "ashBeechCedar"),
        ("health", "BeechashCedar"),
        ("-health", "ashBeechCedar"),
        ("change", "BeechashCedar"),
        ("-change", "ashBeechCedar"),
        ("adopted", "BeechashCedar"),
        ("-ctas", "BeechashCedar"),
        ("ctas", "ashCedarBeech"),
        ("-data", "BeechashCedar"),
        ("ci", "BeechashCedar"),
        ("-ci", "ashBeechCedar"),
        ("-security", "ashBeechCedar"),
        ("; drop table", "BeechashCedar"),
    ],
)
def test_it_sorts_by_every_column_unknown_last(csm: User, sort: str, expected: str) -> None:
    ash, beech = make(csm, "ash", segment="Mid"), make(csm, "Beech", segment="Big")
    make(csm, "Cedar", segment="Small")  # nothing is known of it
    subscribe(ash, 10, days=90)
    subscribe(beech, 20, days=30)
    card(ash, 60, period=SEPTEMBER)
    card(beech, 60, period=SEPTEMBER)
    card(ash, 70, "NGN", use_cases_adopted=2)
    card(beech, 40, "NRN", use_cases_adopted=1, newest_recorded_at=NOW - timedelta(days=1))
    factories.make_cta(account=beech)
    assert "".join(names(csm, sort=sort)) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["Ash Bank", "Beech bank", "Cedar 100%"]),
        ({"q": "BANK"}, ["Ash Bank", "Beech bank"]),
        ({"q": " %"}, ["Cedar 100%"]),
        ({"q": "\x00"}, ["Ash Bank", "Beech bank", "Cedar 100%"]),
        ({"segment": "Digital"}, ["Beech bank"]),
        ({"region": "EMEA"}, ["Ash Bank"]),
        ({"health": "Red"}, ["Ash Bank"]),
        ({"health": "NA"}, ["Cedar 100%"]),
        ({"health": "Blue"}, ["Ash Bank", "Beech bank", "Cedar 100%"]),
        ({"component": "ci", "color": "Green"}, ["Beech bank"]),
        ({"component": "ci", "color": "NA"}, ["Ash Bank", "Cedar 100%"]),
        ({"component": "ci"}, ["Ash Bank", "Beech bank", "Cedar 100%"]),
        ({"component": "gitops", "color": "Red"}, ["Ash Bank", "Beech bank", "Cedar 100%"]),
        ({"mine": "1"}, ["Ash Bank", "Beech bank"]),
        ({"csm": "9" * 30}, ["Ash Bank", "Beech bank", "Cedar 100%"]),
    ],
)
def test_it_filters(csm: User, teammate: User, asked: dict[str, str], expected: list[str]) -> None:
    card(make(csm, "Ash Bank", region="EMEA"), 30, "NNN")
    card(make(csm, "Beech bank", segment="Digital"), 80, "NGN")
    make(teammate, "Cedar 100%")
    assert names(csm, **asked, sort="name") == expected


def test_it_filters_by_csm(csm: User, teammate: User) -> None:
    make(csm, "Ash")
    make(teammate, "Beech")
    assert names(csm, csm=str(teammate.pk)) == ["Beech"]


def test_a_search_is_cut_to_what_databases_take(csm: User, csm_client: Client) -> None:
    make(csm, "Larch")
    assert "Larch" not in page(csm_client, q="a" * 60_000, csm="9" * 5_000)
    assert len(Filters.of({"q": "a" * 60_000}, components=()).q) == 100


def test_a_stale_score_is_na_in_every_way(csm: User) -> None:
    account = make(csm, "Larch")
    old = shift(OCTOBER, -3)
    card(account, 88, "GGG", period=old)
    (row,) = rows(csm)
    assert (row.standing.color, row.adopted) == ("NA", None)
    assert {cell.color for cell in row.cells} == {"NA"}
    assert names(csm, health="Green") == []
    assert names(csm, health="NA") == ["Larch"]
    assert names(csm, component="ci", color="NA") == ["Larch"]


def test_components_of_an_earlier_edition_stand_under_their_codes(csm: User) -> None:
    before = factories.make_edition("2024")
    account = make(csm, "Larch")
    card(account, 60, "RGY", period=SEPTEMBER, edition=before)
    make_edition_with_security_first(in_force_from=shift(OCTOBER, 1))
    (row,) = rows(csm)
    assert [cell.name for cell in row.cells] == ["Security", "License utilization", "CI"]
    assert [cell.color for cell in row.cells] == ["Yellow", "Red", "Green"]
    assert names(csm, component="ci", color="Green") == ["Larch"]


def make_edition_with_security_first(*, in_force_from: date) -> None:
    draft = factories.make_edition("2025", published=False, in_force_from=in_force_from)
    draft.use_cases.filter(code="security").update(position=0)
    factories.put_in_force(draft)


def test_totals_are_of_all_that_is_filtered(csm: User) -> None:
    for name, arr in (("Ash", 10), ("Beech", 20), ("Cedar", 40)):
        subscribe(make(csm, name), arr, days=None)
    view = portfolio(csm)
    totals = view.totals(Filters.of({"q": "e"}, components=()))
    assert (totals.accounts, totals.arr) == (2, Decimal(60))


def test_nothing_seen_sums_to_nothing(stranger: User) -> None:
    totals = portfolio(stranger).totals(Filters())
    assert (totals.accounts, totals.arr) == (0, Decimal(0))


def test_an_empty_portfolio_says_how_accounts_come(stranger_client: Client) -> None:
    assert "You see no accounts yet" in page(stranger_client)


def test_filters_that_match_nothing_offer_the_way_back(
    csm_client: Client, account: Account
) -> None:
    assert "No account matches these filters" in page(csm_client, q="zzz")


def test_pages_hold_fifty(csm: User, csm_client: Client) -> None:
    for number in range(51):
        make(csm, f"Account {number:02}")
    first = page(csm_client, sort="name")
    assert "1–50 of 51" in first  # noqa: RUF001 - a range has an en dash
    assert "51 accounts" in first
    second = page(csm_client, sort="name", after=after(first))
    assert "Account 50" in second
    assert "Account 49" not in second


@pytest.mark.parametrize("sort", [*PLAIN_SORTS, "ci"])
@pytest.mark.parametrize("turn", ["", "-"])
def test_pages_hold_every_account_once_in_order(
    csm: User, sort: str, turn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playbooks.queries.portfolio.PAGE", 2)
    for number, score in enumerate((44, None, 90, 44, None, 71, 12)):
        account = make(csm, f"Account {number % 3}")  # some are called alike
        if score is not None:
            card(account, score)
            subscribe(account, score * 10)
    view = portfolio(csm)
    filters = Filters.of({"sort": turn + sort}, components=["ci"])
    pages = [view.page(filters)]
    while pages[-1].next:
        pages.append(view.page(filters, Asked(after=pages[-1].next)))
    listed = [row.account.pk for each in pages for row in each.object_list]
    assert (len(pages), listed) == (4, view.ids(filters))
    for earlier, later in pairwise(pages):
        assert view.page(filters, Asked(before=later.previous)) == earlier


def test_a_heading_turns_the_order_and_keeps_the_filters(
    csm_client: Client, account: Account
) -> None:
    text = page(csm_client, q="larch", sort="-arr", after="made up")
    assert 'aria-sort="descending"' in text
    assert "?q=larch&amp;sort=arr" in text
    assert "?q=larch&amp;sort=-health" in text


def test_htmx_gets_the_list_alone(csm_client: Client, account: Account) -> None:
    url = reverse("playbooks:portfolio")
    text = csm_client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in text
    assert "Larch Telecom" in text


def test_the_page_needs_someone_signed_in(db: None) -> None:
    assert Client().get(reverse("playbooks:portfolio")).status_code == 302


def test_it_works_before_any_edition_is_loaded(csm_client: Client, account: Account) -> None:
    assert "Larch Telecom" in page(csm_client, sort="-health", health="NA")


def exported(client: Client, **query: str) -> list[list[str]]:
    response = client.get(reverse("playbooks:portfolio"), query | {"format": "csv"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "portfolio-2026-11-16.csv" in response["Content-Disposition"]
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(text)))


def test_the_export_is_the_filtered_list_whole(csm: User, csm_client: Client) -> None:
    account = make(csm, "Larch", external_id="A-1", region="EMEA")
    make(csm, "Beech")
    subscribe(account, 412_300, days=58)
    card(account, 44, "GRN", use_cases_adopted=1)
    header, line = exported(csm_client, q="larch")
    assert dict(zip(header, line, strict=True)) == {
        "account": "A-1",
        "name": "Larch",
        "segment": "Enterprise",
        "region": "EMEA",
        "csm": "csm@foothold.example",
        "arr": "412300.00",
        "renewal": "2027-01-13",
        "health": "Red",
        "score": "44.0",
        "change": "",
        "license_utilization": "Green",
        "ci": "Red",
        "security": "NA",
        "use_cases_adopted": "1",
        "use_cases": "2",
        "open_ctas": "0",
        "last_data": "2026-10-28T03:00:00+00:00",
    }


def test_the_export_is_scoped_and_disarmed(csm: User, csm_client: Client, stranger: User) -> None:
    make(csm, "=HYPERLINK(1)")
    make(stranger, "Secret")
    assert [line[1] for line in exported(csm_client)[1:]] == ["'=HYPERLINK(1)"]


@pytest.mark.parametrize("count", [3, 300])
def test_query_count_is_flat(
    csm: User, csm_client: Client, count: int, django_assert_max_num_queries
) -> None:
    for number in range(count):
        account = make(csm, f"Account {number}")
        card(account, 44)
        subscribe(account, 10)
    with django_assert_max_num_queries(22):
        page(csm_client, sort="-change", health="Red", component="ci", color="Yellow")
