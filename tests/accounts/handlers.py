"""What jobs do in tests."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.errors import DomainError
from accounts.models import Job
from accounts.services import jobs
from accounts.stopping import stopping

KINDS = ("succeed", "refuse", "break_down", "lose", "stop", "count_in_parts", "count")
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
    much_later = timezone.now() + 2 * settings.JOB_STALLED_AFTER
    jobs.requeue_stalled(now=much_later)
    jobs.claim(job_id=job.pk, now=much_later)
    return succeed(job)


def stop(job: Job) -> dict[str, Any]:
    """Be told to stop in the middle."""
    stopping.set()
    return succeed(job)


def count_in_parts(job: Job) -> dict[str, Any]:
    """Add numbers up, each in a part of its own."""
    numbers = job.params["numbers"]
    jobs.beat(job, done=0, total=sum(numbers), now=timezone.now())
    parts = {f"{job.pk}:{number}": {"number": number} for number in numbers}
    jobs.split(job, kind=job.params.get("part", "count"), parts=parts, now=timezone.now())
    return {"sum": sum(summary["number"] for summary in jobs.run_parts(job))}


def count(job: Job) -> dict[str, Any]:
    number = job.params["number"]
    jobs.beat(job, done=number, total=number, now=timezone.now())
    return {"number": number}


def go_on(job: Job) -> dict[str, Any]:
    """Work until someone says that it is enough: `params["goes_on"]`."""
    done = 0
    while Job.objects.get(pk=job.pk).params["goes_on"]:
        jobs.beat(job, done=done, now=timezone.now())
        time.sleep(0.05)
        done += 1
    return {"steps": done}
