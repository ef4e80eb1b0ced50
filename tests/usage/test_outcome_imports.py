"""Outcomes come in by file and over the API: idempotent, and each refused row says why."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import Account, Outcome, User
from tests import factories as make
from tests.api import ROOT, ids, results, token_client

pytestmark = pytest.mark.django_db

HEADER = "external_id,account,subscription,kind,occurred_on,arr_before,arr_after\n"


@pytest.fixture
def account() -> Account:
    account = make.make_account(external_id="A-1")
    make.make_subscription(account=account, external_id="S-1")
    make.make_subscription(external_id="S-2")
    return account


def run(path: Path, *rows: str) -> tuple[dict[str, int], str]:
    file = path / "outcomes.csv"
    file.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    out, err = io.StringIO(), io.StringIO()
    call_command("import_outcomes", str(file), stdout=out, stderr=err)
    counts = (line.split() for line in out.getvalue().splitlines()[:5])
    return {name: int(count) for name, count in counts}, err.getvalue()


def test_each_kind_is_stored(account: Account, tmp_path: Path) -> None:
    counts, _ = run(
        tmp_path,
        "R-1,A-1,S-1,renewed,2026-03-31,1000,",
        "R-2,A-1,,Expanded,2026-04-30,1000,1500.50",
        "R-3,A-1,,contracted,2026-05-31,1500.50,200",
        "R-4,A-1,,churned,2026-06-30,200,",
    )
    assert counts == {"created": 4, "updated": 0, "unchanged": 0, "rejected": 0, "read": 4}
    first, second, _, last = Outcome.objects.order_by("occurred_on")
    assert first.subscription is not None
    assert (first.subscription.external_id, first.arr_after) == ("S-1", Decimal(1000))
    assert (second.kind, second.arr_after) == ("expanded", Decimal("1500.50"))
    assert (last.arr_after, last.source, last.subscription) == (Decimal(0), "csv", None)


def test_the_same_file_again_changes_nothing(account: Account, tmp_path: Path) -> None:
    run(tmp_path, "R-1,A-1,S-1,renewed,2026-03-31,1000,")
    counts, _ = run(tmp_path, "R-1,A-1,S-1,renewed,2026-03-31,1000,")
    assert counts == {"created": 0, "updated": 0, "unchanged": 1, "rejected": 0, "read": 1}


def test_a_row_that_comes_again_replaces_what_is_stored(account: Account, tmp_path: Path) -> None:
    run(tmp_path, "R-1,A-1,S-1,renewed,2026-03-31,1000,")
    counts, _ = run(tmp_path, "R-1,A-1,S-1,churned,2026-03-31,1000,")
    assert counts["updated"] == 1
    assert Outcome.objects.get().kind == "churned"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("R-1,A-9,,churned,2026-03-31,10,", "account is unknown: 'A-9'"),
        ("R-1,A-1,S-9,churned,2026-03-31,10,", "subscription is no subscription of the account: 'S-9'"),
        ("R-1,A-1,S-2,churned,2026-03-31,10,", "subscription is no subscription of the account: 'S-2'"),
        ("R-1,A-1,,lost,2026-03-31,10,", "kind is not known: 'lost'"),
        ("R-1,A-1,,expanded,2026-03-31,10,", "arr_after is missing: expanded does not say it"),
        ("R-1,A-1,,expanded,2026-03-31,10,9", "kind is not what the ARR says: expanded, from 10.00 to 9.00"),
        ("R-1,A-1,,churned,31.3.2026,10,", "occurred_on is no day"),
        ("R-1,A-1,,churned,2026-03-31,,", "arr_before is missing"),
        ("R-1,A-1,,churned,2026-03-31,ten,", "arr_before is no amount"),
        ("R-1,A-1,,contracted,2026-03-31,10,some", "arr_after is no amount"),
    ],
)  # fmt: skip
def test_a_refused_row_says_why(account: Account, tmp_path: Path, row: str, reason: str) -> None:
    counts, told = run(tmp_path, row, "R-2,A-1,,churned,2026-03-31,10,")
    assert (counts["created"], counts["rejected"], counts["read"]) == (1, 1, 2)
    assert f"line 2: {reason}" in told


def test_the_api_takes_rows_and_tells_of_each(account: Account, ingester: User) -> None:
    rows = [
        {"external_id": "R-1", "account": "A-1", "subscription": "S-1", "kind": "churned",
         "occurred_on": "2026-03-31", "arr_before": "10.50"},
        {"external_id": "R-2", "account": "A-9", "kind": "churned", "occurred_on": "2026-03-31",
         "arr_before": 10},
    ]  # fmt: skip
    body = "\n".join(json.dumps(row) for row in rows)
    client = token_client(ingester)
    response = client.post(f"{ROOT}/outcomes/bulk/", body, content_type="application/x-ndjson")
    assert response.status_code == 207
    assert response.json()["counts"] == {"created": 1, "updated": 0, "unchanged": 0, "rejected": 1}
    assert Outcome.objects.get().source == "api"


@pytest.fixture
def ingester() -> User:
    return make.make_user(User.Role.SERVICE, email="feed@foothold.example")


def test_the_api_lists_outcomes(account: Account, ingester: User) -> None:
    lost = make.make_outcome(account=account)
    make.make_outcome(kind="renewed", occurred_on="2025-01-31")
    client = token_client(ingester)
    assert ids(client, "/outcomes/", kind="churned") == [lost.pk]
    assert ids(client, "/outcomes/", occurred_from="2026-01-01") == [lost.pk]
    (row,) = results(client, "/outcomes/", account="A-1")
    assert (row["kind"], row["arr_before"], row["subscription"]) == ("churned", "1000.00", None)
