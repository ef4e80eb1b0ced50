"""Writes of many rows at once: a staging table, then one statement. Call inside atomic().

PostgreSQL takes the rows by COPY, SQLite by executemany; both then merge or update with the same
SQL, and a row that would not change is not written; appended rows need no staging. Rows are tuples, or a frame that has a
column for each field: a frame goes to PostgreSQL as the text that it writes itself, ten times as fast.
What a frame holds for a JSONField is JSON text.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connection, models
from django.db.backends.utils import CursorWrapper
from django.db.models import Field, JSONField, Model

Row = Sequence[Any]
Rows = Iterable[Row] | pl.DataFrame
FRAME_ROWS_AT_ONCE = 5_000  # of which the text is in memory at a time
_table_numbers = itertools.count(1)


class JSONText(str):
    """JSON that is already text, for a JSONField: taken as it is instead of encoded again."""

    __slots__ = ()


@dataclass(frozen=True)
class MergeCounts:
    inserted: int
    updated: int
    unchanged: int


def merge_rows(
    model: type[Model],
    rows: Rows,
    *,
    columns: Sequence[str],
    key: Sequence[str],
    update: Sequence[str] = (),
    where: str = "",
) -> MergeCounts:
    """Insert rows; where `key` is taken, set the `update` columns, if `where` holds.

    `where` is SQL on `old.<column>` and `excluded.<column>` (the incoming row); without one a row
    is updated where one of the `update` columns differs. No two rows may share a key.
    """
    with _staged(model, rows, columns) as stage:
        target = f"INSERT INTO {stage.table} AS old ({stage.listed(columns)})"
        source = f"SELECT {stage.listed(columns)} FROM {stage.name} WHERE true"  # noqa: S608 - quoted names only
        order = f"ORDER BY {stage.listed(key)}"  # the same order everywhere: no deadlocks
        action = _conflict_action(stage, update, where or differs(model, update))
        conflict = f"ON CONFLICT ({stage.listed(key)}) {action}"
        known = 0 if connection.vendor == "postgresql" else stage.count_known(key)
        inserted, written = stage.write(f"{target} {source} {order} {conflict}", known=known)
        return MergeCounts(inserted, written - inserted, stage.row_count - written)


def append_frame(model: type[Model], frame: pl.DataFrame) -> int:
    """Insert the rows of a frame, which cannot be there yet; return how many."""
    return 0 if frame.is_empty() else append_rows(model, frame, columns=frame.columns)


def append_rows(model: type[Model], rows: Rows, *, columns: Sequence[str]) -> int:
    """Insert rows that cannot be there yet, straight into their table; return how many."""
    fields = [_field(model, column) for column in columns]
    with connection.cursor() as cursor:
        return _fill(cursor, connection.ops.quote_name(model._meta.db_table), fields, rows)


def update_rows(
    model: type[Model], rows: Rows, *, columns: Sequence[str], key: Sequence[str]
) -> int:
    """Set the columns that are not of the `key` in the rows that have it; return how many changed.

    Lock the rows first where several processes may do so at once.
    """
    values = [column for column in columns if column not in key]
    with _staged(model, rows, columns) as stage:
        assignments = ", ".join(f"{stage.quoted(c)} = new.{stage.quoted(c)}" for c in values)
        matches = [f"old.{stage.quoted(c)} = new.{stage.quoted(c)}" for c in key]
        changed = differs(model, values, incoming="new")
        stage.cursor.execute(
            f"UPDATE {stage.table} AS old SET {assignments} FROM {stage.name} AS new"  # noqa: S608 - quoted names only
            f" WHERE {' AND '.join(matches)} AND ({changed})"
        )
        return int(stage.cursor.rowcount)


def differs(model: type[Model], columns: Sequence[str], *, incoming: str = "excluded") -> str:
    """SQL for `where`: one of the columns has another value than the stored row, null included."""
    operator = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    names = [_quote(_field(model, column)) for column in columns]
    return " OR ".join(f"old.{name} {operator} {incoming}.{name}" for name in names)


def _conflict_action(stage: _Stage, update: Sequence[str], condition: str) -> str:
    if not update:
        return "DO NOTHING"
    assignments = ", ".join(f"{stage.quoted(c)} = excluded.{stage.quoted(c)}" for c in update)
    return f"DO UPDATE SET {assignments} WHERE {condition}"


@dataclass(frozen=True)
class _Stage:
    """A temporary table that holds the incoming rows."""

    model: type[Model]
    name: str
    row_count: int
    cursor: CursorWrapper

    @property
    def table(self) -> str:
        return connection.ops.quote_name(self.model._meta.db_table)

    def quoted(self, column: str) -> str:
        return _quote(_field(self.model, column))

    def listed(self, columns: Sequence[str]) -> str:
        return ", ".join(map(self.quoted, columns))

    def count_known(self, key: Sequence[str]) -> int:
        matches = " AND ".join(f"old.{self.quoted(c)} = new.{self.quoted(c)}" for c in key)
        self.cursor.execute(
            f"SELECT count(*) FROM {self.name} AS new JOIN {self.table} AS old ON {matches}"  # noqa: S608 - quoted names only
        )
        return int(self.cursor.fetchone()[0])

    def write(self, statement: str, *, known: int) -> tuple[int, int]:
        """Run a merge; return how many rows were inserted, and how many written at all."""
        if connection.vendor != "postgresql":
            self.cursor.execute(statement)
            return self.row_count - known, self.cursor.rowcount
        self.cursor.execute(
            f"WITH written AS ({statement} RETURNING xmax = 0 AS is_new)"  # noqa: S608 - built above
            " SELECT count(*) FILTER (WHERE is_new), count(*) FROM written"
        )
        inserted, written = self.cursor.fetchone()
        return inserted, written


@contextmanager
def _staged(model: type[Model], rows: Rows, columns: Sequence[str]) -> Iterator[_Stage]:
    name = connection.ops.quote_name(f"staged_{next(_table_numbers)}")
    fields = [_field(model, column) for column in columns]
    listed = ", ".join(map(_quote, fields))
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {name} AS SELECT {listed} FROM {table} LIMIT 0")  # noqa: S608 - quoted names only
        row_count = _fill(cursor, name, fields, rows)
        yield _Stage(model=model, name=name, row_count=row_count, cursor=cursor)
        cursor.execute(f"DROP TABLE {name}")  # an error rolls back its creation too


def _fill(cursor: CursorWrapper, table: str, fields: Sequence[Field[Any, Any]], rows: Rows) -> int:
    listed = ", ".join(map(_quote, fields))
    if isinstance(rows, pl.DataFrame):
        if connection.vendor == "postgresql":
            return _copy_frame(cursor, f"COPY {table} ({listed}) FROM STDIN", rows)
        encoders = [_as_it_is if isinstance(f, JSONField) else _encoder(f) for f in fields]
        return _insert(cursor, table, listed, len(fields), _encoded(rows.iter_rows(), encoders))
    encoded = _encoded(rows, [_encoder(field) for field in fields])
    if connection.vendor == "postgresql":
        return _copy(cursor, f"COPY {table} ({listed}) FROM STDIN", encoded)
    return _insert(cursor, table, listed, len(fields), encoded)


def _encoded(rows: Iterable[Row], encoders: Sequence[Callable[[Any], Any]]) -> Iterable[Row]:
    """Rows as the database takes them; most values are already."""
    needed = [(place, encode) for place, encode in enumerate(encoders) if encode is not _as_it_is]
    return (_with(row, needed) for row in rows) if needed else rows


def _with(row: Row, needed: Sequence[tuple[int, Callable[[Any], Any]]]) -> Row:
    values = list(row)
    for place, encode in needed:
        values[place] = encode(values[place])
    return values


def _copy(cursor: CursorWrapper, statement: str, rows: Iterable[Row]) -> int:
    row_count = 0
    with connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            row_count += 1
    return row_count


def _copy_frame(cursor: CursorWrapper, statement: str, frame: pl.DataFrame) -> int:
    """COPY's text format: columns between tabs, \\N for NULL, a backslash before what would break it."""
    with connection.wrap_database_errors, cursor.copy(statement) as copy:
        for part in frame.iter_slices(FRAME_ROWS_AT_ONCE):
            text = part.with_columns(
                _escaped(part[name]) for name, kind in part.schema.items() if kind == pl.String
            ).write_csv(
                include_header=False,
                separator="\t",
                quote_style="never",
                null_value="\\N",
                datetime_format="%Y-%m-%d %H:%M:%S%.6f%:z",
            )
            copy.write(text)
    return len(frame)


ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}  # the backslash first


