"""Whatever stands in a CSV file: rows go in or are rejected by field and reason, and counts reconcile."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.lines import split_lines
from accounts.models import Account, Subscription
from tests import factories
from tests.usage.folders import ACCOUNT, ACCOUNTS, SUBSCRIPTIONS, counts, load
from usage.models import RejectedRow

pytestmark = pytest.mark.django_db


def account(**cells: str) -> bytes:
    names = ACCOUNTS.split(",")
    told = dict(zip(names, ACCOUNT.split(","), strict=True)) | cells
    return ",".join(told[name] for name in names).encode()


REJECTED = {
    "NUL": (account(name="a\0b"), "", "holds a NUL character"),
    "a quote without end": (account(name='"Larch'), "", "is not CSV: "),
    "a quote in the middle": (account(name='"La"rch'), "", "is not CSV: "),
    "a huge cell": (account(name="x" * 200_000), "", "is not CSV: field larger"),
    "a long cell": (account(name="x" * 256), "name", "is longer than 255 characters"),
    "a million cells": (b"," * 999_999, "", "has 1000000 cells where the file has 7"),
    "one cell": (b"A1", "", "has 1 cells where the file has 7"),
    "Latin-1": (account(name="M\xfcnchen").decode().encode("latin-1"), "", "is not UTF-8"),
    "UTF-16": (account().decode().encode("utf-16"), "", "is not UTF-8"),
    "half a character": (account(name="@@").replace(b"@@", b"\xed\xa0\x80"), "", "is not UTF-8"),
    "no id": (account(external_id=" "), "external_id", "is missing"),
    "no such day": (account(customer_since="2026-02-30"), "customer_since", "is no day"),
    "year 0": (account(customer_since="0000-01-01"), "customer_since", "is no day"),
    "digits of another script": (
        account(customer_since="\u0662\u0660\u0662\u0666-\u0660\u0661-\u0660\u0661"), "customer_since", "is no day",
    ),
    "a formula for a day": (account(customer_since="=TODAY()"), "customer_since", "is no day"),
    "two addresses": (account(csm="a@b.example c@d.example"), "csm", "is no e-mail address"),
}  # fmt: skip


@pytest.mark.parametrize(("row", "field", "reason"), REJECTED.values(), ids=REJECTED)
def test_a_hostile_row_is_rejected_by_field_and_reason(
    tmp_path: Path, row: bytes, field: str, reason: str
) -> None:
    lines = [ACCOUNTS.encode(), row, account(external_id="A2")]
    (tmp_path / "accounts.csv").write_bytes(b"\n".join(lines))
    imported = load(tmp_path)
    assert counts(imported, "accounts.csv") == (1, 0, 0, 1)
    [rejection] = imported.outcomes["accounts.csv"].rejections
    assert (rejection.line, rejection.field) == (2, field)
    assert rejection.reason.startswith(reason)
    assert RejectedRow.objects.get().reason == rejection.reason


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(
            ("arr", text)
            for text in ("NaN", "-Infinity", "1e400", "-0.01", "1;5", "=1+1", "1e99999")
        ),
        *(
            ("seats", text)
            for text in ("1e3", "-1", "\u0663", "99999999999", "9" * 5_000, "1.5", "=1")
        ),
    ],
)
def test_a_hostile_number_is_rejected_by_field(tmp_path: Path, name: str, text: str) -> None:
    factories.make_account(external_id="A1")
    cells = {"seats": "1", "arr": "1"} | {name: text}
    row = f"S1,A1,Ultimate,Self-Managed,2025-01-01,,{cells['seats']},{cells['arr']}"
    (tmp_path / "subscriptions.csv").write_text(f"{SUBSCRIPTIONS}\n{row}\n")
    [rejection] = load(tmp_path).outcomes["subscriptions.csv"].rejections
    assert rejection.field == name
    assert not Subscription.objects.exists()


UNUSABLE = {
    "empty": (b"", "it is empty"),
    "blank": (b"\n \r\n\t\n", "it is empty"),
    "no header": (account(), "column external_id, name, customer_since is missing"),
    "UTF-16": (ACCOUNTS.encode("utf-16"), "its first line is not UTF-8"),
    "NUL in the header": (ACCOUNTS.encode() + b",\0", "its first line holds a NUL character"),
    "a quote without end": (b'"' + ACCOUNTS.encode(), "its first line is not CSV"),
    "a column twice": (ACCOUNTS.encode() + b",name", "names a column twice"),
    "a million columns": (
        ACCOUNTS.encode() + b"," + b",".join(b"c%d" % n for n in range(10**6)),
        "its first line is longer than names of columns may be",
    ),
    "a first line of 30 MB": (b"x" * 30_000_000, "its first line is longer than names"),
    "gzip cut off": (gzip.compress(ACCOUNTS.encode() + b"\n")[:-9], "cut off"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "reason"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_file_that_cannot_be_read_is_said_in_a_line(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "accounts.csv").write_bytes(content)
    with pytest.raises(CommandError, match=reason) as caught:
        call_command("import_accounts", str(tmp_path))
    assert str(caught.value).startswith("accounts.csv: ")
    assert not Account.objects.exists()


cells = st.sampled_from(["A1", "A2", "", " ", "=1+1", "2025-01-01", "2025-02-30", '"', "\0", "é"])
rows = st.one_of(
    st.just(account()),
    st.sampled_from(["A1", "A2", "A3"]).map(lambda key: account(external_id=key)),
    st.tuples(cells, st.text(max_size=5)).map(lambda t: account(external_id=t[0], name=t[1])),
    st.lists(cells, max_size=8).map(lambda row: ",".join(row).encode()),
    st.binary(max_size=30),
).map(lambda row: row.replace(b"\n", b""))


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(rows, max_size=8))
def test_counts_reconcile_whatever_the_rows_are(tmp_path: Path, sent: list[bytes]) -> None:
    RejectedRow.objects.all().delete()
    Account.objects.all().delete()
    content = b"\n".join([ACCOUNTS.encode(), *sent])
    (tmp_path / "accounts.csv").write_bytes(content)
    outcome = load(tmp_path).outcomes["accounts.csv"]
    assert outcome.read == len(list(split_lines([content]))) - 1
    assert Account.objects.count() == outcome.created
    assert all(rejection.reason for rejection in outcome.rejections)
    assert RejectedRow.objects.count() == len({row.text for row in outcome.rejections})
    again = load(tmp_path).outcomes["accounts.csv"]
    assert (again.created, again.updated) == (0, 0)
    assert len(again.rejections) == len(outcome.rejections)
