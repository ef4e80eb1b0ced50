"""The broker and its messages: killed, emptied, doubled, two beats; and a database that goes away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from tests.torture.conftest import Prepared
from tests.torture.drive import broker, jobs_by_state, settle
from tests.torture.processes import PATIENCE, Child, until
from tests.torture.stage import Stage
from tests.torture.state import assert_same, state

pytestmark = pytest.mark.torture

DATABASE = "broker"


@pytest.fixture
def database(prepared: Prepared) -> Iterator[str]:
    """The newest month is ingested, its scoring waits in the queue."""
    assert prepared.undisturbed
    prepared.stage.postgres.copy(prepared.before, DATABASE)
    before = list(prepared.stage.started)
    prepared.stage.managed(DATABASE, "ingest_usage", str(prepared.file(-1)))
    yield DATABASE
    prepared.stage.stop(*(c for c in prepared.stage.started if c not in before))


def assert_undisturbed(prepared: Prepared, database: str) -> None:
    assert_same(state(prepared.stage, database, prepared.book.months), prepared.undisturbed)


def until_working(worker: Child) -> None:
    until(lambda: len(worker.children()) >= 2, "the worker has forked its processes")


def job_id(stage: Stage, database: str) -> int:
    [(number,)] = stage.postgres.rows(
        database, "SELECT id FROM accounts_job WHERE state = 'queued'"
    )
    return int(number)


@pytest.mark.torture_quick
def test_a_broker_that_is_killed_and_comes_back_empty(prepared: Prepared, database: str) -> None:
    """Beat and workers live through it; the row is the truth, so the job is done."""
    stage = prepared.stage
    assert stage.redis.kill()  # with the message that the ingest has sent
    stage.start_redis()
    worker = stage.worker(database)
    beat = stage.beat(database)
    until_working(worker)
    assert stage.redis.kill()
    stage.start_redis()
    until(
        lambda: jobs_by_state(stage, database).keys() == {"done"},
        "beat's sweep has woken the worker",
        seconds=PATIENCE,
    )
    assert beat.lives
    assert_undisturbed(prepared, database)


def test_a_broker_that_is_flushed_under_a_running_worker(prepared: Prepared, database: str) -> None:
    stage = prepared.stage
    with redis.Redis(port=stage.redis_port) as client:
        client.flushall()  # with the message that the ingest has sent
        worker = stage.worker(database)
        stage.beat(database)
        until_working(worker)
        client.flushall()
    until(
        lambda: jobs_by_state(stage, database).keys() == {"done"},
        "beat's sweep has woken the worker",
        seconds=PATIENCE,
    )
    assert_undisturbed(prepared, database)


def test_the_same_message_many_times(prepared: Prepared, database: str) -> None:
    number = job_id(prepared.stage, database)
    with broker(prepared.stage) as app:
        for _ in range(20):
            app.send_task("accounts.tasks.run_job", args=(number,))
    workers = [prepared.stage.worker(database, f"worker{n}") for n in range(2)]
    settle(prepared.stage, database)
    said = "".join(worker.said() for worker in workers)
    assert said.count(f"Job {number} (score) is done") == 1
    assert_undisturbed(prepared, database)


def test_two_beats(prepared: Prepared, database: str) -> None:
    """Each sends what the other sends: the night is queued once, and the sweeps wake a job once."""
    stage = prepared.stage
    number = job_id(stage, database)
    for name in ("beat1", "beat2"):
        stage.beat(database, name)
    with broker(stage) as app:
        for _ in range(2):  # the night falls twice
            app.send_task("playbooks.tasks.rescore_nightly")
    worker = stage.worker(database)

    def nights() -> list[tuple[object, ...]]:
        return stage.postgres.rows(database, "SELECT id FROM accounts_job WHERE dedupe_key <> ''")

    until(lambda: nights() != [], "the night is queued", seconds=PATIENCE)
    settle(stage, database)
    assert worker.said().count(f"Job {number} (score) is done") == 1
    assert len(nights()) <= 2  # the second joined the first, or came after it was done
    prepared.rescore(database)
    assert_same(state(stage, database, prepared.book.months), prepared.rescored)


def test_a_postgresql_that_is_killed_under_a_running_worker(
    prepared: Prepared, database: str
) -> None:
    stage = prepared.stage
    worker = stage.worker(database)
    beat = stage.beat(database)
    until_working(worker)
    assert stage.postgres.child.kill()
    stage.postgres.start()
    settle(stage, database)
    assert worker.lives
    assert beat.lives
    assert_undisturbed(prepared, database)
