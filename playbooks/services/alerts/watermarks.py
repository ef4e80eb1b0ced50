"""How far alerts have been made from a kind of row, so that none is left out and little is read twice.

Keys of rows do not come in the order of commits: on PostgreSQL a transaction that began earlier may
commit a lower key later. So a mark moves only to a key that was the newest one when it was noted, and
only when every transaction of that time has ended: whatever has a lower key is there to be read by
then. Until then rows are read again, and the unique key of an alert says which are known. SQLite has
one writer at a time: there keys do come in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from playbooks.models import AlertWatermark

GRACE = timedelta(seconds=10)
"""A key is drawn an instant before its transaction has a number: no mark moves within that time."""


@dataclass(frozen=True)
class Horizon:
    """Numbers of transactions: all below `oldest` have ended, none has begun from `upcoming` on."""

    oldest: int
    upcoming: int


def horizon() -> Horizon:
    if connection.vendor != "postgresql":
        return Horizon(0, 0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint "
            "FROM pg_current_snapshot() AS s"
        )
        oldest, upcoming = cursor.fetchone()
    return Horizon(oldest, upcoming)


@dataclass(frozen=True)
class Reading:
    """A reading of rows that is about to begin: behind which key, and where the mark moves after it."""

    mark: AlertWatermark
    settles_at: int
    next_id: int
    next_transaction: int
    now: datetime

    @property
    def after(self) -> int:
        return self.mark.settled_id


def begin(name: str, *, newest_id: int, now: datetime) -> Reading:
    """Begin a reading; `newest_id` was asked for before. The first one begins at what comes next."""
    seen = horizon()
    mark, _ = AlertWatermark.objects.get_or_create(
        name=name,
        defaults={
            "settled_id": newest_id,
            "pending_id": newest_id,
            "pending_transaction": seen.upcoming,
            "pending_at": now,
        },
    )
    has_ended = mark.pending_transaction <= seen.oldest and mark.pending_at <= now - GRACE
    is_of_another_database = mark.pending_transaction > seen.upcoming  # restored from a backup
    if has_ended:
        return Reading(mark, mark.pending_id, newest_id, seen.upcoming, now)
    if is_of_another_database:
        return Reading(mark, mark.settled_id, newest_id, seen.upcoming, now)
    return Reading(mark, mark.settled_id, mark.pending_id, mark.pending_transaction, now)


def end(reading: Reading) -> None:
    """Move the mark after all was read; of two readers at once one moves it."""
    mark = reading.mark
    is_moved = (reading.settles_at, reading.next_id) != (mark.settled_id, mark.pending_id)
    if not is_moved and reading.next_transaction == mark.pending_transaction:
        return
    AlertWatermark.objects.filter(
        name=mark.name,
        settled_id=mark.settled_id,
        pending_id=mark.pending_id,
        pending_transaction=mark.pending_transaction,
    ).update(
        settled_id=reading.settles_at,
        pending_id=reading.next_id,
        pending_transaction=reading.next_transaction,
        pending_at=reading.now,
    )
