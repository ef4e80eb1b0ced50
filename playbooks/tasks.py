from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounts.tasks import wake
from playbooks.services import ctas, scoring


@shared_task
def rescore_nightly() -> None:
    """Queue the nightly rescoring of all accounts; the job itself reports its progress."""
    job = scoring.enqueue_nightly(now=timezone.now())
    if job is not None:
        wake(job)


@shared_task
def wake_snoozed() -> None:
    """Bring back the calls to action whose snooze has ended."""
    ctas.wake_snoozed(now=timezone.now())
