"""A month's new snapshots into their table, against raw COPY of the same bytes into a bare one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import partial
from random import Random

from django.db import connection, transaction

from accounts.bulk import append_rows
from usage.ingest import Identity, Readings
from usage.models import Instance
from usage.periods import shift
from usage.services.instances import NEW_COLUMNS, new_row
from usage.services.metrics import encode, tracked_key_paths
from usage.services.payloads import SnapshotRow, store_snapshots

LAST = date(2026, 10, 1)
WIDE = 150  # metrics of a snapshot where much more is tracked than the shipped edition needs
CHUNK = 256 * 1024
COLUMNS = "instance_id, period, recorded_at, metrics"
Figures = dict[str, float]


def measure(count: int, rounds: int) -> Iterator[tuple[str, Figures]]:
    """Yield figures by kind of snapshot: seconds and ratios, medians of rounds that take turns."""
    tracked = sorted(tracked_key_paths())
    more = [f"counts.users_of_feature_{number}_monthly" for number in range(WIDE - len(tracked))]
    instance_ids = _make_instances(count)
    first = shift(LAST, -3 * rounds)
    for name, paths in (
        ("of the shipped edition", tracked),
        (f"of {WIDE} metrics", tracked + more),
    ):
        yield f"snapshots {name}", _compare(instance_ids, paths, first, rounds)
        first = shift(first, rounds + 1)


def _make_instances(count: int) -> list[int]:
    names = (f"bench-{number}" for number in range(count))
    rows = (
        new_row(Identity(name, f"{name}.example", is_namespace=False), is_clone=False)
        for name in names
    )
    with transaction.atomic():
        append_rows(Instance, rows, columns=NEW_COLUMNS)
    return list(Instance.objects.order_by("pk").values_list("pk", flat=True))


def _compare(instance_ids: list[int], paths: Sequence[str], first: date, rounds: int) -> Figures:
    seconds: dict[str, list[float]] = {"raw COPY": [], "new": [], "again": []}
    rewritten = size = 0
    for number in range(rounds + 1):
        rows = list(_rows(instance_ids, paths, shift(first, number)))
        text = "".join("\t".join(map(str, row)) + "\n" for row in rows).encode()
        size = len(text)
        taken = {
            "raw COPY": _timed(partial(_copy, text)),
            "new": _timed(partial(_store, rows)),
        }
        _note_places()
        taken["again"] = _timed(partial(_store, rows))
        rewritten += _count_moved()
        for name, each in taken.items() if number else ():  # the first round warms up
            seconds[name].append(each)
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    return {
        "bytes of a row": size / len(instance_ids),
        **{f"{name}, seconds": value for name, value in medians.items()},
        "new / raw COPY": medians["new"] / medians["raw COPY"],
        "again / raw COPY": medians["again"] / medians["raw COPY"],
        "rows rewritten": rewritten,
    }


def _rows(instance_ids: list[int], paths: Sequence[str], period: date) -> Iterator[SnapshotRow]:
    draw = Random(f"{period}")  # noqa: S311 - not for secrets
    moment = datetime(period.year, period.month, 9, 3, 5, tzinfo=UTC)
    for instance_id in instance_ids:
        readings: Readings = {path: int(draw.expovariate(0.001)) for path in paths}
        yield instance_id, period, moment, encode(readings)


def _timed(work: Callable[[], None]) -> float:
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")  # neither pays for what the other left to be written
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _copy(text: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bare")
        cursor.execute(f"CREATE TABLE bare AS SELECT {COLUMNS} FROM usage_snapshot LIMIT 0")  # noqa: S608 - names of ours
        with cursor.copy(f"COPY bare ({COLUMNS}) FROM STDIN") as copy:
            for start in range(0, len(text), CHUNK):
                copy.write(text[start : start + CHUNK])


@transaction.atomic
def _store(rows: Sequence[SnapshotRow]) -> None:
    store_snapshots(rows)


def _note_places() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS places")
        cursor.execute(
            "CREATE TEMP TABLE places AS SELECT id, ctid AS place, xmin AS writer FROM usage_snapshot"
        )


def _count_moved() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM usage_snapshot AS now LEFT JOIN places AS old USING (id)"
            " WHERE old.id IS NULL OR now.ctid <> old.place OR now.xmin <> old.writer"
        )
        return int(cursor.fetchone()[0])
