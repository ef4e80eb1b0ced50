"""A clock that jumps two hours under workers and beat: no job is lost, none ends otherwise."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.torture.conftest import Prepared
from tests.torture.drive import jobs_by_state, settle
from tests.torture.processes import until
from tests.torture.state import assert_same, state

LIBRARY = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)

pytestmark = [
    pytest.mark.torture,
    pytest.mark.skipif(LIBRARY is None, reason="install faketime: it shifts a process's clock"),
]

DATABASE = "clock"


@pytest.fixture
def database(prepared: Prepared) -> Iterator[str]:
    assert prepared.undisturbed
    prepared.stage.postgres.copy(prepared.before, DATABASE)
    before = list(prepared.stage.started)
    yield DATABASE
    prepared.stage.stop(*(c for c in prepared.stage.started if c not in before))


@pytest.mark.parametrize("hours", ["+2", "-2"])
def test_a_clock_that_jumps(prepared: Prepared, database: str, hours: str) -> None:
    stage = prepared.stage
    clock = stage.folder / f"clock{hours}"
    clock.write_text("+0\n")
    shifted = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # a machine's clock is set, its time since boot is not
    }
    worker = stage.worker(database, "worker", **shifted)
    stage.beat(database, "beat", **shifted)
    until(lambda: len(worker.children()) >= 2, "the worker has forked its processes")
    stage.managed(database, "ingest_usage", str(prepared.file(-1)), **shifted)
    until(lambda: jobs_by_state(stage, database).get("queued", 0) == 0, "the job is taken")
    clock.write_text(f"{hours}h\n")
    time.sleep(1)
    stage.managed(database, "ingest_usage", str(prepared.file(-1)), **shifted)
    settle(stage, database)
    [(failed,)] = stage.postgres.rows(
        database, "SELECT count(*) FROM accounts_job WHERE state <> 'done'"
    )
    assert failed == 0
    assert_same(state(stage, database, prepared.book.months), prepared.undisturbed)
