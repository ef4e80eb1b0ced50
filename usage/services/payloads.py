"""Stores the payloads of known instances: each whole, and the newest of a month as its snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum

from accounts.bulk import differs, merge_rows, update_rows
from usage import ingest
from usage.ingest import Payload
from usage.models import Instance, RawPayload, Snapshot
from usage.services.instances import Reporter
from usage.services.metrics import encode

Key = tuple[int, datetime]


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
    current = _stored_digests(rows)
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
        _write_bodies(written, now=now)
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
        instance__in=instance_ids, recorded_at__range=(min(times), max(times))
    ).order_by()
    return {
        (instance_id, recorded_at): digest
        for instance_id, recorded_at, digest in known.values_list(
            "instance_id", "recorded_at", "digest"
        )
    }


def _write_bodies(written: Mapping[Key, Payload], *, now: datetime) -> None:
    merge_rows(
        RawPayload,
        (
            (*key, now, payload.digest, ingest.compress(payload.content))
            for key, payload in written.items()
        ),
        columns=("instance_id", "recorded_at", "received_at", "digest", "body"),
        key=("instance_id", "recorded_at"),
        update=("received_at", "digest", "body"),
        where="old.digest <> excluded.digest",
    )


def _write_snapshots(written: Mapping[Key, Payload]) -> None:
    newest: dict[tuple[int, date], Payload] = {}
    for (instance_id, _), payload in written.items():
        key = (instance_id, payload.period)
        if key not in newest or payload.recorded_at > newest[key].recorded_at:
            newest[key] = payload
    changed = differs(Snapshot, ("recorded_at", "metrics"))
    merge_rows(
        Snapshot,
        ((*key, payload.recorded_at, encode(payload.readings)) for key, payload in newest.items()),
        columns=("instance_id", "period", "recorded_at", "metrics"),
        key=("instance_id", "period"),
        update=("recorded_at", "metrics"),
        where=f"excluded.recorded_at >= old.recorded_at AND ({changed})",
    )


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
