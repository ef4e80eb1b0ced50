"""Signs of life of what works in the background, kept where all can see them: in the database."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import Heartbeat

EVERY = timedelta(seconds=15)  # a sweep may come more often: it need not write each time
FORGOTTEN_AFTER = timedelta(days=1)


def note_sweep(*, now: datetime) -> None:
    """Say that a sweep was made, at most once in EVERY; drop the workers that were killed long ago."""
    if Heartbeat.objects.filter(name=Heartbeat.SWEEP, at__gt=now - EVERY, at__lte=now).exists():
        return
    note(Heartbeat.SWEEP, now=now)
    old = Heartbeat.objects.filter(at__lt=now - FORGOTTEN_AFTER)
    old.filter(name__startswith=Heartbeat.WORKER).delete()


def note(name: str, *, now: datetime) -> None:
    """Say that the part of this name lives."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=now)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at"],
    )


def forget(name: str) -> None:
    """Of a worker that ends in order: nobody need wonder where it is."""
    Heartbeat.objects.filter(name=name).delete()
