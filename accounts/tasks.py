from __future__ import annotations

from celery import shared_task
from django.contrib.auth.forms import PasswordResetForm
from django.db import transaction
from django.utils import timezone

from accounts.models import Job
from accounts.services import heartbeats, idempotency, jobs, retention
from accounts.stopping import stopping

SWEEP_EXPIRES = 60  # seconds: a busy worker must not find a pile of wake-up calls


def wake(job: Job) -> None:
    """Wake a worker for the job once the caller's transaction is there for it to see.

    A broker that does not answer is logged, no more: the next sweep wakes the job.
    """

    def send() -> None:
        run_job.delay(job.pk)

    transaction.on_commit(send, robust=True)


def send_reset_link(email: str, *, domain: str, use_https: bool) -> None:
    """Have a link to choose a new password sent, if anybody has the address.

    Nothing is looked up here: an answer that takes longer for a known address would tell it.
    """

    def send() -> None:
        mail_reset_link.delay(email, domain, use_https)

    transaction.on_commit(send, robust=True)


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=5)  # a mail server is down
def mail_reset_link(email: str, domain: str, use_https: bool) -> None:  # noqa: FBT001 - a message
    form = PasswordResetForm({"email": email})
    if form.is_valid():
        form.save(
            domain_override=domain,
            use_https=use_https,
            subject_template_name="registration/password_reset_subject.txt",
            email_template_name="registration/password_reset_email.txt",
        )


@shared_task
def run_job(job_id: int) -> None:
    jobs.work(job_id, wake=wake)
    if stopping.is_set():  # it may have gone back: another worker takes it before the next sweep
        run_job.delay(job_id)


@shared_task
def sweep_jobs() -> None:
    """Give back jobs whose worker died and wake all that are due: messages may have been lost."""
    now = timezone.now()
    jobs.requeue_stalled(now=now)
    for job_id in jobs.queued_ids(now=now):
        run_job.apply_async((job_id,), expires=SWEEP_EXPIRES)
    heartbeats.note_sweep(now=now)


@shared_task
def purge_idempotency_keys() -> None:
    idempotency.purge_idempotency_keys(now=timezone.now())


@shared_task
def apply_retention_nightly() -> None:
    """Queue the erasing of what is older than the retention rules say."""
    job = retention.request(now=timezone.now())
    if job is not None:
        wake(job)
