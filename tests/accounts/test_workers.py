"""Celery workers and beat as real processes: how they stop, and what they live through."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from subprocess import Popen
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis
from celery import Celery
from django.core.management import call_command
from django.db import connection

from accounts.models import Heartbeat, Job
from tests.factories import (
    make_account,
    make_instance,
    make_job,
    make_snapshot,
    make_subscription,
)
from tests.processes import free_port, start, until
from usage.models import ScoreCard
from usage.periods import span

pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs redis-server"),
]

STARTED_WITHIN = 60
STOPPED_WITHIN = 20
ID_STEP = 10_000
MONTHS = span(date(2026, 7, 1), date(2026, 10, 1))
State = Job.State


@dataclass
class Stage:
    """A Redis of its own, and workers on the database of the test."""

    folder: Path
    port: int = field(default_factory=free_port)
    running: list[Popen[str]] = field(default_factory=list)

    @property
    def broker(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def begin(self, *command: str) -> Popen[str]:
        url = urlsplit(os.environ["DATABASE_URL"])
        name = str(connection.settings_dict["NAME"])
        process = start(
            "-m", "celery", "-A", "config", *command,
            DATABASE_URL=urlunsplit(url._replace(path=f"/{name}")),
            REDIS_URL=self.broker,
            DJANGO_SETTINGS_MODULE="tests.long_jobs",
        )  # fmt: skip
        self.running.append(process)
        return process

    def begin_worker(self, name: str) -> Popen[str]:
        worker = self.begin("worker", "--concurrency", "2", "--hostname", name)
        beats = Heartbeat.objects.filter(name=f"worker {name}")
        assert until(beats.exists, seconds=STARTED_WITHIN)
        return worker

    def begin_redis(self) -> subprocess.Popen[bytes]:
        server = subprocess.Popen(
            [str(shutil.which("redis-server")), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        asked = redis.Redis.from_url(self.broker)

        def answers() -> bool:
            try:
                return bool(asked.ping())
            except redis.ConnectionError:
                return False

        assert until(answers, seconds=10)
        asked.close()
        return server

    def send(self, job: Job) -> None:
        with Celery(broker=self.broker, set_as_current=False) as sender:
            sender.send_task("accounts.tasks.run_job", args=[job.pk])

    def end(self) -> None:
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    with ExitStack() as ending:
        server = stage.begin_redis()
        ending.callback(server.wait)
        ending.callback(server.kill)
        ending.callback(stage.end)
        yield stage


def is_in(job: Job, *states: str) -> Callable[[], bool]:
    return Job.objects.filter(pk=job.pk, state__in=states).exists


def test_a_stopped_worker_hands_its_job_to_another_at_once_and_uncounted(stage) -> None:
    job = make_job(kind="go_on", params={"goes_on": True})
    first = stage.begin_worker("first@here")
    stage.send(job)
    assert until(Job.objects.filter(pk=job.pk, done_count__gt=2).exists, seconds=STARTED_WITHIN)
    second = stage.begin_worker("second@here")
    started = Job.objects.get(pk=job.pk).started_at
    assert started is not None
    first.terminate()
    assert first.wait(timeout=STOPPED_WITHIN) == 0
    again = Job.objects.filter(pk=job.pk, state=State.RUNNING, started_at__gt=started)
    assert until(again.exists, seconds=5)  # there is no beat here whose sweep could wake it
    Job.objects.filter(pk=job.pk).update(params={"goes_on": False})
    assert until(is_in(job, State.DONE), seconds=10)
    job.refresh_from_db()
    assert (job.attempts, job.error) == (1, "")
    second.terminate()
    assert second.wait(timeout=STOPPED_WITHIN) == 0
    assert not Heartbeat.objects.exists()


def test_scoring_that_is_stopped_in_the_middle_is_brought_to_its_end_by_another(
    stage, capsys
) -> None:
    call_command("load_defaults")
    for number in range(60):  # ids so far apart that each account is written by itself
        account = make_account(pk=1 + number * ID_STEP)
        instance = make_instance(subscription=make_subscription(account=account))
        for month in MONTHS:
            make_snapshot(instance=instance, period=month)
    job = make_job(kind="score", params={"from": "2026-07", "to": "2026-10"})
    first = stage.begin_worker("first@here")
    stage.send(job)
    assert until(ScoreCard.objects.exists, seconds=STARTED_WITHIN)
    first.terminate()
    assert first.wait(timeout=STOPPED_WITHIN) == 0
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.QUEUED, 0)
    stage.begin_worker("second@here")
    stage.send(job)
    assert until(is_in(job, State.DONE), seconds=STARTED_WITHIN)
    cards = ScoreCard.objects.count()
    capsys.readouterr()
    call_command("score", "--from", "2026-07", "--to", "2026-10")
    assert f"{cards} cards (0 created, 0 changed, {cards} unchanged)" in capsys.readouterr().out


def test_a_worker_without_work_and_a_beat_stop_in_order(stage) -> None:
    worker = stage.begin_worker("first@here")
    beat = stage.begin("beat", "--scheduler", "celery.beat:Scheduler")
    swept = Heartbeat.objects.filter(name=Heartbeat.SWEEP)
    assert until(swept.exists, seconds=STARTED_WITHIN)
    for process in (beat, worker):
        process.terminate()
        assert process.wait(timeout=STOPPED_WITHIN) == 0


def test_a_worker_goes_on_after_its_broker_was_away(stage, tmp_path) -> None:
    stage.begin_worker("first@here")
    with redis.Redis.from_url(stage.broker) as broker:
        broker.shutdown(nosave=True)
    server = stage.begin_redis()
    try:
        job = make_job(kind="go_on", params={"goes_on": False})
        stage.send(job)
        assert until(is_in(job, State.DONE), seconds=STARTED_WITHIN)
    finally:
        server.kill()
        server.wait()


def test_a_worker_goes_on_after_the_database_has_dropped_it(stage) -> None:
    stage.begin_worker("first@here")
    for _ in range(2):
        job = make_job(kind="go_on", params={"goes_on": False})
        stage.send(job)
        assert until(is_in(job, State.DONE), seconds=10)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
