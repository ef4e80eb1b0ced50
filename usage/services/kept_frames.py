"""Frames of the whole book, kept in the database: a second what-if reads no rows, whichever process runs it.

What is kept is good as long as the stamp of the data stays: whatever changes what scores are made of
has a scoring queued in its own transaction, and that is what the stamp tells. While one waits, nothing
is kept or taken. Erasing forgets all of it in its transaction; nothing is older than a day.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import polars as pl
from django.db import connection, models, transaction
from django.db.models import Count, Max, Q

from accounts.models import Account, Job, Subscription
from usage.models import Instance, KeptFrame, Snapshot
from usage.services import rescoring
from usage.services.metrics import BACKFILL

LOCK_KEY = 0x0F4A3
MOST_AGE = timedelta(days=1)
COUNTED: tuple[type[models.Model], ...] = (Account, Subscription, Instance)

State = Job.State


def stamp() -> str | None:
    """What changes with the data; None while a change waits to be scored. Six queries."""
    waits = Q(kind=rescoring.KIND, state=State.QUEUED)
    fills = Q(kind=BACKFILL, state__in=[State.QUEUED, State.RUNNING])
    if Job.objects.filter(waits | fills).exists():
        return None
    scored = Job.objects.filter(kind=rescoring.KIND).order_by()
    newest = scored.aggregate(pk=Max("pk"), at=Max("started_at"))
    parts = [newest["pk"], newest["at"], _newest_snapshot()]
    for model in COUNTED:
        parts += model._default_manager.order_by().aggregate(n=Count("pk"), pk=Max("pk")).values()
    return " ".join("-" if part is None else str(part) for part in parts)


def _newest_snapshot() -> int | None:
    newest: int | None = Snapshot.objects.order_by().aggregate(pk=Max("pk"))["pk"]
    return newest


def load(names: Sequence[str], good: str | None, *, since: datetime) -> dict[str, KeptFrame]:
    """The frames of these names that have this stamp and were made after `since`, by name. One query."""
    if good is None:
        return {}
    found = KeptFrame.objects.filter(name__in=names, stamp=good, made_at__gt=since)
    return {kept.name: kept for kept in found}


def content(kept: KeptFrame, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """The frame itself, or some of its columns."""
    return pl.read_ipc(bytes(kept.body), columns=list(columns) if columns else None)


def columns(kept: KeptFrame) -> list[str]:
    """The names of its columns."""
    return list(pl.read_ipc_schema(io.BytesIO(kept.body)))


@transaction.atomic
def keep(made: Mapping[str, pl.DataFrame], good: str | None, *, now: datetime) -> None:
    """Keep frames that were made of the data of this stamp, unless it has changed meanwhile."""
    _lock()
    if good is None or stamp() != good:
        return
    KeptFrame.objects.exclude(stamp=good).delete()
    KeptFrame.objects.bulk_create(
        [KeptFrame(name=name, stamp=good, made_at=now, body=_body(f)) for name, f in made.items()],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["stamp", "made_at", "body"],
    )


def _body(frame: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    frame.write_ipc(target, compression="zstd")
    return target.getvalue()


def forget() -> None:
    """Delete all of it; nobody keeps any until the caller commits. Call inside atomic()."""
    _lock()
    KeptFrame.objects.all().delete()


def drop_old(*, now: datetime) -> None:
    """Delete what is too old to be taken."""
    KeptFrame.objects.filter(made_at__lte=now - MOST_AGE).delete()


def _lock() -> None:
    """One at a time keeps or forgets. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
