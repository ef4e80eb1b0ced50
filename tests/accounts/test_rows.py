"""What a cell of a CSV file may hold: pure, no database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts import rows
from accounts.errors import FileUnusable
from accounts.lines import Line, split_lines
from accounts.rows import Column, Record, Rejection, read_header, read_rows

COLUMNS = {
    "id": Column(rows.text_up_to(5), is_required=True),
    "since": Column(rows.optional_day),
    "seats": Column(rows.optional_count),
}


def read(content: bytes) -> list[Record | Rejection]:
    lines = split_lines([content])
    header = read_header(lines, COLUMNS, name="f.csv")
    return list(read_rows(lines, header, COLUMNS))


def fault_of(content: bytes) -> str:
    with pytest.raises(FileUnusable) as caught:
        read(content)
    return caught.value.reason


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        pytest.param(rows.day, "2026-05-31", date(2026, 5, 31), id="a day"),
        pytest.param(rows.optional_day, "", None, id="no day"),
        pytest.param(rows.optional_count, "148", 148, id="a count"),
        pytest.param(rows.optional_count, "", None, id="no count is not 0"),
        pytest.param(rows.money, "1234.5", Decimal("1234.50"), id="an amount"),
        pytest.param(rows.money, "0.005", Decimal("0.01"), id="rounded half up"),
        pytest.param(rows.money, "", Decimal(0), id="no amount is 0"),
        pytest.param(rows.optional_e_mail, "A@B.example", "a@b.example", id="an e-mail"),
        pytest.param(rows.optional_e_mail, "", "", id="no e-mail"),
        pytest.param(rows.optional_hexadecimal(4), "ABCD", "abcd", id="a hash"),
        pytest.param(rows.optional_hexadecimal(4), "", "", id="no hash"),
        pytest.param(rows.one_of(["SaaS"]), "saas", "SaaS", id="a word in any case"),
        pytest.param(rows.one_of(["SaaS"], {"X.com": "SaaS"}), "x.COM", "SaaS", id="an alias"),
        pytest.param(rows.one_of(["SaaS"]), "", "", id="no word"),
    ],
)
def test_a_cell_is_read(parse: rows.Parser, text: str, value: Any) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        pytest.param(rows.day, "", id="no day where one is needed"),
        pytest.param(rows.day, "20260531", id="a day without dashes"),
        pytest.param(rows.day, "2026-02-30", id="a day that is not"),
        pytest.param(rows.day, "31.05.2026", id="a day of another country"),
        pytest.param(rows.optional_count, "-1", id="less than nothing"),
        pytest.param(rows.optional_count, "1.0", id="a fraction"),
        pytest.param(rows.optional_count, "2147483648", id="more than a column holds"),
        pytest.param(rows.optional_count, "9" * 5000, id="digits without end"),
        pytest.param(rows.optional_count, "\u0663", id="digits of another script"),
        pytest.param(rows.money, "1,234.50", id="a thousands separator"),
        pytest.param(rows.money, "-1", id="a negative amount"),
        pytest.param(rows.money, "NaN", id="no amount"),
        pytest.param(rows.money, "1e20", id="more than a column holds of money"),
        pytest.param(rows.optional_e_mail, "a b@c.example", id="a space in an e-mail"),
        pytest.param(rows.optional_hexadecimal(4), "abc", id="a short hash"),
        pytest.param(rows.optional_hexadecimal(4), "abcg", id="no hexadecimal"),
        pytest.param(rows.one_of(["SaaS"]), "Cloud", id="an unknown word"),
        pytest.param(rows.text_up_to(2), "abc", id="too long"),
    ],
)
def test_a_cell_is_refused_with_words(parse: rows.Parser, text: str) -> None:
    with pytest.raises(ValueError, match=r"^is "):
        parse(text)


def test_rows_hold_the_known_columns_in_any_order() -> None:
    assert read(b"seats, id ,notes\n7, A1 ,x\n") == [
        Record(2, "7, A1 ,x", {"seats": 7, "id": "A1"})
    ]


def test_a_quoted_cell_may_hold_a_comma_and_a_quote() -> None:
    [row] = read(b'id,notes\nA1,"Larch, ""the"" Telecom"\n')
    assert isinstance(row, Record)


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        pytest.param(b",2026-01-01", "id", "is missing", id="no id"),
        pytest.param(b"A1,tomorrow", "since", "is no day: 'tomorrow'", id="a bad cell"),
        pytest.param(b"A1", "", "has 1 cells where", id="cut off"),
        pytest.param(b"A1,,", "", "has 3 cells where", id="a cell too many"),
        pytest.param(b'A1,"2026', "", "is not CSV", id="a quote that is not closed"),
        pytest.param(b"A\xff,", "", "is not UTF-8", id="another encoding"),
        pytest.param(b"A\x00,", "", "holds a NUL", id="NUL"),
    ],
)
def test_a_bad_row_takes_no_other_with_it(line: bytes, field: str, reason: str) -> None:
    bad, good = read(b"id,since\n" + line + b"\nA2,\n")
    assert isinstance(bad, Rejection)
    assert (bad.line, bad.field) == (2, field)
    assert bad.reason.startswith(reason)
    assert good == Record(3, "A2,", {"id": "A2", "since": None})


def test_a_row_that_was_cut_is_refused() -> None:
    header = read_header(iter([Line(1, b"id")]), COLUMNS, name="f.csv")
    [row] = read_rows([Line(2, b"A1", is_cut=True)], header, COLUMNS)
    assert isinstance(row, Rejection)
    assert row.is_cut


def test_a_file_that_cannot_be_read_says_why() -> None:
    assert fault_of(b"") == "it is empty; its first line names the columns"
    assert fault_of(b"name\nA1\n") == "column id is missing"
    assert fault_of(b"id,id\n") == "its first line names a column twice"
    assert fault_of(b"i\xff\n") == "its first line is not UTF-8"


def test_columns_that_are_not_known_are_told() -> None:
    header = read_header(split_lines([b"id,colour,since\n"]), COLUMNS, name="f.csv")
    assert header.unknown == ("colour",)
