from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounts.tasks import wake
from usage.services import drift


@shared_task
def prove_nightly() -> None:
    """Queue the proof that some cards are what was known when they were made."""
    job = drift.enqueue_nightly(now=timezone.now())
    if job is not None:
        wake(job)
