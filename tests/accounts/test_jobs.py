from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection

from accounts.errors import JobKindUnknown, JobLost, JobNotFailed
from accounts.models import Job
from accounts.services import jobs
from accounts.stopping import stopping
from tests.accounts.handlers import HANDLERS
from tests.factories import make_job

pytestmark = pytest.mark.django_db

State = Job.State


@pytest.fixture(autouse=True)
def handlers(settings):
    settings.JOB_HANDLERS = HANDLERS
    yield
    stopping.clear()


def make_running_job(now: datetime, **fields: object) -> Job:
    job = make_job(kind="succeed", **fields)
    claimed = jobs.claim(job_id=job.pk, now=now)
    assert claimed is not None
    return claimed


def run_at(moment: datetime, job: Job) -> bool:
    return jobs.run(job.pk, clock=lambda: moment)


# --- enqueue ----------------------------------------------------------------------------------------
def test_enqueued_work_waits_with_its_parameters(admin, now) -> None:
    job = jobs.enqueue(kind="succeed", params={"from": "2026-10"}, now=now, by=admin)
    job.refresh_from_db()
    assert (job.state, job.params, job.created_by) == (State.QUEUED, {"from": "2026-10"}, admin)


def test_a_second_request_joins_the_one_that_is_queued(now) -> None:
    first = jobs.enqueue(kind="succeed", params={}, dedupe_key="all", now=now)
    second = jobs.enqueue(kind="succeed", params={}, dedupe_key="all", now=now)
    assert second == first
    assert Job.objects.count() == 1


def test_a_request_does_not_join_one_that_runs_already(now) -> None:
    first = make_running_job(now, dedupe_key="all")
    second = jobs.enqueue(kind="succeed", params={}, dedupe_key="all", now=now)
    assert second != first


def test_requests_without_a_key_stay_apart(now) -> None:
    first = jobs.enqueue(kind="succeed", params={}, now=now)
    assert jobs.enqueue(kind="succeed", params={}, now=now) != first


def test_a_kind_that_nobody_handles_is_refused(now) -> None:
    with pytest.raises(JobKindUnknown):
        jobs.enqueue(kind="make_coffee", params={}, now=now)


# --- claim, beat, finish ----------------------------------------------------------------------------
def test_a_job_is_claimed_once(now) -> None:
    job = make_job()
    first = jobs.claim(job_id=job.pk, now=now)
    assert first is not None
    assert (first.state, first.attempts, first.heartbeat_at) == (State.RUNNING, 1, now)
    assert jobs.claim(job_id=job.pk, now=now) is None


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_that_race_one_gets_the_job(now) -> None:
    job = make_job()

    def claim(_: int) -> bool:
        try:
            return jobs.claim(job_id=job.pk, now=now) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as workers:
        assert sum(workers.map(claim, range(8))) == 1


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_eight_requests_that_race_all_get_the_same_job(now) -> None:
    def enqueue(_: int) -> int:
        try:
            return jobs.enqueue(kind="succeed", params={}, dedupe_key="all", now=now).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as workers:
        assert len(set(workers.map(enqueue, range(8)))) == 1


def test_a_beat_shows_progress_and_life(now) -> None:
    job = make_running_job(now)
    later = now + timedelta(seconds=5)
    jobs.beat(job, done=10, total=40, now=later)
    jobs.beat(job, done=20, now=later)
    job.refresh_from_db()
    assert (job.percent, job.heartbeat_at) == (50, later)


def test_who_lost_a_job_can_neither_beat_nor_end_it(now) -> None:
    hung = make_running_job(now)
    jobs.requeue_stalled(now=now + timedelta(minutes=6))
    other = jobs.claim(job_id=hung.pk, now=now + timedelta(minutes=6))
    assert other is not None
    with pytest.raises(JobLost):
        jobs.beat(hung, done=1, now=now)
    with pytest.raises(JobLost):
        jobs.finish(hung, summary={}, now=now)
    with pytest.raises(JobLost):
        jobs.fail(hung, error="late", now=now)
    jobs.finish(other, summary={"scored": 3}, now=now)


# --- run --------------------------------------------------------------------------------------------
def test_a_finished_job_keeps_its_summary(now) -> None:
    job = make_job(kind="succeed", error="broke the first time")
    assert jobs.run(job.pk, clock=lambda: now)
    job.refresh_from_db()
    assert (job.state, job.summary, job.error) == (State.DONE, {"scored": 3}, "")
    assert (job.percent, job.finished_at) == (100, now)


def test_running_a_job_again_does_nothing(now) -> None:
    job = make_job(kind="succeed")
    assert jobs.run(job.pk)
    assert not jobs.run(job.pk)
    job.refresh_from_db()
    assert job.attempts == 1


def test_a_wake_up_call_for_a_job_that_is_gone_does_nothing() -> None:
    assert not jobs.run(404)


def test_a_refusal_is_final_and_says_why() -> None:
    job = make_job(kind="refuse")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (State.FAILED, "There is no edition named '1999'.")


