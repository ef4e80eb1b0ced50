"""Rows of the database as frames: PostgreSQL streams CSV by COPY, SQLite hands rows over."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

if TYPE_CHECKING:  # the driver of PostgreSQL is an extra
    from psycopg import Copy
    from psycopg.abc import PQGen

READ_AS_TEXT = (pl.Boolean, pl.Date, pl.Datetime)  # as PostgreSQL writes them


def among(account_ids: Collection[int], path: str) -> Q:
    """Rows whose account, at `path`, is one of these; a long range of ids stays a short condition."""
    if isinstance(account_ids, range):
        return Q(**{f"{path}__gte": account_ids.start, f"{path}__lt": account_ids.stop})
    return Q(**{f"{path}__in": account_ids})


def frame(rows: QuerySet[Any, tuple[Any, ...]], schema: pl.Schema) -> pl.DataFrame:
    """Rows by their columns' types; the schema names the columns anew."""
    if connection.vendor == "postgresql":
        return copied(rows, schema)
    return pl.DataFrame(list(rows.iterator()), schema=schema, orient="row", strict=False)


def copied(
    rows: QuerySet[Any, tuple[Any, ...]], schema: pl.Schema, metric_keys: Sequence[str] = ()
) -> pl.DataFrame:
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:  # no account was asked for
        return pl.DataFrame(schema=schema)
    if metric_keys:
        sql, params = _metrics_in_columns(sql, params, metric_keys)
    bound = connection.ops.compose_sql(sql, params)  # type: ignore[attr-defined]  # PostgreSQL's
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({bound}) TO STDOUT (FORMAT CSV)") as stream,
    ):
        text = connection.connection.wait(_rows(stream))
    if not text:
        return pl.DataFrame(schema=schema)
    read_as = {
        name: pl.String() if isinstance(kind, READ_AS_TEXT) else kind
        for name, kind in schema.items()
    }
    frame = pl.read_csv(io.BytesIO(text), has_header=False, schema=read_as)
    return frame.with_columns(
        _typed(name, kind) for name, kind in schema.items() if read_as[name] == pl.String
    )


def _rows(stream: Copy) -> PQGen[bytes]:
    """All rows of a COPY as one text, waited for together: a wait for each costs as much as the row."""
    rows = []
    while row := (yield from stream._read_gen()):  # what read() waits for
        rows.append(bytes(row))
    return b"".join(rows)


def _metrics_in_columns(
    sql: str, params: tuple[Any, ...], keys: Sequence[str]
) -> tuple[str, tuple[Any, ...]]:
    """The last column's keys as columns: a quarter of the text, and no JSON to decode.

    Joined to nothing, the JSON is unpacked once for a row, not once for a key; OFFSET keeps it so.
    """
    metrics = ", ".join(["(metrics ->> %s)::float8"] * len(keys))
    return (
        f"SELECT instance_id, period, recorded_at, {metrics} FROM (SELECT instance_id, period,"  # noqa: S608 - no names but these
        f" recorded_at, metrics || '{{}}' AS metrics FROM ({sql}) AS stored OFFSET 0) AS unpacked",
        (*keys, *params),
    )


def _typed(name: str, kind: pl.DataType) -> pl.Expr:
    """A column of text, as PostgreSQL writes it, in its type."""
    text = pl.col(name)
    if isinstance(kind, pl.Boolean):
        return text == "t"
    if isinstance(kind, pl.Date):
        return text.str.to_date("%Y-%m-%d")
    if isinstance(kind, pl.Datetime):
        return text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f%#z", time_unit="us", time_zone="UTC")
    return text.fill_null("")  # CSV tells no empty text from NULL
