"""What jobs do in tests."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts.errors import DomainError
from accounts.models import Job
from accounts.services import jobs

KINDS = ("succeed", "refuse", "break_down", "lose", "stop")
HANDLERS = {kind: f"tests.accounts.handlers.{kind}" for kind in KINDS}


def succeed(job: Job) -> dict[str, Any]:
    jobs.beat(job, done=3, total=3, now=timezone.now())
    return {"scored": 3}


def refuse(job: Job) -> dict[str, Any]:
    raise DomainError("There is no edition named '1999'.")


def break_down(job: Job) -> dict[str, Any]:
    raise ZeroDivisionError("division by zero")


def lose(job: Job) -> dict[str, Any]:
    """Hang until a sweep gives the job away and another worker takes it."""
    much_later = timezone.now() + 2 * jobs.STALLED_AFTER
    jobs.requeue_stalled(now=much_later)
    jobs.claim(job_id=job.pk, now=much_later)
    return succeed(job)


def stop(job: Job) -> dict[str, Any]:
    """Be told to stop in the middle."""
    jobs.stopping.set()
    return succeed(job)
