"""Query parameters and pages of every list, shown on accounts."""

from __future__ import annotations

from base64 import b64encode

import pytest
from django.test import Client

from accounts.models import User
from tests import factories
from tests.api import ROOT, fault, ids, post

ACCOUNTS = f"{ROOT}/accounts/"


@pytest.mark.parametrize(
    ("query", "named"),
    [
        pytest.param("?segmnet=Enterprise", "segmnet", id="a misspelt filter"),
        pytest.param("?csm=", "csm", id="a filter without a value"),
        pytest.param("?csm=%20", "csm", id="a filter with a blank"),
        pytest.param("?csm=me&csm=none", "csm", id="a filter given twice"),
        pytest.param("?page=2", "page", id="numbered pages"),
        pytest.param("?q=%00", "q", id="a NUL"),
        pytest.param("?csm=" + "1" * 300, "csm", id="far too long"),
        pytest.param("?page_size=0", "page_size", id="no rows a page"),
        pytest.param("?page_size=-1", "page_size", id="fewer rows than none"),
        pytest.param("?page_size=many", "page_size", id="not a number of rows"),
    ],
)
def test_a_list_refuses(csm_client: Client, query: str, named: str) -> None:
    status, _, attr = fault(csm_client.get(ACCOUNTS + query))
    assert (status, attr) == (400, named)


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        pytest.param("ctas", "priority", ",", id="choices without one"),
        pytest.param("ctas", "status", "new,", id="a comma too many"),
        pytest.param("accounts", "csm", "N" + 255 * "%C2%85", id="too long by its blanks"),
        pytest.param("score-cards", "period", "100%25", id="a percent sign for a month"),
        pytest.param("score-cards", "from", "%25(x)s", id="a place to fill in for a month"),
    ],
)
def test_a_value_is_refused_by_its_name(
    csm_client: Client, path: str, name: str, value: str
) -> None:
    status, _, attr = fault(csm_client.get(f"{ROOT}/{path}/?{name}={value}"))
    assert (status, attr) == (400, name)


def test_a_number_is_no_text(csm_client: Client, account) -> None:
    cta = factories.make_cta(account=account)
    response = post(csm_client, f"/ctas/{cta.pk}/comment/", {"text": 7})
    assert fault(response) == (400, "invalid", "text")


def test_the_refusal_names_what_is_known(csm_client: Client) -> None:
    told = csm_client.get(ACCOUNTS + "?segmnet=x").json()["errors"][0]["detail"]
    assert "cursor, external_id, format, page_size, q, region, segment" in told


def test_a_record_takes_no_filter(csm_client: Client, account) -> None:
    response = csm_client.get(f"{ACCOUNTS}{account.pk}/?segment=Enterprise")
    assert fault(response) == (400, "invalid", "segment")


def test_an_action_takes_no_query(csm_client: Client, account) -> None:
    cta = factories.make_cta(account=account)
    response = csm_client.post(f"{ROOT}/ctas/{cta.pk}/start/?force=1")
    assert fault(response) == (400, "invalid", "force")


def test_the_format_may_be_named(csm_client: Client) -> None:
    assert csm_client.get(ACCOUNTS + "?format=json").status_code == 200


def test_a_format_that_is_not_there_is_not_found(csm_client: Client) -> None:
    assert fault(csm_client.get(ACCOUNTS + "?format=xml")) == (404, "not_found", None)


def test_pages_follow_each_other_without_gap_or_double(csm: User, csm_client: Client) -> None:
    expected = [factories.make_account(csm=csm).pk for _ in range(7)]
    seen, address = [], f"{ACCOUNTS}?page_size=3"
    while address:
        page = csm_client.get(address).json()
        seen += [row["id"] for row in page["results"]]
        address = page["next"]
    assert seen == expected


def test_a_page_leads_back(csm: User, csm_client: Client) -> None:
    first, *_ = (factories.make_account(csm=csm).pk for _ in range(4))
    page = csm_client.get(f"{ACCOUNTS}?page_size=1").json()
    page = csm_client.get(page["next"]).json()
    page = csm_client.get(page["previous"]).json()
    assert [row["id"] for row in page["results"]] == [first]


def test_a_row_added_meanwhile_moves_no_page(csm: User, csm_client: Client) -> None:
    _, second = (factories.make_account(csm=csm, name=name).pk for name in ("M", "Z"))
    page = csm_client.get(f"{ACCOUNTS}?page_size=1").json()
    factories.make_account(csm=csm, name="A")
    assert csm_client.get(page["next"]).json()["results"][0]["id"] == second


def test_a_page_is_at_most_500_rows(
    csm: User, csm_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.pagination.StandardCursorPagination.max_page_size", 2)
    for _ in range(3):
        factories.make_account(csm=csm)
    assert len(ids(csm_client, "/accounts/", page_size=100_000)) == 2


@pytest.mark.parametrize(
    "cursor",
    [
        pytest.param("a", id="not base64"),
        pytest.param(b64encode(b"p=abc").decode(), id="a position that is no id"),
        pytest.param(b64encode(b"p=%00").decode(), id="a NUL"),
    ],
)
def test_a_cursor_that_is_made_up_is_not_found(csm_client: Client, cursor: str) -> None:
    assert fault(csm_client.get(ACCOUNTS, {"cursor": cursor})) == (404, "not_found", None)


@pytest.mark.parametrize("number", ["9223372036854775808", "9" * 30])
def test_an_id_that_no_column_holds_is_not_found(csm_client: Client, number: str) -> None:
    assert csm_client.get(f"{ACCOUNTS}{number}/").status_code == 404
    assert ids(csm_client, "/subscriptions/", account=number) == []
    assert ids(csm_client, "/accounts/", csm=number) == []
    assert csm_client.get(f"{ROOT}/tasks/", {"cta": number}).status_code in {200, 400}
