"""The commands: what they print, which way they end, and that they wake a worker."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from accounts.lines import Line
from accounts.models import Account, Job
from tests import factories
from tests.usage import folders
from tests.usage.payloads import HOSTNAME, UUID, line, write_ndjson
from usage.models import Instance, MetricDefinition, RawPayload, RejectedRow
from usage.services import ingest as service

pytestmark = pytest.mark.django_db

WAKE = "accounts.tasks.wake"


def recorded_on(day: int) -> bytes:
    return line(recorded_at=f"2026-10-{day:02}T03:00:00Z")


def run(*files: Path | str) -> dict[str, int]:
    """Take files in; return the summary as it was printed."""
    out = io.StringIO()
    call_command("ingest_usage", *map(str, files), stdout=out)
    return summary(out.getvalue())


def summary(text: str) -> dict[str, int]:
    pairs = (row.split() for row in text.splitlines())
    return {name: int(number.replace(",", "")) for name, number in pairs}


@pytest.fixture
def mapped(db: None) -> Instance:
    return factories.make_instance(external_id=UUID, hostname=HOSTNAME)


def test_the_summary_adds_up_to_the_rows_that_were_read(tmp_path: Path, mapped: Instance) -> None:
    first = write_ndjson(tmp_path / "1.ndjson", [recorded_on(4), recorded_on(11), b"", b"{"])
    second = write_ndjson(
        tmp_path / "2.ndjson.gz",
        [recorded_on(4), line(recorded_at="2026-10-11T03:00:00Z", version="19"), line(uuid="u-2")],
        is_packed=True,
    )
    assert run(first, second) == {
        "accepted": 2, "replaced": 1, "unchanged": 1, "unmapped": 1, "rejected": 1, "read": 6,
    }  # fmt: skip


def test_batches_change_nothing_but_the_memory(
    tmp_path: Path, mapped: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LINES_PER_BATCH", 3)
    path = write_ndjson(tmp_path / "f", [recorded_on(day) for day in range(1, 11)])
    assert run(path)["accepted"] == 10
    assert run(path)["unchanged"] == 10


def test_a_batch_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BYTES_PER_BATCH", 1_000)
    lines = [Line(n, b"x" * 600) for n in range(5)]
    assert [len(batch) for batch in service.batches(lines)] == [2, 2, 1]


def test_standard_input_is_read(mapped: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(recorded_on(4) + b"\n{\n"))
    monkeypatch.setattr("sys.stdin", stdin)
    assert run("-")["accepted"] == 1
    assert RejectedRow.objects.get().source == "standard input"


def test_a_file_that_was_cut_in_the_middle_loses_the_cut_row(
    tmp_path: Path, mapped: Instance
) -> None:
    path = write_ndjson(tmp_path / "f", [recorded_on(4), recorded_on(11)])
    path.write_bytes(path.read_bytes()[:-40])
    assert run(path) == {
        "accepted": 1, "replaced": 0, "unchanged": 0, "unmapped": 0, "rejected": 1, "read": 2,
    }  # fmt: skip


def test_a_gzip_that_was_cut_keeps_what_was_readable_and_fails(
    tmp_path: Path, mapped: Instance
) -> None:
    path = write_ndjson(tmp_path / "f.gz", [recorded_on(4), recorded_on(11)], is_packed=True)
    path.write_bytes(path.read_bytes()[:-6])
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"^f\.gz: it is cut off"):
        call_command("ingest_usage", str(path), stdout=out)
    assert summary(out.getvalue())["accepted"] == 2


def test_a_missing_file_fails_after_the_others(tmp_path: Path, mapped: Instance) -> None:
    path = write_ndjson(tmp_path / "f", [recorded_on(4)])
    with pytest.raises(CommandError, match="No such file"):
        call_command("ingest_usage", str(tmp_path / "none"), str(path), stdout=io.StringIO())
    assert RawPayload.objects.count() == 1


def test_an_interrupted_run_can_be_run_again(
    tmp_path: Path, mapped: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LINES_PER_BATCH", 2)
    path = write_ndjson(tmp_path / "f", [recorded_on(day) for day in range(1, 6)])
    store, calls = service.Ingestion.store, iter(range(9))

    def store_until_killed(*args: Any, **options: Any) -> Any:
        if next(calls) == 1:
            raise KeyboardInterrupt
        return store(*args, **options)

    with monkeypatch.context() as patched:
        patched.setattr(service.Ingestion, "store", store_until_killed)
        with pytest.raises(KeyboardInterrupt):
            run(path)
    assert Job.objects.filter(kind="score", state="queued").count() == 1
    told = run(path)
    assert (told["unchanged"], told["accepted"]) == (2, 3)


def test_a_worker_is_woken_once_for_all_batches(
    tmp_path: Path,
    mapped: Instance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    woken: list[int] = []
    monkeypatch.setattr(service, "LINES_PER_BATCH", 1)
    monkeypatch.setattr(WAKE, lambda job: woken.append(job.pk))
    run(write_ndjson(tmp_path / "f", [recorded_on(4), recorded_on(11)]))
    assert woken == [Job.objects.get().pk]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_told_how_far_it_is(
    tmp_path: Path, mapped: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    run(write_ndjson(tmp_path / "f", [recorded_on(4)]))
    assert "1 of 1 rows of f" in terminal.getvalue()


# --- import_accounts ------------------------------------------------------------------------------
def test_the_import_prints_a_table_that_adds_up(tmp_path: Path) -> None:
    folders.write_all(tmp_path)
    folders.write(tmp_path, "accounts.csv", folders.ACCOUNTS, folders.ACCOUNT, "A2,,")
    out = io.StringIO()
    call_command("import_accounts", str(tmp_path), stdout=out)
    rows = [row.split() for row in out.getvalue().splitlines()]
    assert rows[0] == ["created", "updated", "unchanged", "rejected", "read"]
    assert rows[1] == ["accounts.csv", "1", "0", "0", "1", "2"]
    assert rows[2] == ["subscriptions.csv", "1", "0", "0", "0", "1"]
    assert "cleo@foothold.example" in out.getvalue()


def test_the_import_fails_where_there_is_nothing_to_import(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="holds none of"):
        call_command("import_accounts", str(tmp_path))
    with pytest.raises(CommandError):
        call_command("import_accounts", str(tmp_path / "none"))


def test_the_import_wakes_a_worker_for_what_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[Job] = []
    monkeypatch.setattr(WAKE, woken.append)
    folders.write_all(tmp_path)
    call_command("import_accounts", str(tmp_path), stdout=io.StringIO())
    factories.make_snapshot(instance=Instance.objects.get())
    row = folders.SUBSCRIPTION.replace(",100,", ",200,")
    folders.write(tmp_path, "subscriptions.csv", folders.SUBSCRIPTIONS, row)
    call_command("import_accounts", str(tmp_path), stdout=io.StringIO())
    assert [job.params["account_ids"] for job in woken] == [[Account.objects.get().pk]]


# --- load_metrics ---------------------------------------------------------------------------------
def test_definitions_are_loaded_and_a_bad_file_fails_the_command(tmp_path: Path) -> None:
    (tmp_path / "good.yml").write_text("key_path: counts.a\n")
    (tmp_path / "bad.yml").write_text("- 7\n")
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"bad\.yml: entry 1 is no definition"):
        call_command("load_metrics", str(tmp_path), stdout=out)
    assert out.getvalue() == "1 created, 0 updated, 0 unchanged, 1 rejected\n"
    assert MetricDefinition.objects.get().key_path == "counts.a"


def test_metrics_that_become_tracked_wake_a_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[Job] = []
    monkeypatch.setattr(WAKE, woken.append)
    factories.make_snapshot()
    (tmp_path / "a.yml").write_text("key_path: counts.a\ntracked: true\n")
    call_command("load_metrics", str(tmp_path), stdout=io.StringIO())
    assert [job.kind for job in woken] == ["backfill_metrics"]


def test_a_path_that_is_not_there_fails_the_command(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no such file or folder"):
        call_command("load_metrics", str(tmp_path / "none"))


def test_a_database_that_gives_up_is_told_in_one_line(tmp_path) -> None:
    path = tmp_path / "pings.ndjson"
    path.write_bytes(line() + b"\n")

    def full(run, query, params, many, context):
        if "usage_rawpayload" in query:
            raise OperationalError(
                "could not extend file: No space left on device\nHINT: Check it."
            )
        return run(query, params, many, context)

    with (
        connection.execute_wrapper(full),
        pytest.raises(
            CommandError, match="gave up: could not extend file: No space left on device"
        ),
    ):
        call_command("ingest_usage", str(path))
    assert not Instance.objects.exists()
