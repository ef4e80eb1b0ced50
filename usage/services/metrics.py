"""Which metrics are kept in snapshots, and filling in those that are kept later than they came."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.bulk import JSONText, update_rows
from accounts.models import Account, Job, User
from accounts.services import jobs
from usage import ingest
from usage.definitions import reported_paths
from usage.ingest import USER_COUNTS, KeyPaths
from usage.models import Edition, LabelRule, Measure, MetricDefinition, RawPayload, Snapshot
from usage.services import instances, rescoring

SEATS = "seats"  # of the subscription: what a measure names without any payload having it
BACKFILL = "backfill_metrics"
SNAPSHOTS_PER_BATCH = 500


def tracked_key_paths() -> frozenset[str]:
    """What snapshots hold: all that an edition, a label rule or an admin names. Four queries."""
    paths = set(USER_COUNTS)
    paths.update(Edition.objects.values_list("size_metric", flat=True))
    for numerator, denominator in Measure.objects.values_list("numerator", "denominator"):
        paths.update(numerator, denominator)
    for user_metrics in LabelRule.objects.values_list("user_metrics", flat=True):
        paths.update(user_metrics)
    paths.update(MetricDefinition.objects.filter(tracked=True).values_list("key_path", flat=True))
    return frozenset(paths - {SEATS, ""})


def optional_key_paths() -> frozenset[str]:
    """The metrics that need the customer's consent."""
    return frozenset(_reported(MetricDefinition.objects.filter(data_category__iexact="optional")))


def _reported(definitions: QuerySet[MetricDefinition]) -> set[str]:
    rows = definitions.order_by().values_list("key_path", "time_frames")
    return {path for key_path, frames in rows for path in reported_paths(key_path, frames)}


# --- backfill -------------------------------------------------------------------------------------
def request_backfill(
    *, key_paths: Iterable[str], now: datetime, by: User | None = None
) -> Job | None:
    """Queue the filling of snapshots after more metrics became tracked; None: nothing to fill."""
    if not Snapshot.objects.exists():
        return None
    params = {"key_paths": sorted(key_paths)}
    return jobs.enqueue(kind=BACKFILL, params=params, now=now, by=by, is_bulk=True)


def run_backfill_job(job: Job) -> dict[str, Any]:
    """Read every snapshot's metrics again from its payload, then have all accounts scored."""
    key_paths = KeyPaths(tracked_key_paths())
    total = Snapshot.objects.count()
    read = changed = last_id = 0
    while ids := _next_ids(last_id):
        changed += refill(ids, key_paths)
        read, last_id = read + len(ids), ids[-1]
        jobs.beat(job, done=read, total=max(total, read), now=timezone.now())
    if changed:
        account_ids = list(Account.objects.values_list("pk", flat=True))
        rescoring.request_all_periods(account_ids=account_ids, now=timezone.now())
    return {"snapshots": read, "changed": changed}


@transaction.atomic
def refill(snapshot_ids: Iterable[int], key_paths: KeyPaths) -> int:
    """Set the snapshots' metrics to what their payloads say; return how many changed.

    Holds the instances meanwhile, as ingest does, so that no newer payload is overwritten.
    """
    snapshots = Snapshot.objects.filter(pk__in=snapshot_ids).order_by("pk")
    instance_ids = set(snapshots.values_list("instance_id", flat=True))
    instances.lock(instance_ids)
    current = {
        (instance_id, recorded_at): pk
        for pk, instance_id, recorded_at in snapshots.values_list(
            "pk", "instance_id", "recorded_at"
        )
    }
    if not current:
        return 0
    times = [recorded_at for _, recorded_at in current]
    payloads = RawPayload.objects.filter(
        instance__in=instance_ids, recorded_at__range=(min(times), max(times))
    )
    rows = [
        (current[instance_id, recorded_at], encode(key_paths.readings(ingest.decompress(body))))
        for instance_id, recorded_at, body in payloads.order_by().values_list(
            "instance_id", "recorded_at", "body"
        )
        if (instance_id, recorded_at) in current
    ]
    return update_rows(Snapshot, rows, columns=("id", "metrics"), key=("id",))


def encode(readings: ingest.Readings) -> JSONText:
    return JSONText(ingest.canonical(readings).decode())


def _next_ids(last_id: int) -> list[int]:
    rows = Snapshot.objects.filter(pk__gt=last_id).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:SNAPSHOTS_PER_BATCH])
