"""Shapes of the frames that go in, and names of the columns that come out."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from usage.scoring.edition import SEATS, Edition

# One row per subscription: what counts it, weighs it and limits what applies.
SUBSCRIPTIONS = pl.Schema(
    {
        "account_id": pl.Int64,
        "subscription_id": pl.Int64,
        "customer_since": pl.Date,
        "plan": pl.String,
        "arr": pl.Float64,
        "seats": pl.Float64,
        "start_date": pl.Date,
        "end_date": pl.Date,
        "label": pl.String,  # JSON fragment of ids and names for the evidence
    }
)

# One row per instance that is mapped to a subscription.
INSTANCES = pl.Schema(
    {
        "instance_id": pl.Int64,
        "subscription_id": pl.Int64,
        "kind": pl.String,
        "deployment": pl.String,
        "opted_out": pl.Boolean,
        "instance_label": pl.String,
    }
)


def snapshots_schema(edition: Edition) -> pl.Schema:
    """One row per instance and month: the metrics that the edition names, by key path."""
    return readings_schema(edition.metric_keys)


def readings_schema(keys: Sequence[str]) -> pl.Schema:
    """The same of any metrics."""
    identity = {
        "instance_id": pl.Int64(),
        "period": pl.Date(),
        "recorded_at": pl.Datetime("us", "UTC"),
    }
    return pl.Schema({**identity, **{metric(key): pl.Float64() for key in keys}})


def metric(key: str) -> str:
    """A metric's column: key paths are the vendor's words and may be those of other columns."""
    return key if key == SEATS else f"metric:{key}"


KEY = ("account_id", "period")
PRODUCTION = "Production"


def numerator(code: str) -> str:
    return f"numerator:{code}"


def denominator(code: str) -> str:
    return f"denominator:{code}"


def value(code: str) -> str:
    return f"value:{code}"


def points(code: str) -> str:
    """Points of a measure where its component applies, else null."""
    return f"points:{code}"


def score(code: str) -> str:
    return f"score:{code}"


def reach(code: str) -> str:
    """Score of a component as if its plans did not limit it: what is used, bought or not."""
    return f"reach:{code}"


def full_code(use_case: str, measure: str) -> str:
    """A measure's code in exports, evidence and columns: `cd.deployments_per_user`."""
    return f"{use_case}.{measure}"
