from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from accounts import tasks
from accounts.models import Job
from config.celery import app
from tests.accounts.handlers import HANDLERS
from tests.factories import NOW, make_job


@pytest.fixture(autouse=True)
def work_at_once(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a worker: a message is worked off where it is sent."""
    settings.JOB_HANDLERS = HANDLERS
    monkeypatch.setitem(app.conf, name="task_always_eager", value=True)


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_woken_when_the_job_is_there_to_see() -> None:
    with transaction.atomic():
        job = make_job(kind="succeed")
        tasks.wake(job)
        job.refresh_from_db()
        assert job.state == Job.State.QUEUED
    job.refresh_from_db()
    assert job.state == Job.State.DONE


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_does_not_break_the_request(monkeypatch, caplog) -> None:
    def down(job_id: int) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(tasks.run_job, "delay", down)
    job = make_job(kind="succeed")
    with transaction.atomic():
        tasks.wake(job)
    assert "no broker" in caplog.text


@pytest.mark.django_db
def test_a_sweep_finds_jobs_whose_message_was_lost() -> None:
    job = make_job(kind="succeed")
    tasks.sweep_jobs()
    job.refresh_from_db()
    assert job.state == Job.State.DONE


@pytest.mark.django_db
def test_a_sweep_saves_the_job_of_a_killed_worker() -> None:
    job = make_job(
        kind="succeed",
        state=Job.State.RUNNING,
        attempts=1,
        heartbeat_at=NOW - timedelta(days=400),
    )
    tasks.sweep_jobs()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.State.DONE, 2)