def test_a_kind_that_went_away_fails_in_words() -> None:
    job = make_job(kind="make_coffee")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (
        State.FAILED,
        "There is no background job of the kind 'make_coffee'.",
    )


def test_an_unexpected_error_is_logged_and_the_job_tried_again(caplog) -> None:
    job = make_job(kind="break_down")
    with caplog.at_level(logging.ERROR):
        jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (State.QUEUED, "ZeroDivisionError: see the server's log.")
    assert "division by zero" in caplog.text


def test_the_fifth_attempt_is_the_last(caplog, now) -> None:
    job = make_job(kind="break_down")
    hours = [now + timedelta(hours=n) for n in range(jobs.MAX_ATTEMPTS + 1)]
    tries = [run_at(hour, job) for hour in hours]
    job.refresh_from_db()
    assert tries == [True] * 5 + [False]
    assert job.state == State.FAILED
    assert job.error == "ZeroDivisionError: see the server's log. Given up after 5 attempts."


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 15), (2, 60), (3, 135), (4, 240)])
def test_a_job_that_broke_is_kept_back_longer_each_time(caplog, now, attempts, seconds) -> None:
    job = make_job(kind="break_down", attempts=attempts - 1)
    run_at(now, job)
    early, due = now + timedelta(seconds=seconds - 1), now + timedelta(seconds=seconds)
    assert jobs.queued_ids(now=early) == []
    assert jobs.claim(job_id=job.pk, now=early) is None
    assert jobs.queued_ids(now=due) == [job.pk]
    assert jobs.claim(job_id=job.pk, now=due) is not None


def test_a_person_need_not_wait_for_what_is_kept_back(now) -> None:
    later = now + timedelta(minutes=4)
    job = make_job(state=State.FAILED, not_before=later)
    jobs.retry(job_id=job.pk, now=now)
    assert jobs.queued_ids(now=now) == [job.pk]


def test_a_worker_that_lost_its_job_leaves_it_alone(caplog) -> None:
    job = make_job(kind="lose")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.summary) == (State.RUNNING, 2, {})


def test_a_worker_that_is_stopped_gives_its_job_back_uncounted() -> None:
    job = make_job(kind="stop")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.not_before) == (State.QUEUED, 0, None)


# --- stalled and failed jobs ------------------------------------------------------------------------
def test_the_job_of_a_killed_worker_is_queued_again(now) -> None:
    job = make_running_job(now)
    assert jobs.requeue_stalled(now=now + timedelta(seconds=301)) == 1
    job.refresh_from_db()
    assert (job.state, job.error) == (State.QUEUED, "The worker stopped answering.")
    assert job.not_before is None


def test_a_job_whose_heart_beats_is_left_alone(now) -> None:
    make_running_job(now)
    assert jobs.requeue_stalled(now=now + timedelta(seconds=299)) == 0


@pytest.mark.parametrize("attempts", [0, jobs.MAX_ATTEMPTS - 1])
def test_a_job_that_beats_while_a_sweep_looks_goes_on(now, monkeypatch, attempts) -> None:
    job = make_running_job(now, attempts=attempts)
    later = now + timedelta(minutes=6)
    as_read = Job.objects.get(pk=job.pk)
    jobs.beat(job, done=1, now=later)
    monkeypatch.setattr(jobs, "_stalled", lambda now: [as_read])
    assert jobs.requeue_stalled(now=later) == 0
    jobs.finish(job, summary={"scored": 3}, now=later)


def test_a_job_that_kills_every_worker_is_given_up(now) -> None:
    job = make_running_job(now, attempts=jobs.MAX_ATTEMPTS - 1)
    jobs.requeue_stalled(now=now + timedelta(minutes=6))
    job.refresh_from_db()
    assert (job.state, job.error) == (
        State.FAILED,
        "The worker stopped answering. Given up after 5 attempts.",
    )


def test_a_stalled_job_makes_way_for_its_queued_twin(now) -> None:
    stalled = make_running_job(now, dedupe_key="all")
    jobs.enqueue(kind="succeed", params={}, dedupe_key="all", now=now)
    jobs.requeue_stalled(now=now + timedelta(minutes=6))
    stalled.refresh_from_db()
    assert (stalled.state, stalled.error) == (
        State.FAILED,
        "The worker stopped answering. The same work is queued anew.",
    )


def test_a_failed_job_can_be_retried(now) -> None:
    job = make_job(kind="succeed", state=State.FAILED, attempts=5, error="broke")
    jobs.retry(job_id=job.pk, now=now)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == (State.QUEUED, 0, "")


@pytest.mark.parametrize("state", [State.QUEUED, State.DONE])
def test_only_a_failed_job_can_be_retried(state, now) -> None:
    job = make_job(state=state)
    with pytest.raises(JobNotFailed):
        jobs.retry(job_id=job.pk, now=now)


def test_retrying_joins_the_same_work_that_is_queued(now) -> None:
    failed = make_job(kind="succeed", state=State.FAILED, dedupe_key="all")
    queued = jobs.enqueue(kind="succeed", params={}, dedupe_key="all", now=now)
    assert jobs.retry(job_id=failed.pk, now=now) == queued
