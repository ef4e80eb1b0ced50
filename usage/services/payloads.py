"""Stores the payloads of known instances: each whole, and the newest of a month as its snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from operator import itemgetter

import orjson
from django.db.models import TextField
from django.db.models.functions import Cast

from accounts.bulk import JSONText, append_rows, update_rows
from usage import ingest
from usage.ingest import Payload
from usage.models import Instance, RawPayload, Snapshot
from usage.services.instances import Reporter
from usage.services.metrics import encode

Key = tuple[int, datetime]
Month = tuple[int, date]
SnapshotRow = tuple[int, date, datetime, JSONText]

BODY_COLUMNS = ("instance_id", "recorded_at", "received_at", "digest", "body")
SNAPSHOT_COLUMNS = ("instance_id", "period", "recorded_at", "metrics")


class Novelty(StrEnum):
    """What a payload is to those of its instance that are stored already."""

    NEW = "new"
    CORRECTION = "correction"
    KNOWN = "known"


def store(rows: Sequence[tuple[Reporter, Payload]], *, now: datetime) -> list[Novelty]:
    """Store payloads of instances that the caller holds; say of each what was new.

    Whatever order payloads come in, the same is stored in the end: by instance and time the last
    version, and by instance and month the newest payload.
    """
    stored = _stored_digests(rows)
    current = dict(stored)
    novelties: list[Novelty] = []
    written: dict[Key, Payload] = {}
    for reporter, payload in rows:
        key = (reporter.pk, payload.recorded_at)
        novelty = _novelty(current.get(key), payload.digest)
        novelties.append(novelty)
        if novelty is not Novelty.KNOWN:
            current[key] = payload.digest
            written[key] = payload
    if written:
        _write_bodies(written, stored, now=now)
        _write_snapshots(written)
        _write_last_seen(written, {reporter.pk: reporter for reporter, _ in rows})
    return novelties


def _novelty(stored: str | None, digest: str) -> Novelty:
    if stored is None:
        return Novelty.NEW
    return Novelty.KNOWN if stored == digest else Novelty.CORRECTION


def _stored_digests(rows: Sequence[tuple[Reporter, Payload]]) -> dict[Key, str]:
    if not rows:
        return {}
    instance_ids = {reporter.pk for reporter, _ in rows}
    times = [payload.recorded_at for _, payload in rows]
    # a range, not a list of times: SQLite would probe every pair of instance and time
    known = RawPayload.objects.filter(
        instance__pk__among=instance_ids, recorded_at__range=(min(times), max(times))
    ).order_by()
    return {
        (instance_id, recorded_at): digest
        for instance_id, recorded_at, digest in known.values_list(
            "instance_id", "recorded_at", "digest"
        )
    }


def _write_bodies(
    written: Mapping[Key, Payload], stored: Mapping[Key, str], *, now: datetime
) -> None:
    rows = [
        (*key, now, payload.digest, ingest.compress(payload.content))
        for key, payload in sorted(written.items())
    ]
    new = [row for row in rows if row[:2] not in stored]
    if new:
        append_rows(RawPayload, new, columns=BODY_COLUMNS)
    corrections = [row for row in rows if row[:2] in stored]
    if corrections:
        update_rows(RawPayload, corrections, columns=BODY_COLUMNS, key=BODY_COLUMNS[:2])


def _write_snapshots(written: Mapping[Key, Payload]) -> None:
    newest: dict[Month, Payload] = {}
    for (instance_id, _), payload in written.items():
        key = (instance_id, payload.period)
        if key not in newest or payload.recorded_at > newest[key].recorded_at:
            newest[key] = payload
    store_snapshots(
        (*key, payload.recorded_at, encode(payload.readings)) for key, payload in newest.items()
    )


def store_snapshots(rows: Iterable[SnapshotRow]) -> tuple[int, int]:
    """Store one snapshot an instance and month, unless a newer one is there; count new and changed.

    The caller holds the instances: so what is there is known before anything is written, and only
    what is new, or changes something, is sent to the database.
    """
    rows = sorted(rows, key=itemgetter(0, 1))
    stored = _stored_snapshots(rows)
    new = [row for row in rows if row[:2] not in stored]
    changed = [row for row in rows if row[:2] in stored and _is_news(row, *stored[row[:2]])]
    if new:
        append_rows(Snapshot, new, columns=SNAPSHOT_COLUMNS)
    if changed:
        update_rows(Snapshot, changed, columns=SNAPSHOT_COLUMNS, key=SNAPSHOT_COLUMNS[:2])
    return len(new), len(changed)


def _stored_snapshots(rows: Sequence[SnapshotRow]) -> dict[Month, tuple[datetime, str]]:
    """Time and metrics, as text, of what is stored of the rows' instances and months."""
    stored = Snapshot.objects.filter(
        instance__pk__among={row[0] for row in rows}, period__in={row[1] for row in rows}
    )
    found = stored.order_by().values_list(
        "instance_id", "period", "recorded_at", Cast("metrics", TextField())
    )
    return {(instance_id, period): (at, text) for instance_id, period, at, text in found}


def _is_news(row: SnapshotRow, stored_at: datetime, stored_metrics: str) -> bool:
    *_, recorded_at, metrics = row
    if (
        recorded_at == stored_at
    ):  # the database has an order of keys, and a form of numbers, of its own
        return bool(orjson.loads(stored_metrics) != orjson.loads(str(metrics)))
    return recorded_at > stored_at


def _write_last_seen(written: Mapping[Key, Payload], reporters: Mapping[int, Reporter]) -> None:
    newest: dict[int, Payload] = {}
    for (instance_id, recorded_at), payload in written.items():
        seen = newest[instance_id].recorded_at if instance_id in newest else None
        seen = seen or reporters[instance_id].last_reported_at
        if seen is None or recorded_at >= seen:
            newest[instance_id] = payload
    update_rows(
        Instance,
        (
            (pk, payload.recorded_at, payload.version, payload.license_md5, payload.license_sha256)
            for pk, payload in newest.items()
        ),
        columns=("id", "last_reported_at", "version", "license_md5", "license_sha256"),
        key=("id",),
    )
