"""What scoring reads, from the database into frames: PostgreSQL streams CSV by COPY, SQLite rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime

import polars as pl
from django.db import connection
from django.db.models import TextField
from django.db.models.functions import Cast

from accounts.models import Subscription
from usage.models import Instance, Snapshot
from usage.querysets import SnapshotQuerySet
from usage.scoring import Edition, Readings, frames
from usage.services import health_facts
from usage.services.frames import among, copied, frame


def _read_schema(schema: pl.Schema, label: str, *texts: str) -> pl.Schema:
    """What is read: a schema with the texts that its label is made of in place of the label."""
    kept = {name: kind for name, kind in schema.items() if name != label}
    return pl.Schema({**kept, **dict.fromkeys(texts, pl.String())})


SUBSCRIPTION_ROWS = _read_schema(frames.SUBSCRIPTIONS, "label", "external_id")
INSTANCE_ROWS = _read_schema(frames.INSTANCES, "instance_label", "external_id", "hostname")


def read(
    account_ids: Collection[int],
    edition: Edition,
    periods: Collection[date],
    *,
    now: datetime | None = None,
) -> Readings:
    """Readings of the accounts in these months; a range of ids is all that lie in it.

    Three queries, and those of the signals where the edition has a scorecard: the running month is
    judged as of `now`.
    """
    usage = read_usage(account_ids, edition.metric_keys, periods)
    judged = health_facts.read(account_ids, edition, periods, now=now)
    return replace(usage, signals=judged)


def read_usage(
    account_ids: Collection[int], keys: Sequence[str], periods: Collection[date]
) -> Readings:
    """The same of any metrics, without signals. Three queries."""
    return Readings(
        _subscriptions(account_ids),
        _instances(account_ids),
        snapshots_of(
            Snapshot.objects.filter(
                among(account_ids, "instance__subscription__account_id"),
                period__range=(min(periods), max(periods)),
            ),
            keys,
        ),
    )


def _subscriptions(account_ids: Collection[int]) -> pl.DataFrame:
    rows = Subscription.objects.filter(among(account_ids, "account_id")).order_by()
    found = frame(
        rows.values_list(
            "account_id", "id", "account__customer_since", "plan__name", "arr", "seats",
            "start_date", "end_date", "external_id",
        ),
        SUBSCRIPTION_ROWS,
    )  # fmt: skip
    return labelled_subscriptions(found)


def labelled_subscriptions(found: pl.DataFrame) -> pl.DataFrame:
    """Rows by SUBSCRIPTION_ROWS as scoring takes them."""
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
        INSTANCE_ROWS,
    )  # fmt: skip
    return labelled_instances(found)


def labelled_instances(found: pl.DataFrame) -> pl.DataFrame:
    """Rows by INSTANCE_ROWS as scoring takes them."""
    label = _fragment(
        instance=pl.col("external_id"),
        hostname=pl.col("hostname"),
        deployment=pl.col("deployment"),
    )
    return found.with_columns(instance_label=label).select(frames.INSTANCES.names())


def snapshots_of(snapshots: SnapshotQuerySet, keys: Sequence[str]) -> pl.DataFrame:
    """Snapshots with these metrics, a column each. One query."""
    rows = snapshots.order_by()
    schema = frames.readings_schema(keys)
    if connection.vendor == "postgresql":
        return copied(
            rows.values_list("instance_id", "period", "recorded_at", "metrics"),
            schema,
            keys,
        )
    identity = pl.Schema(list(schema.items())[:3])
    found = frame(
        rows.values_list(*identity, Cast("metrics", TextField())),
        pl.Schema({**identity, "metrics": pl.String()}),
    )
    decoded = pl.col("metrics").str.json_decode(pl.Struct(dict.fromkeys(keys, pl.Float64)))
    columns = [decoded.struct.field(key).alias(frames.metric(key)) for key in keys]
    return found.select(*identity, *columns)
