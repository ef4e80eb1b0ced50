"""Rows of the CSV files that describe customers: text in, typed values or a rejection out. Pure."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from accounts.errors import FileUnusable, RowRejected
from accounts.lines import Line

Values = dict[str, Any]
Parser = Callable[[str], Any]

HEADER_BYTES = 64 * 1024  # it is kept above every row of its file that is rejected
LARGEST_INTEGER = 2_147_483_647
LARGEST_ARR = Decimal("999999999999.99")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_E_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_HEXADECIMAL = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True)
class Column:
    parse: Parser
    is_required: bool = False


@dataclass(frozen=True)
class Header:
    """The columns of a file in their order, and its first line as it was."""

    names: tuple[str, ...]
    text: str
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """A row that can be stored: only the columns that its file has."""

    line: int
    text: str
    values: Values


@dataclass(frozen=True)
class Rejection:
    line: int
    field: str
    reason: str
    text: str
    is_cut: bool = False
    is_withheld: bool = False  # its text is not to be kept


def read_header(lines: Iterator[Line], columns: Mapping[str, Column], *, name: str) -> Header:
    """Take the first line; raise FileUnusable unless it names all required columns, each once."""
    first = next(lines, None)
    if first is None:
        raise FileUnusable(name, "it is empty; its first line names the columns")
    if first.is_cut or len(first.text) > HEADER_BYTES:
        raise FileUnusable(name, "its first line is longer than names of columns may be")
    try:
        names = tuple(cell.strip() for cell in split_cells(first.text))
    except RowRejected as error:
        raise FileUnusable(name, f"its first line {error.reason}") from error
    missing = [
        column for column, spec in columns.items() if spec.is_required and column not in names
    ]
    if missing:
        raise FileUnusable(name, f"column {', '.join(missing)} is missing")
    if len(set(names)) < len(names):
        raise FileUnusable(name, "its first line names a column twice")
    unknown = tuple(column for column in names if column not in columns)
    return Header(names=names, text=first.text.decode(), unknown=unknown)


def read_rows(
    lines: Iterable[Line], header: Header, columns: Mapping[str, Column]
) -> Iterator[Record | Rejection]:
    """Parse each line on its own, so that a broken one takes no other with it."""
    for line in lines:
        text = line.text.decode(errors="replace")
        try:
            values = parse_row(line, header, columns)
        except RowRejected as error:
            yield Rejection(line.number, error.field, error.reason, text, line.is_cut)
        else:
            yield Record(line.number, text, values)


def parse_row(line: Line, header: Header, columns: Mapping[str, Column]) -> Values:
    """Return the values of the known columns; raise RowRejected on the first bad one."""
    if line.is_cut:
        raise RowRejected("", "is longer than any row may be")
    cells = split_cells(line.text)
    if len(cells) != len(header.names):
        raise RowRejected(
            "", f"has {len(cells)} cells where the file has {len(header.names)} columns"
        )
    pairs = zip(header.names, cells, strict=True)
    return {name: _value(name, columns[name], cell) for name, cell in pairs if name in columns}


def record_of(line: int, row: Any, columns: Mapping[str, Column]) -> Record | Rejection:
    """A row that came as a JSON object: texts, numbers and nulls under the names of the columns."""
    try:
        return Record(line, "", _values_of(row, columns))
    except RowRejected as error:
        return Rejection(line, error.field, error.reason, "")


def _values_of(row: Any, columns: Mapping[str, Column]) -> Values:
    if not isinstance(row, dict):
        raise RowRejected("", "is no object")
    for name in row:
        if name not in columns:
            raise RowRejected(str(name)[:60], "is no field of these rows")
    return {
        name: _value(name, column, _cell(name, row.get(name))) for name, column in columns.items()
    }


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RowRejected(name, "is neither a text nor a whole number")
    if "\0" in str(value):
        raise RowRejected(name, "holds a NUL character")
    return str(value)


def split_cells(text: bytes) -> Sequence[str]:
    """Split one line of CSV; raise RowRejected where it is none."""
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        raise RowRejected("", "is not UTF-8") from error
    if "\0" in decoded:
        raise RowRejected("", "holds a NUL character")
    try:
        return next(csv.reader([decoded], strict=True))
    except csv.Error as error:
        raise RowRejected("", f"is not CSV: {error}") from error


def _value(name: str, column: Column, cell: str) -> Any:
    text = cell.strip()
    if column.is_required and not text:
        raise RowRejected(name, "is missing")
    try:
        return column.parse(text)
    except ValueError as error:
        raise RowRejected(name, str(error)) from error


# --- what a cell may hold; each raises ValueError with the reason ---------------------------------
def text_up_to(length: int) -> Parser:
    def parse(text: str) -> str:
        if len(text) > length:
            raise ValueError(f"is longer than {length} characters")
        return text

    return parse


def day(text: str) -> date:
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"is no day: {text[:40]!r}; write it like 2026-05-31") from error


def optional_day(text: str) -> date | None:
    return day(text) if text else None


def moment(text: str) -> datetime:
    """A moment in UTC; one without an offset is in UTC, and a day alone is its beginning."""
    try:
        found = datetime.fromisoformat(text)
        told = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
        return told.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        shown = repr(text[:40])
        raise ValueError(f"is no moment: {shown}; write it like 2026-05-31T09:30:00Z") from error


def optional_moment(text: str) -> datetime | None:
    return moment(text) if text else None


def optional_count(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or int(text[:11]) > LARGEST_INTEGER:
        raise ValueError(f"is no whole number from 0 on: {text[:40]!r}")
    return int(text)


def money(text: str) -> Decimal:
    """Cents, rounded half up; nothing is 0."""
    try:
        amount = Decimal(text or "0")
    except InvalidOperation as error:
        raise ValueError(f"is no amount: {text[:40]!r}; write it like 1234.50") from error
    if not amount.is_finite() or not 0 <= amount <= LARGEST_ARR:
        raise ValueError(f"is out of range: {text[:40]!r}")
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def optional_money(text: str) -> Decimal | None:
    return money(text) if text else None


def optional_e_mail(text: str) -> str:
    if text and (len(text) > 254 or not _E_MAIL.fullmatch(text)):
        raise ValueError(f"is no e-mail address: {text[:80]!r}")
    return text.lower()


def optional_hexadecimal(length: int) -> Parser:
    def parse(text: str) -> str:
        if text and (len(text) != length or not _HEXADECIMAL.fullmatch(text.lower())):
            raise ValueError(f"is not {length} hexadecimal digits: {text[:80]!r}")
        return text.lower()

    return parse


def one_of(choices: Iterable[str], aliases: Mapping[str, str] | None = None) -> Parser:
    """One of the words in any case, or an alias of one; nothing stays nothing."""
    known = {alias.lower(): word for alias, word in (aliases or {}).items()}
    known |= {word.lower(): word for word in choices}

    def parse(text: str) -> str:
        if text and text.lower() not in known:
            words = ", ".join(sorted(set(known.values())))
            raise ValueError(f"is not known: {text[:40]!r}; one of {words}")
        return known.get(text.lower(), "")

    return parse