def _escaped(texts: pl.Series) -> pl.Series:
    for character, escape in ESCAPES.items():
        if texts.str.contains(character, literal=True).any():
            texts = texts.str.replace_all(character, escape, literal=True)
    return texts


def _insert(cursor: CursorWrapper, table: str, listed: str, width: int, rows: Iterable[Row]) -> int:
    row_count = 0

    def counted() -> Iterator[Row]:
        nonlocal row_count
        for row in rows:
            row_count += 1
            yield row

    marks = ", ".join(["%s"] * width)
    cursor.executemany(
        f"INSERT INTO {table} ({listed}) VALUES ({marks})",  # noqa: S608 - quoted names only
        counted(),  # type: ignore[arg-type]  # it takes an iterator, as sqlite3 does
    )
    return row_count


def _encoder(field: Field[Any, Any]) -> Callable[[Any], Any]:
    """What the ORM would send to this database for a value of the field."""

    def encode(value: Any) -> Any:
        if value is None:
            return None
        return field.get_db_prep_save(value, connection)

    def encode_json(value: Any) -> Any:
        return str(value) if isinstance(value, JSONText) else encode(value)

    if isinstance(field, JSONField):
        return encode_json
    if type(field) in _SENT_AS_THEY_ARE:
        return _as_it_is
    if connection.vendor == "postgresql" and type(field) in _KNOWN_TO_PSYCOPG:
        return _as_it_is
    return encode


def _as_it_is(value: Any) -> Any:
    return value


_SENT_AS_THEY_ARE = (
    models.CharField,
    models.TextField,
    models.SlugField,
    models.FloatField,
    models.IntegerField,
    models.PositiveIntegerField,
    models.PositiveSmallIntegerField,
    models.BigIntegerField,
    models.BooleanField,
)
_KNOWN_TO_PSYCOPG = (
    models.BinaryField,
    models.DateField,
    models.DateTimeField,
    models.ForeignKey,
)


def _field(model: type[Model], column: str) -> Field[Any, Any]:
    field = model._meta.get_field(column)
    if not isinstance(field, Field):
        raise TypeError(f"{column} is not a column of {model._meta.label}")
    return field


def _quote(field: Field[Any, Any]) -> str:
    return connection.ops.quote_name(field.column)
