"""A job in parts: each is done once, by whoever is free, and what is done stays done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Job
from accounts.services import jobs
from tests.accounts.handlers import HANDLERS
from tests.factories import make_job

pytestmark = pytest.mark.django_db
State = Job.State


@pytest.fixture(autouse=True)
def kinds(settings: Any) -> None:
    settings.JOB_HANDLERS = HANDLERS


def make_whole(*numbers: int, **params: Any) -> Job:
    return make_job(kind="count_in_parts", params={"numbers": list(numbers)} | params, is_bulk=True)


def split_and_die(job: Job) -> Job:
    """A worker that stored the parts, then was killed; returns the job as the next one claims it."""
    now = timezone.now()
    claimed = jobs.claim(job_id=job.pk, now=now)
    assert claimed is not None
    parts = {f"{job.pk}:{number}": {"number": number} for number in job.params["numbers"]}
    jobs.split(claimed, kind="count", parts=parts, now=now)
    jobs.give_back(claimed, error="killed", now=now)
    return job


def test_one_worker_does_all_parts_itself() -> None:
    job = make_whole(1, 2, 3)
    assert jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.summary, job.percent) == (State.DONE, {"sum": 6}, 100)


def test_the_parts_go_when_their_job_is_done() -> None:
    job = make_whole(1, 2)
    jobs.run(job.pk)
    assert not job.parts.exists()


def test_what_another_worker_has_done_is_not_done_again() -> None:
    job = split_and_die(make_whole(1, 2, 3))
    first = job.parts.order_by("pk")[0]
    assert jobs.run(first.pk)
    Job.objects.filter(pk=first.pk).update(summary={"number": 100})
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.summary == {"sum": 105}


def test_parts_are_stored_once_however_often_the_job_is_taken_up() -> None:
    job = split_and_die(split_and_die(make_whole(1, 2)))
    assert job.parts.count() == 2


def test_other_workers_are_told_of_the_parts() -> None:
    told: list[int] = []
    job = make_whole(1, 2)
    jobs.work(job.pk, wake=lambda part: told.append(part.params["number"]))
    assert told == [1, 2]


def test_a_part_that_fails_fails_its_job() -> None:
    job = make_whole(1, part="refuse")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert "There is no edition named" in job.error


def test_a_retry_does_all_parts_anew(now: datetime) -> None:
    job = make_whole(1, 2, part="refuse")
    jobs.run(job.pk)
    jobs.retry(job_id=job.pk, now=now)
    assert not job.parts.exists()


def test_a_failed_part_is_tried_anew_when_its_job_is_taken_up_again() -> None:
    job = split_and_die(make_whole(1, 2))
    job.parts.update(state=State.FAILED, finished_at=timezone.now())
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.summary == {"sum": 3}


def test_the_job_waits_for_parts_that_run_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    job = split_and_die(make_whole(1, 2))
    elsewhere = job.parts.order_by("pk")[0]
    claimed = jobs.claim(job_id=elsewhere.pk, now=timezone.now())
    assert claimed is not None

    def others_go_on(_seconds: float) -> None:
        assert claimed is not None
        jobs.finish(claimed, summary={"number": 1}, now=timezone.now())

    monkeypatch.setattr("time.sleep", others_go_on)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.summary == {"sum": 3}


# --- Who goes first --------------------------------------------------------------------------------


def test_what_somebody_waits_for_goes_before_a_bulk_job() -> None:
    bulk, urgent = make_whole(1), make_job(kind="succeed")
    jobs.work(bulk.pk)
    urgent.refresh_from_db()
    bulk.refresh_from_db()
    assert urgent.started_at is not None
    assert bulk.started_at is not None
    assert urgent.started_at < bulk.started_at


def test_what_comes_meanwhile_is_done_between_two_parts() -> None:
    """The handler of each part is asked for nothing: an urgent job is there when the parts begin."""
    job = split_and_die(make_whole(1, 2))
    urgent = make_job(kind="succeed")
    jobs.run(job.pk)
    urgent.refresh_from_db()
    assert urgent.state == State.DONE


def test_a_sweep_wakes_bulk_jobs_last(now: datetime) -> None:
    bulk = make_job(is_bulk=True, created_at=now - timedelta(hours=1))
    urgent = make_job(created_at=now)
    assert jobs.queued_ids(now=now) == [urgent.pk, bulk.pk]


# --- What is shown ---------------------------------------------------------------------------------


def test_the_jobs_page_shows_whole_jobs(viewer_client: Client) -> None:
    job = split_and_die(make_whole(1, 2))
    shown = viewer_client.get("/jobs/").context["page"].object_list
    assert list(shown) == [job]
