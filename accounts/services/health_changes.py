"""Tells who scores health that something was changed which health reads: a sentiment, a plan, a case."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import Job


def announce(*, account_ids: Collection[int], since: date, now: datetime) -> list[Job]:
    """Have the months from the one of `since` on scored anew; return the jobs to wake a worker for.

    Call it in the transaction of the change: then the jobs are there when it is, and the sweep wakes a
    worker for one that nobody else did.
    """
    listeners = [import_string(path) for path in settings.HEARS_OF_HEALTH]
    jobs = [listener(account_ids=account_ids, since=since, now=now) for listener in listeners]
    return [job for job in jobs if job is not None]
