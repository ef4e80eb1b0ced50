"""Background work. The row is the truth: a message only wakes a worker, and may be lost or doubled.

    enqueue ──> queued ──claim──> running ──finish──> done
                  ^                  │
                  └── give_back <────┤ (unexpected error, stop of the process, a heart that stopped)
                                     └──fail──> failed ──retry──> queued

Every step is one conditional UPDATE. `attempts` numbers the claims, so that a worker that lost its
job (it hung, another took over) can neither beat nor finish it: it gets JobLost instead.

A large job may be split into parts, which are jobs. Its worker does them one after the other, and any
other that is free takes some; whoever is killed, what is done stays done. Between two parts, as before
each job, a worker first does what somebody waits for.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.module_loading import import_string
from structlog.contextvars import bound_contextvars, get_contextvars

from accounts.errors import (
    DomainError,
    JobInterrupted,
    JobKindUnknown,
    JobLost,
    JobNotFailed,
    PartFailed,
)
from accounts.models import Job, User
from accounts.services import audit
from accounts.stopping import stopping

State = Job.State

MAX_ATTEMPTS = 5
BACK_OFF = timedelta(seconds=15)  # times the attempts squared: 15 s, 1 min, 2 min 15 s, 4 min

PARTS_LOOKED_AT_EVERY = 0.2  # seconds, by the worker that has none left to do

URGENT_AT_ONCE = 20  # of a second or less each: the job that they are let past must not stall

logger = logging.getLogger(__name__)

Wake = Callable[[Job], None]
# How the interface that runs a job wakes other workers, for the parts that come of it.
_wake: ContextVar[Wake | None] = ContextVar("wake", default=None)


def enqueue(
    *,
    kind: str,
    params: dict[str, Any],
    now: datetime,
    dedupe_key: str = "",
    by: User | None = None,
    is_bulk: bool = False,
) -> Job:
    """Store a job, or return the one with the same kind and key that is queued already.

    `is_bulk`: nobody waits for it, so that all others go first. Wakes nobody: the calling interface
    does, by `accounts.tasks.wake`. Raises JobKindUnknown.
    """
    _refuse_unknown(kind)
    job = Job(
        kind=kind,
        params=params,
        dedupe_key=dedupe_key,
        created_by=by,
        created_at=now,
        is_bulk=is_bulk,
        request_id=get_contextvars().get("request_id", ""),
    )
    while True:
        try:
            with transaction.atomic():
                job.save(force_insert=True)
        except IntegrityError:
            if not dedupe_key:
                raise
            twin = _queued_twin(job)
            if twin is not None:
                return twin
            # claimed in this very moment: it may have read what is about to change, so try again
        else:
            return job


def split(job: Job, *, kind: str, parts: Mapping[str, dict[str, Any]], now: datetime) -> None:
    """Store the parts of a job, params by key; those that it has already stay as they are.

    What failed of them is tried anew. Raises JobKindUnknown.
    """
    _refuse_unknown(kind)
    known = set(job.parts.values_list("dedupe_key", flat=True))
    made = [
        Job(
            parent=job,
            kind=kind,
            params=params,
            dedupe_key=key,
            created_at=now,
            is_bulk=True,
            request_id=job.request_id,
        )
        for key, params in parts.items()
        if key not in known
    ]
    # two workers may both believe that they hold the job: its parts are there once
    Job.objects.bulk_create(made, ignore_conflicts=True)
    for part_id in job.parts.filter(state=State.FAILED).values_list("pk", flat=True):
        retry(job_id=part_id, now=now)
    wake = _wake.get()
    if wake is not None:
        for part in job.parts.filter(state=State.QUEUED).order_by("pk"):
            wake(part)


def run_parts(job: Job, *, clock: Callable[[], datetime] = timezone.now) -> list[dict[str, Any]]:
    """Do the parts that no other worker does, wait for the others; return their summaries.

    The job's progress is that of its parts. Raises PartFailed, JobLost, JobInterrupted.
    """
    while True:
        parts = job.parts.all()
        done = parts.aggregate(done=Sum("done_count"))["done"] or 0
        beat(job, done=done, total=job.total_count, now=clock())
        run_urgent(clock=clock)
        # from the end: the messages that wake other workers name the first ones first
        mine = parts.due(clock()).order_by("-pk").values_list("pk", flat=True).first()
        if mine is not None:
            run(mine, clock=clock)
        elif parts.filter(state__in=[State.QUEUED, State.RUNNING]).exists():
            time.sleep(PARTS_LOOKED_AT_EVERY)
        else:
            return _summaries(job)


def _summaries(job: Job) -> list[dict[str, Any]]:
    failed = job.parts.filter(state=State.FAILED).order_by("pk").first()
    if failed is not None:
        raise PartFailed(failed.pk, failed.error)
    return list(job.parts.order_by("pk").values_list("summary", flat=True))


def _refuse_unknown(kind: str) -> None:
    if kind not in settings.JOB_HANDLERS:
        raise JobKindUnknown(kind)


def claim(*, job_id: int, now: datetime) -> Job | None:
    """Take a job that is due; None when another worker was faster or there is nothing to take."""
    taken = (
        Job.objects.due(now)
        .filter(pk=job_id)
        .update(
            state=State.RUNNING,
            not_before=None,
            attempts=F("attempts") + 1,
            started_at=now,
            heartbeat_at=now,
            done_count=0,
            total_count=None,
        )
    )
    return Job.objects.get(pk=job_id) if taken else None


def beat(job: Job, *, done: int, total: int | None = None, now: datetime) -> None:
    """Say that the job is alive and how far it is; call it every few seconds, between transactions.

    Raises JobLost when another worker has taken the job over, JobInterrupted when this process stops.
    """
    if stopping.is_set():
        raise JobInterrupted(job.pk)
    _change(job, heartbeat_at=now, done_count=done, total_count=total or job.total_count)


@transaction.atomic
def finish(job: Job, *, summary: dict[str, Any], now: datetime) -> None:
    """End a job well; its summary stands for its parts, which go.

    Raises JobLost when another worker has taken the job over.
    """
    done = job.total_count if job.total_count is not None else job.done_count
    job.parts.all().delete()
    _change(job, state=State.DONE, summary=summary, error="", done_count=done, finished_at=now)


def fail(job: Job, *, error: str, now: datetime) -> None:
    """Raises JobLost when another worker has taken the job over."""
    _change(job, state=State.FAILED, error=error, finished_at=now)


def give_back(
    job: Job,
    *,
    error: str,
    now: datetime,
    is_attempt: bool = True,
    not_before: datetime | None = None,
) -> None:
    """Queue a running job again, or fail it when it was tried too often or its twin is queued.

    Nobody takes it before `not_before`. Raises JobLost when another worker has taken the job over.
    """
    if is_attempt and job.attempts >= MAX_ATTEMPTS:
        fail(job, error=f"{error.rstrip('.')}. Given up after {job.attempts} attempts.", now=now)
        return
    attempts = job.attempts if is_attempt else job.attempts - 1
    try:
        with transaction.atomic():
            _change(job, state=State.QUEUED, error=error, attempts=attempts, not_before=not_before)
    except IntegrityError:
        fail(job, error=f"{error.rstrip('.')}. The same work is queued anew.", now=now)


@transaction.atomic
def retry(*, job_id: int, now: datetime) -> Job:
    """Queue a failed job anew, all attempts and parts before it; raises JobNotFailed.

    Where the same work is queued already, returns that job instead.
    """
    job = Job.objects.get(pk=job_id)
    failed = Job.objects.filter(pk=job_id, state=State.FAILED)
    try:
        with transaction.atomic():
            requeued = failed.update(
                state=State.QUEUED,
                attempts=0,
                finished_at=None,
                error="",
                created_at=now,
                not_before=None,
            )
            if requeued and job.parent_id is None:  # a part is tried again with its job
                audit.record("job.retried", job, now=now)
    except IntegrityError:
        return _queued_twin(job) or job
    if not requeued:
        raise JobNotFailed(job_id)
    job.parts.all().delete()
    job.refresh_from_db()
    return job


def requeue_stalled(*, now: datetime) -> int:
    """Give back the jobs whose heart stopped; return how many."""
    count = 0
    for job in _stalled(now):
        try:
            _give_back_stalled(job, now)
        except JobLost:
            continue  # another sweep was faster, or its heart beats after all
        logger.warning("Job %s (%s) stalled and was given back.", job.pk, job.kind)
        count += 1
    return count


def _stalled(now: datetime) -> list[Job]:
    last_sign = now - settings.JOB_STALLED_AFTER
    return list(Job.objects.filter(state=State.RUNNING, heartbeat_at__lt=last_sign))


@transaction.atomic
def _give_back_stalled(job: Job, now: datetime) -> None:
    """Raises JobLost when it has beaten since it was read; a beat after this one is refused."""
    _change(job, as_read={"heartbeat_at": job.heartbeat_at}, heartbeat_at=now)
    give_back(job, error="The worker stopped answering.", now=now)


def queued_ids(*, now: datetime, limit: int = 100) -> list[int]:
    """The jobs that are due, in turn."""
    return list(Job.objects.due(now).in_turn().values_list("pk", flat=True)[:limit])


def run_urgent(*, clock: Callable[[], datetime] = timezone.now) -> int:
    """Do what is due and not bulk, some of it; return how many jobs that were."""
    urgent = Job.objects.due(clock()).filter(is_bulk=False).in_turn()
    ids = list(urgent.values_list("pk", flat=True)[:URGENT_AT_ONCE])
    return sum(run(job_id, clock=clock) for job_id in ids)


def work(
    job_id: int, *, wake: Wake | None = None, clock: Callable[[], datetime] = timezone.now
) -> bool:
    """Do a job when it is its turn: what somebody waits for goes before a bulk job.

    `wake` tells other workers of the parts that come of it.
    """
    token = _wake.set(wake)
    try:
        if Job.objects.filter(pk=job_id, is_bulk=True).exists():
            run_urgent(clock=clock)
        return run(job_id, clock=clock)
    finally:
        _wake.reset(token)


def run(job_id: int, *, clock: Callable[[], datetime] = timezone.now) -> bool:
    """Claim the job, let its handler do it, and write down how that went; False: nothing to claim.

    A DomainError is final: its words are the job's error. Any other error is logged, for its words
    may name what not everyone may see, and the job given back, to be tried again after a while.
    """
    job = claim(job_id=job_id, now=clock())
    if job is None:
        return False
    with bound_contextvars(
        job_id=job.pk, job_kind=job.kind, attempt=job.attempts, request_id=job.request_id
    ):
        try:
            _run_claimed(job, clock)
        except JobLost:
            logger.warning("Job %s (%s) went on elsewhere.", job.pk, job.kind)
    return True


def _run_claimed(job: Job, clock: Callable[[], datetime]) -> None:
    try:
        summary = _handler_of(job)(job)
        finish(job, summary=summary, now=clock())
        level = logging.DEBUG if job.parent_id else logging.INFO  # a part's parent tells of it
        logger.log(level, "Job %s (%s) is done: %s", job.pk, job.kind, summary)
    except JobLost:
        raise
    except JobInterrupted as interrupted:
        give_back(job, error=str(interrupted), now=clock(), is_attempt=False)
    except DomainError as refused:
        fail(job, error=str(refused), now=clock())
    except Exception as error:
        logger.exception("Job %s (%s) broke.", job.pk, job.kind)
        _try_later(job, error, now=clock())


def _try_later(job: Job, error: Exception, *, now: datetime) -> None:
    text = f"{type(error).__name__}: see the server's log."
    give_back(job, error=text, now=now, not_before=now + job.attempts**2 * BACK_OFF)


def _handler_of(job: Job) -> Callable[[Job], dict[str, Any]]:
    try:
        path = settings.JOB_HANDLERS[job.kind]
    except KeyError:
        raise JobKindUnknown(job.kind) from None
    handler: Callable[[Job], dict[str, Any]] = import_string(path)
    return handler


def _queued_twin(job: Job) -> Job | None:
    if not job.dedupe_key:
        return None
    queued = Job.objects.filter(kind=job.kind, dedupe_key=job.dedupe_key, state=State.QUEUED)
    return queued.first()


def _change(job: Job, *, as_read: dict[str, Any] | None = None, **fields: Any) -> None:
    """Write to a job that this worker still holds, where it is as it was read."""
    held = Job.objects.filter(pk=job.pk, state=State.RUNNING, attempts=job.attempts)
    if not held.filter(**as_read or {}).update(**fields):
        raise JobLost(job.pk)
    for name, value in fields.items():
        setattr(job, name, value)
