"""A disk that is full in the middle of an ingest: a clear word, nothing half, and the rest after making room."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.torture.conftest import Prepared
from tests.torture.drive import settle
from tests.torture.processes import ROOT, python
from tests.torture.stage import SETTINGS, user_of_postgres
from tests.torture.state import assert_same, state

pytestmark = pytest.mark.torture

DATABASE = "disk"
ROOM = "24m"
ROOM_OF_LOG = 64 * 1024  # SQLite writes to its log first


@pytest.fixture
def small_disk(prepared: Prepared) -> Iterator[Path]:
    """A file system of a few megabytes, as a tablespace of the cluster."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    folder = prepared.stage.folder / "small"
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine mounts no tmpfs")
    try:
        subprocess.run(["chown", user_of_postgres(), folder], check=True)
        yield folder
    finally:
        prepared.stage.postgres.rows("postgres", "DROP DATABASE IF EXISTS disk WITH (FORCE)")
        prepared.stage.postgres.rows("postgres", "DROP TABLESPACE IF EXISTS small")
        subprocess.run(["umount", folder], check=True)


def test_a_full_disk_under_postgresql(prepared: Prepared, small_disk: Path) -> None:
    assert prepared.undisturbed
    stage, path = prepared.stage, str(prepared.file(-1))
    stage.postgres.copy(prepared.before, DATABASE)
    with stage.postgres.connect("postgres") as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{small_disk}'")
    for table in ("usage_rawpayload", "usage_snapshot"):
        stage.postgres.rows(DATABASE, f"ALTER TABLE {table} SET TABLESPACE small")
    known = stage.postgres.rows(DATABASE, "SELECT count(*) FROM usage_rawpayload")
    filler = small_disk / "filler"
    fill(filler)

    refused = stage.manage(DATABASE, "ingest_usage", path, name="refused")
    assert refused.wait() != 0
    assert "CommandError: The database gave up" in refused.said()
    assert "No space left on device" in refused.said()
    assert "Traceback" not in refused.said()
    assert stage.postgres.rows(DATABASE, "SELECT count(*) FROM usage_rawpayload") == known

    filler.unlink()
    stage.managed(DATABASE, "ingest_usage", path)
    worker = stage.worker(DATABASE)
    settle(stage, DATABASE)
    stage.stop(worker)
    assert_same(state(stage, DATABASE, prepared.book.months), prepared.undisturbed)


def fill(path: Path) -> None:
    """Take all that is left, to the last page."""
    with path.open("wb", buffering=0) as out:
        try:
            while True:
                out.write(b"\0" * 4096)
        except OSError:
            return


def test_a_full_disk_under_sqlite(prepared: Prepared, tmp_path: Path) -> None:
    """As large as a file may become here is as full as a disk: the kernel refuses to write on."""
    database = tmp_path / "full.sqlite3"
    variables = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        **SETTINGS,
        "DATABASE_URL": f"sqlite:///{database}",
    }

    def manage(*arguments: str, most_bytes: int | None = None) -> subprocess.CompletedProcess[str]:
        limit = f"{most_bytes}:{most_bytes}" if most_bytes else "unlimited"
        return subprocess.run(
            ["prlimit", f"--fsize={limit}", *python("manage.py", *arguments)],
            cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    for arguments in (
        ("migrate", "-v0"),
        ("load_defaults",),
        ("import_accounts", str(prepared.stage.folder / "customers")),
    ):
        done = manage(*arguments)
        assert done.returncode == 0, done.stderr
    path = str(prepared.file(0))
    refused = manage("ingest_usage", path, most_bytes=ROOM_OF_LOG)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert "The database gave up: d" in refused.stderr  # disk I/O error, database or disk is full
    accepted = manage("ingest_usage", path)
    assert accepted.returncode == 0, accepted.stderr
    lines = prepared.book.month(0).count(b"\n")
    assert f"accepted  {lines:>10}" in accepted.stdout  # nothing of it had stayed
