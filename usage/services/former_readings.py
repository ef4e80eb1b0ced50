"""What scoring would have read at a moment: payloads received by then, records as their history has them.

What nothing is kept of is taken as it is now, and told as a doubt: a card that comes out otherwise is
then no proof of anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from accounts.errors import RowRejected
from accounts.models import Account, Plan, Subscription
from accounts.services import former
from usage import ingest
from usage.ingest import KeyPaths
from usage.models import Instance, RawPayload
from usage.periods import period_of, shift
from usage.scoring import Edition, Readings, frames
from usage.scoring import health_facts as facts
from usage.services import former_doubts, health_facts, readings
from usage.services.reach import midnight

BODIES_PER_QUERY = 500
ACCOUNT_FIELDS = ("segment", "priority", "customer_since")
SUBSCRIPTION_FIELDS = (
    "account_id",
    "plan_id",
    "arr",
    "seats",
    "start_date",
    "end_date",
    "external_id",
)
INSTANCE_FIELDS = (
    "subscription_id", "kind", "deployment", "opted_out_of_health", "external_id", "hostname",
)  # fmt: skip

Doubts = Mapping[int, Sequence[str]]


@dataclass(frozen=True)
class Known:
    """Frames for scoring, and by account what keeps them from being proof.

    `late`: payloads received after the moment, by account: when they were recorded, and received.
    """

    readings: Readings
    doubts: Doubts
    late: Mapping[int, Mapping[datetime, datetime]]


def read(
    account_ids: Collection[int], edition: Edition, periods: Sequence[date], *, moment: datetime
) -> Known:
    """Readings of the accounts in these months as they were known at the moment.

    About twenty queries, a few more where the edition has a scorecard, and one per 500 payloads.
    """
    accounts = former.states(Account, "id", account_ids, fields=ACCOUNT_FIELDS, moment=moment)
    bought = former.states(
        Subscription, "account_id", accounts.states, fields=SUBSCRIPTION_FIELDS, moment=moment
    )
    running = former.states(
        Instance, "subscription_id", bought.states, fields=INSTANCE_FIELDS, moment=moment
    )
    owners = {
        pk: bought.states[row["subscription_id"]]["account_id"]
        for pk, row in running.states.items()
    }
    payloads = _received(owners, periods, moment=moment)
    snapshots = _snapshots(payloads, edition)
    signals = health_facts.read(
        list(accounts.states),
        edition,
        periods,
        now=moment,
        known_at=moment,
        former_accounts=_accounts(accounts),
    )
    asked = former_doubts.Asked(list(accounts.states), periods, moment, signals is not None)
    guessed = former_doubts.Guessed(accounts, bought, running)
    return Known(
        Readings(_subscriptions(bought, accounts), _instances(running), snapshots, signals),
        former_doubts.doubts(asked, guessed, owners),
        payloads.late,
    )


def _accounts(accounts: former.Former) -> pl.DataFrame:
    rows = [(pk, *(row[name] for name in ACCOUNT_FIELDS)) for pk, row in accounts.states.items()]
    return _frame(rows, facts.ACCOUNTS)


def _subscriptions(bought: former.Former, accounts: former.Former) -> pl.DataFrame:
    plans = dict(Plan.objects.values_list("pk", "name"))
    rows = [
        (
            row["account_id"], pk, accounts.states[row["account_id"]]["customer_since"],
            plans.get(row["plan_id"], ""), row["arr"], row["seats"],
            row["start_date"], row["end_date"], row["external_id"],
        )
        for pk, row in bought.states.items()
    ]  # fmt: skip
    return readings.labelled_subscriptions(_frame(rows, readings.SUBSCRIPTION_ROWS))


def _instances(running: former.Former) -> pl.DataFrame:
    rows = [(pk, *(row[name] for name in INSTANCE_FIELDS)) for pk, row in running.states.items()]
    return readings.labelled_instances(_frame(rows, readings.INSTANCE_ROWS))


def _frame(rows: Sequence[tuple[Any, ...]], schema: pl.Schema) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=schema, orient="row", strict=False)


# --- payloads ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Received:
    """Of each instance and month the newest payload that had come: when recorded, and its key."""

    newest: Mapping[tuple[int, date], tuple[datetime, int]]
    late: Mapping[int, Mapping[datetime, datetime]]


def _received(owners: Mapping[int, int], periods: Sequence[date], *, moment: datetime) -> _Received:
    stored = RawPayload.objects.filter(
        instance__in=owners,
        recorded_at__gte=midnight(min(periods)),
        recorded_at__lt=midnight(shift(max(periods), 1)),
    )
    newest: dict[tuple[int, date], tuple[datetime, int]] = {}
    late: dict[int, dict[datetime, datetime]] = defaultdict(dict)
    for pk, instance_id, recorded_at, received_at in stored.order_by("recorded_at").values_list(
        "pk", "instance_id", "recorded_at", "received_at"
    ):
        if received_at <= moment:
            newest[instance_id, period_of(recorded_at)] = (recorded_at, pk)
        else:
            late[owners[instance_id]][recorded_at] = received_at
    return _Received(newest, late)


def _snapshots(received: _Received, edition: Edition) -> pl.DataFrame:
    """What those payloads say of the edition's metrics; nothing where one holds an absurd number."""
    metrics = _metrics([pk for _, pk in received.newest.values()], edition.metric_keys)
    rows = [
        (instance_id, period, recorded_at, *metrics[pk])
        for (instance_id, period), (recorded_at, pk) in received.newest.items()
        if pk in metrics
    ]
    return _frame(rows, frames.snapshots_schema(edition))


def _metrics(
    payload_ids: Sequence[int], keys: Sequence[str]
) -> dict[int, list[ingest.Number | None]]:
    """The metrics of payloads in the order of the keys, a batch of bodies at a time."""
    paths = KeyPaths(keys)
    found = {}
    for start in range(0, len(payload_ids), BODIES_PER_QUERY):
        chunk = payload_ids[start : start + BODIES_PER_QUERY]
        for pk, body in RawPayload.objects.filter(pk__in=chunk).values_list("pk", "body"):
            try:
                told = paths.readings(ingest.decompress(body))
            except RowRejected:
                continue
            found[pk] = [told.get(key) for key in keys]
    return found
