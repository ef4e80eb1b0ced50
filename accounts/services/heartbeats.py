"""Signs of life of what works in the background, kept where all can see them: in the database."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import Heartbeat

EVERY = timedelta(seconds=15)  # a sweep may come more often: it need not write each time
FORGOTTEN_AFTER = timedelta(days=1)


def note(name: str, *, now: datetime) -> None:
    """Say that the part of this name lives; writes at most once in EVERY."""
    if Heartbeat.objects.filter(name=name, at__gt=now - EVERY, at__lte=now).exists():
        return
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=now)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at"],
    )


def forget(name: str) -> None:
    """Of a worker that ends in order: nobody need wonder where it is."""
    Heartbeat.objects.filter(name=name).delete()


def forget_old(*, now: datetime) -> None:
    """Drop the workers that were killed long ago."""
    old = Heartbeat.objects.filter(at__lt=now - FORGOTTEN_AFTER)
    old.filter(name__startswith=Heartbeat.WORKER).delete()
