"""What scoring reads, from the database into frames: PostgreSQL streams CSV by COPY, SQLite rows."""

from __future__ import annotations

import io
from collections.abc import Collection
from datetime import date
from typing import Any

import orjson
import polars as pl
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from accounts.models import Subscription
from usage.models import Instance, Snapshot
from usage.scoring import Edition, Readings, frames


def read(account_ids: Collection[int], edition: Edition, periods: Collection[date]) -> Readings:
    """Readings of the accounts in these months. Three queries."""
    subscriptions = _subscriptions(account_ids)
    instances = _instances(account_ids)
    return Readings(subscriptions, instances, _snapshots(account_ids, edition, periods))


def _subscriptions(account_ids: Collection[int]) -> pl.DataFrame:
    rows = Subscription.objects.filter(account_id__in=account_ids).order_by()
    frame = _frame(
        rows.values_list(
            "account_id", "id", "account__customer_since", "plan__name", "arr", "seats",
            "start_date", "end_date", "external_id",
        ),
        _read_schema(frames.SUBSCRIPTIONS, "label", "external_id"),
    )  # fmt: skip
    return frame.with_columns(
        pl.struct("external_id", "plan", "arr", "seats")
        .map_elements(_subscription_label, return_dtype=pl.String)
        .alias("label")
    ).select(frames.SUBSCRIPTIONS.names())


def _subscription_label(row: dict[str, Any]) -> str:
    return _fragment(
        {
            "subscription": row["external_id"],
            "plan": row["plan"],
            "arr": row["arr"],
            "seats": None if row["seats"] is None else int(row["seats"]),
        }
    )


def _fragment(values: dict[str, Any]) -> str:
    """The inside of a JSON object."""
    return orjson.dumps(values).decode()[1:-1]


def _instances(account_ids: Collection[int]) -> pl.DataFrame:
    rows = Instance.objects.filter(subscription__account_id__in=account_ids).order_by()
    frame = _frame(
        rows.values_list(
            "id", "subscription_id", "kind", "deployment", "opted_out_of_health",
            "external_id", "hostname",
        ),
        _read_schema(frames.INSTANCES, "instance_label", "external_id", "hostname"),
    )  # fmt: skip
    return frame.with_columns(
        pl.struct(instance="external_id", hostname="hostname", deployment="deployment")
        .map_elements(_fragment, return_dtype=pl.String)
        .alias("instance_label")
    ).select(frames.INSTANCES.names())


def _read_schema(schema: pl.Schema, label: str, *texts: str) -> pl.Schema:
    """What is read: a schema with the texts that its label is made of in place of the label."""
    kept = {name: kind for name, kind in schema.items() if name != label}
    return pl.Schema({**kept, **dict.fromkeys(texts, pl.String())})


def _snapshots(
    account_ids: Collection[int], edition: Edition, periods: Collection[date]
) -> pl.DataFrame:
    rows = Snapshot.objects.filter(
        period__range=(min(periods), max(periods)),
        instance__subscription__account_id__in=account_ids,
    ).order_by()
    frame = _frame(
        rows.values_list("instance_id", "period", "recorded_at", Cast("metrics", TextField())),
        pl.Schema(
            {
                "instance_id": pl.Int64(),
                "period": pl.Date(),
                "recorded_at": pl.Datetime("us", "UTC"),
                "metrics": pl.String(),
            }
        ),
    )
    keys = edition.metric_keys
    decoded = pl.col("metrics").str.json_decode(pl.Struct(dict.fromkeys(keys, pl.Float64)))
    columns = [decoded.struct.field(key).alias(frames.metric(key)) for key in keys]
    return frame.select(pl.all().exclude("metrics"), *columns)


def _frame(rows: QuerySet[Any, tuple[Any, ...]], schema: pl.Schema) -> pl.DataFrame:
    if connection.vendor != "postgresql":
        return pl.DataFrame(list(rows.iterator()), schema=schema, orient="row", strict=False)
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:  # no account was asked for
        return pl.DataFrame(schema=schema)
    bound = connection.ops.compose_sql(sql, params)  # type: ignore[attr-defined]  # PostgreSQL's
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({bound}) TO STDOUT (FORMAT CSV)") as stream,
    ):
        text = b"".join(stream)
    if not text:
        return pl.DataFrame(schema=schema)
    strings = pl.read_csv(
        io.BytesIO(text),
        has_header=False,
        new_columns=schema.names(),
        infer_schema=False,
    )
    return strings.with_columns(_typed(name, kind) for name, kind in schema.items())


def _typed(name: str, kind: pl.DataType) -> pl.Expr:
    """A column of text, as PostgreSQL writes it, in its type."""
    text = pl.col(name).fill_null("")
    if kind == pl.String:
        return text
    known = pl.when(text != "").then(text)  # CSV tells no empty text from NULL
    if kind == pl.Boolean:
        return known == "t"
    if kind == pl.Date:
        return known.str.to_date("%Y-%m-%d")
    if isinstance(kind, pl.Datetime):
        return known.str.to_datetime("%Y-%m-%d %H:%M:%S%.f%#z", time_unit="us", time_zone="UTC")
    return known.cast(kind)
