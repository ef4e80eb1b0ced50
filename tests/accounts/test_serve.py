"""`manage.py serve` as a real process: what it answers, what it works off, what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.processes import free_port, manage, until

pytestmark = pytest.mark.slow


@dataclass
class Served:
    process: subprocess.Popen[str]
    port: int
    database: Path

    def get(self, path: str) -> str:
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return str(answer.read().decode())

    def answers(self) -> bool:
        try:
            return bool(json.loads(self.get("/livez")) == {"status": "ok"})
        except (URLError, ConnectionError):
            return False

    def is_gone(self) -> bool:
        """Whether no process of the group is left, the server's or one that it started."""
        self.process.poll()
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def job(self, job_id: int) -> tuple[str, str]:
        with closing(sqlite3.connect(self.database, timeout=10)) as rows:
            found = rows.execute("SELECT state, error FROM accounts_job WHERE id=?", (job_id,))
            state, error = found.fetchone()
            return state, error

    def queue_job(self, kind: str = "backfill_metrics", params: str = '{"key_paths": []}') -> int:
        """Store a job as another process would: no message reaches this one's broker."""
        with closing(sqlite3.connect(self.database, timeout=10)) as rows, rows:
            stored = rows.execute(
                "INSERT INTO accounts_job (kind, state, params, dedupe_key, done_count, summary,"
                " error, attempts, created_at)"
                " VALUES (?, 'queued', ?, '', 0, '{}', '', 0, '2026-11-16 09:00:00')",
                (kind, params),
            )
            assert stored.lastrowid is not None
            return stored.lastrowid

    def let_end(self, job_id: int) -> None:
        with closing(sqlite3.connect(self.database, timeout=10)) as rows, rows:
            enough = '{"goes_on": false}'
            rows.execute("UPDATE accounts_job SET params=? WHERE id=?", (enough, job_id))


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = tmp_path_factory.mktemp("serve") / "foothold.sqlite3"
    migrate = manage("migrate", "--verbosity", "0", DATABASE_URL=f"sqlite:///{database}")
    output, _ = migrate.communicate(timeout=120)
    assert migrate.returncode == 0, output
    return database


@contextmanager
def serving(database: Path) -> Iterator[Served]:
    port = free_port()
    process = manage(
        "serve",
        "--port",
        str(port),
        DATABASE_URL=f"sqlite:///{database}",
        DJANGO_SETTINGS_MODULE="tests.long_jobs",
    )
    server = Served(process, port, database)
    try:
        assert until(server.answers, seconds=30)
        yield server
    finally:
        if not server.is_gone():
            os.killpg(process.pid, signal.SIGKILL)
        with process:  # waits, and closes its output
            pass


@pytest.fixture
def served(migrated: Path) -> Iterator[Served]:
    with serving(migrated) as server:
        yield server


def test_a_job_that_no_message_told_of_is_done_within_three_seconds(served) -> None:
    job_id = served.queue_job()
    assert until(lambda: served.job(job_id)[0] == "done", seconds=3), served.job(job_id)


def test_it_says_that_it_is_ready(served) -> None:
    answer = json.loads(served.get("/readyz"))
    assert (answer["status"], answer["migrations_missing"]) == ("ok", 0)


def test_the_stylesheet_is_there_without_collecting_it(served) -> None:
    assert "--accent" in served.get("/static/accounts/app.css")


def test_ctrl_c_leaves_no_process_behind(served) -> None:
    os.killpg(served.process.pid, signal.SIGINT)  # a terminal signals the whole group
    assert until(served.is_gone, seconds=10)
    output, _ = served.process.communicate()
    assert "Traceback" not in output


def test_a_supervisor_ends_it_by_a_signal_to_the_parent(served) -> None:
    served.process.terminate()
    assert until(served.is_gone, seconds=10)
    assert served.process.wait() == 0


def test_a_parent_that_is_killed_leaves_no_orphan(served) -> None:
    served.process.kill()
    assert until(served.is_gone, seconds=15)


def test_a_taken_port_is_told_in_one_line(served) -> None:
    second = manage(
        "serve", "--port", str(served.port), DATABASE_URL=f"sqlite:///{served.database}"
    )
    output, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert output.splitlines() == [
        f"CommandError: Port {served.port} cannot be used (Address already in use): end what uses "
        f"it, or take another, for example --port {served.port + 1}."
    ]


def test_with_redis_it_serves_the_web_only_and_says_so(migrated) -> None:
    port = free_port()
    process = manage(
        "serve",
        "--port",
        str(port),
        DATABASE_URL=f"sqlite:///{migrated}",
        REDIS_URL="redis://127.0.0.1:1/0",  # nothing answers there: the web does not need it
    )
    server = Served(process, port, migrated)
    try:
        assert until(server.answers, seconds=30)
        job_id = server.queue_job()
        time.sleep(2.5)
        assert server.job(job_id)[0] == "queued"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        output, _ = process.communicate(timeout=30)
    assert "celery -A config worker" in output


def test_a_job_under_way_goes_back_at_a_stop_and_is_done_after_the_next_start(migrated) -> None:
    with serving(migrated) as first:
        job_id = first.queue_job("go_on", '{"goes_on": true}')
        assert until(lambda: first.job(job_id)[0] == "running", seconds=10)
        first.process.terminate()
        assert first.process.wait(timeout=20) == 0
        assert first.job(job_id) == ("queued", "Interrupted: the worker was stopped.")
    with serving(migrated) as second:
        second.let_end(job_id)
        assert until(lambda: second.job(job_id) == ("done", ""), seconds=10)
