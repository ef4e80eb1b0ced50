"""What scoring reads, from the database into frames: PostgreSQL streams CSV by COPY, SQLite rows."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import polars as pl
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from accounts.models import Subscription
from usage.models import Instance, Snapshot
from usage.scoring import Edition, Readings, frames

READ_AS_TEXT = (pl.Boolean, pl.Date, pl.Datetime)  # as PostgreSQL writes them


def read(account_ids: Collection[int], edition: Edition, periods: Collection[date]) -> Readings:
    """Readings of the accounts in these months; a range of ids is all that lie in it. Three queries."""
    subscriptions = _subscriptions(account_ids)
    instances = _instances(account_ids)
    return Readings(subscriptions, instances, _snapshots(account_ids, edition, periods))


def among(account_ids: Collection[int], path: str) -> Q:
    """Rows whose account, at `path`, is one of these; a long range of ids stays a short condition."""
    if isinstance(account_ids, range):
        return Q(**{f"{path}__gte": account_ids.start, f"{path}__lt": account_ids.stop})
    return Q(**{f"{path}__in": account_ids})


def _subscriptions(account_ids: Collection[int]) -> pl.DataFrame:
    rows = Subscription.objects.filter(among(account_ids, "account_id")).order_by()
    found = frame(
        rows.values_list(
            "account_id", "id", "account__customer_since", "plan__name", "arr", "seats",
            "start_date", "end_date", "external_id",
        ),
        _read_schema(frames.SUBSCRIPTIONS, "label", "external_id"),
    )  # fmt: skip
    label = _fragment(
        subscription=pl.col("external_id"),
        plan=pl.col("plan"),
        arr=pl.col("arr"),
        seats=pl.col("seats").cast(pl.Int64),
    )
    return found.with_columns(label=label).select(frames.SUBSCRIPTIONS.names())


def _fragment(**values: pl.Expr) -> pl.Expr:
    """The inside of a JSON object."""
    named = [value.alias(name) for name, value in values.items()]
    text: pl.Expr = pl.struct(named).struct.json_encode()
    return text.str.strip_prefix("{").str.strip_suffix("}")


def _instances(account_ids: Collection[int]) -> pl.DataFrame:
    rows = Instance.objects.filter(among(account_ids, "subscription__account_id")).order_by()
    found = frame(
        rows.values_list(
            "id", "subscription_id", "kind", "deployment", "opted_out_of_health",
            "external_id", "hostname",
        ),
        _read_schema(frames.INSTANCES, "instance_label", "external_id", "hostname"),
    )  # fmt: skip
    label = _fragment(
        instance=pl.col("external_id"),
        hostname=pl.col("hostname"),
        deployment=pl.col("deployment"),
    )
    return found.with_columns(instance_label=label).select(frames.INSTANCES.names())


def _read_schema(schema: pl.Schema, label: str, *texts: str) -> pl.Schema:
    """What is read: a schema with the texts that its label is made of in place of the label."""
    kept = {name: kind for name, kind in schema.items() if name != label}
    return pl.Schema({**kept, **dict.fromkeys(texts, pl.String())})


def _snapshots(
    account_ids: Collection[int], edition: Edition, periods: Collection[date]
) -> pl.DataFrame:
    rows = Snapshot.objects.filter(
        among(account_ids, "instance__subscription__account_id"),
        period__range=(min(periods), max(periods)),
    ).order_by()
    schema = frames.snapshots_schema(edition)
    if connection.vendor == "postgresql":
        return _copied(
            rows.values_list("instance_id", "period", "recorded_at", "metrics"),
            schema,
            edition.metric_keys,
        )
    identity = pl.Schema(list(schema.items())[:3])
    found = frame(
        rows.values_list(*identity, Cast("metrics", TextField())),
        pl.Schema({**identity, "metrics": pl.String()}),
    )
    keys = edition.metric_keys
    decoded = pl.col("metrics").str.json_decode(pl.Struct(dict.fromkeys(keys, pl.Float64)))
    columns = [decoded.struct.field(key).alias(frames.metric(key)) for key in keys]
    return found.select(*identity, *columns)


def frame(rows: QuerySet[Any, tuple[Any, ...]], schema: pl.Schema) -> pl.DataFrame:
    """Rows by their columns' types; the schema names the columns anew."""
    if connection.vendor == "postgresql":
        return _copied(rows, schema)
    return pl.DataFrame(list(rows.iterator()), schema=schema, orient="row", strict=False)


def _copied(
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
        text = b"".join(stream)
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
