from __future__ import annotations

from threading import Lock

from celery import shared_task
from django.utils import timezone

from accounts.tasks import wake
from playbooks.services import ctas, queue_order, scoring
from playbooks.services.alerts import rounds

_telling = Lock()


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


@shared_task
def send_alerts() -> None:
    """Tell people of what has happened, by the ways that they want.

    One thread of a process at a time: an embedded worker has few, and jobs need them too.
    """
    if not _telling.acquire(blocking=False):
        return
    try:
        rounds.make_and_send()
    finally:
        _telling.release()


@shared_task
def order_queue_nightly() -> None:
    """Queue the ranking of all live calls to action by the new day."""
    wake(queue_order.enqueue(now=timezone.now()))
