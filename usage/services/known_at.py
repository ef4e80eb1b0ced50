"""Readings as they were known at a former moment: records by their history, payloads by their arrival.

What a payload that was sent again said before is not kept: until the correction came, such a payload counts
as not received. A record that was taken in only later stands as it was first taken in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import polars as pl
from django.db.models import Model, Q

from accounts.models import Account, Subscription
from usage import ingest
from usage.ingest import KeyPaths
from usage.models import Instance, RawPayload, Snapshot
from usage.periods import shift
from usage.scoring import Edition, Readings, frames
from usage.services import health_facts
from usage.services.frames import among, frame
from usage.services.reach import midnight
from usage.services.readings import snapshots_of

HISTORY = pl.Schema(
    {
        "id": pl.Int64(),
        "history_date": pl.Datetime("us", "UTC"),
        "history_id": pl.Int64(),
        "history_type": pl.String(),
    }
)
ACCOUNT = pl.Schema({"customer_since": pl.Date()})
SUBSCRIPTION = pl.Schema(
    {
        "account_id": pl.Int64(),
        "plan": pl.String(),
        "arr": pl.Float64(),
        "seats": pl.Float64(),
        "start_date": pl.Date(),
        "end_date": pl.Date(),
    }
)
INSTANCE = pl.Schema(
    {
        "subscription_id": pl.Int64(),
        "kind": pl.String(),
        "deployment": pl.String(),
        "opted_out": pl.Boolean(),
    }
)
DELETED = "-"


class Known(StrEnum):
    """When a payload was known: when it came, or, of a history taken in at once, when it was recorded."""

    RECEIVED = "received"
    RECORDED = "recorded"


class Records:
    """All that scoring can read of some accounts over some months, to be asked as of any moment."""

    def __init__(
        self, account_ids: Collection[int], edition: Edition, periods: Sequence[date], known: Known
    ) -> None:
        """Read it, in eight queries."""
        self._account_ids = account_ids
        self._edition = edition
        self._known = known
        self._accounts = _states(Account, among(account_ids, "id"), ("customer_since",), ACCOUNT)
        self._subscriptions = _states(
            Subscription,
            among(account_ids, "account_id"),
            ("account_id", "plan__name", "arr", "seats", "start_date", "end_date"),
            SUBSCRIPTION,
        )
        self._instances = self._instance_states()
        self._instance_ids = set(self._instances["id"].to_list())
        self._snapshots = snapshots_of(
            Snapshot.objects.filter(
                instance__pk__among=self._instance_ids,
                period__range=(min(periods), max(periods)),
            ),
            edition.metric_keys,
        )

    def _instance_states(self) -> pl.DataFrame:
        """Those that ever were of one of the subscriptions; of a history taken in at once, as they are."""
        columns = ("subscription_id", "kind", "deployment", "opted_out_of_health")
        ids = set(self._subscriptions["id"].to_list())
        of_these = Q(subscription__pk__among=ids)
        if self._known is Known.RECORDED:
            return _present(Instance, of_these, columns, INSTANCE)
        history: Any = Instance.history
        ever = history.filter(subscription_id__in=ids).values_list("id", flat=True)
        now = Instance.objects.filter(of_these).values_list("pk", flat=True)
        found = {*ever.order_by(), *now.order_by()}
        return _states(Instance, Q(id__in=found), columns, INSTANCE)

    def at(self, moment: datetime, periods: Sequence[date]) -> Readings:
        """Readings of these months as they were known before the moment.

        One query a month, one more where a payload of it came later, and those of the signals where the
        edition has a scorecard.
        """
        accounts = _as_of(self._accounts, moment).rename({"id": "account_id"})
        bought = _as_of(self._subscriptions, moment).rename({"id": "subscription_id"})
        subscriptions = bought.join(accounts, on="account_id").with_columns(label=pl.lit(""))
        instances = _as_of(self._instances, moment).rename({"id": "instance_id"})
        instances = instances.with_columns(instance_label=pl.lit(""))
        return Readings(
            subscriptions.select(frames.SUBSCRIPTIONS.names()),
            instances.filter(pl.col("subscription_id").is_not_null()).select(
                frames.INSTANCES.names()
            ),
            pl.concat([self._snapshots_at(period, moment) for period in periods]),
            health_facts.read(self._account_ids, self._edition, periods, known_at=moment),
        )

    def _snapshots_at(self, period: date, moment: datetime) -> pl.DataFrame:
        """The snapshots of a month; where a payload of it came later, made anew of those before."""
        stored = self._snapshots.filter(pl.col("period") == period)
        if self._known is Known.RECORDED:
            return stored
        in_month = Q(recorded_at__gte=midnight(period), recorded_at__lt=midnight(shift(period, 1)))
        later = RawPayload.objects.filter(in_month, received_at__gte=moment).order_by()
        late = self._instance_ids & set(later.values_list("instance_id", flat=True))
        if not late:
            return stored
        kept = stored.filter(~pl.col("instance_id").is_in(list(late)))
        rows = list(self._rebuilt(late, in_month, period, moment))
        made = pl.DataFrame(rows, schema=stored.schema, orient="row", strict=False)
        return pl.concat([kept, made])

    def _rebuilt(
        self, instance_ids: set[int], in_month: Q, period: date, moment: datetime
    ) -> Iterator[tuple[Any, ...]]:
        """The newest payload of each instance that was there, as a snapshot."""
        keys = KeyPaths(self._edition.metric_keys)
        there = RawPayload.objects.filter(
            in_month, instance__pk__among=instance_ids, received_at__lt=moment
        )
        newest: dict[int, tuple[datetime, Any]] = {}
        for instance_id, recorded_at, body in there.order_by("recorded_at").values_list(
            "instance_id", "recorded_at", "body"
        ):
            newest[instance_id] = (recorded_at, body)
        for instance_id, (recorded_at, body) in newest.items():
            told = keys.readings(ingest.decompress(body))
            yield (instance_id, period, recorded_at, *map(told.get, self._edition.metric_keys))


def _states(model: Any, which: Q, columns: Sequence[str], schema: pl.Schema) -> pl.DataFrame:
    """Every state of the rows, former and present, oldest first; a row without a history as it is."""
    read = pl.Schema({**HISTORY, **schema})
    former = frame(model.history.filter(which).order_by().values_list(*HISTORY, *columns), read)
    present = _present(model, which, columns, schema)
    return pl.concat(
        [former.sort("history_date", "history_id"), present.join(former, on="id", how="anti")]
    )


def _present(
    model: type[Model], which: Q, columns: Sequence[str], schema: pl.Schema
) -> pl.DataFrame:
    rows = model._default_manager.filter(which).order_by().values_list("pk", *columns)
    found = frame(rows, pl.Schema({"id": pl.Int64(), **schema}))
    return found.select(
        "id",
        *(pl.lit(None, dtype=kind).alias(name) for name, kind in HISTORY.items() if name != "id"),
        *schema,
    )


def _as_of(states: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    """The state of each row before the moment, or the first one that was taken in."""
    before = states.filter(pl.col("history_date") < moment)
    known = before.group_by("id", maintain_order=True).last()
    later = states.join(known, on="id", how="anti").group_by("id", maintain_order=True).first()
    kept = pl.concat([known.select(states.columns), later.select(states.columns)])
    return kept.filter(pl.col("history_type").fill_null("") != DELETED).drop(
        "history_date", "history_id", "history_type"
    )
