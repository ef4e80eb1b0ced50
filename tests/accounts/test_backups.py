"""Backup and restore of the database that the tests run on: a drill, and what is refused."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from accounts.models import Account
from tests.bench.generate import Size, write
from tests.factories import make_account
from usage.models import RawPayload
from usage.periods import parse_period

pytestmark = pytest.mark.django_db(transaction=True)

OTHER_KIND = {"sqlite": b"PGDMP\x01\x0e\x00", "postgresql": b"SQLite format 3\x00"}


def run(*arguments: object) -> str:
    said = io.StringIO()
    call_command(*map(str, arguments), stdout=said, stderr=io.StringIO())
    return said.getvalue()


def exports(folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    months = ("--from", "2026-09", "--to", "2026-10")
    for level in ("instance", "account"):
        run("export_scores", "--level", level, *months, "--output", folder / f"{level}.csv")
    run("export_transitions", "--output", folder / "transitions.csv")
    run("export_ctas", "--output", folder / "ctas.csv")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def backed_up(tmp_path: Path) -> Path:
    """A backup of a database with one account."""
    make_account(name="Larch Telecom")
    path = tmp_path / "one.backup"
    run("backup", path)
    return path


@pytest.mark.slow
def test_a_book_that_was_destroyed_comes_back_to_the_byte(tmp_path: Path) -> None:
    size = Size(accounts=8, months=2, last=parse_period("2026-10"))
    write(tmp_path / "book", size)
    run("load_defaults")
    run("import_accounts", tmp_path / "book")
    run("ingest_usage", tmp_path / "book/service_pings.ndjson")
    run("score", "--from", "2026-09", "--to", "2026-10")
    before = exports(tmp_path / "before")
    bodies = list(RawPayload.objects.order_by("pk").values_list("digest", "body"))
    run("backup", tmp_path / "drill.backup")
    call_command("flush", interactive=False)
    assert not Account.objects.exists()

    run("restore", tmp_path / "drill.backup", "--yes")
    assert before["account.csv"].count(b"\n") > 100
    assert exports(tmp_path / "after") == before
    assert list(RawPayload.objects.order_by("pk").values_list("digest", "body")) == bodies
    make_account(name="A new one gets a new id")
    assert run("migrate", "--check") == ""


def test_what_was_written_since_the_backup_is_gone(backed_up: Path) -> None:
    make_account(name="Later")
    run("restore", backed_up, "--yes")
    assert list(Account.objects.values_list("name", flat=True)) == ["Larch Telecom"]


def test_a_backup_replaces_no_file_unasked(backed_up: Path) -> None:
    before = backed_up.read_bytes()
    make_account(name="Later")
    with pytest.raises(CommandError, match="exists already"):
        run("backup", backed_up)
    assert backed_up.read_bytes() == before
    run("backup", backed_up, "--yes")
    assert backed_up.read_bytes() != before


def test_a_backup_into_no_folder_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"There is no folder .*/nowhere"):
        run("backup", tmp_path / "nowhere" / "one.backup")


def test_nothing_is_left_beside_a_backup(backed_up: Path) -> None:
    assert list(backed_up.parent.iterdir()) == [backed_up]


def test_a_database_with_rows_is_not_replaced_unasked(backed_up: Path) -> None:
    make_account(name="Later")
    with pytest.raises(CommandError, match="not empty"):
        run("restore", backed_up)
    assert Account.objects.filter(name="Later").exists()


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        pytest.param("y", {"Larch Telecom"}, id="yes"),
        pytest.param("", {"Larch Telecom", "Later"}, id="anything else"),
    ],
)
def test_a_person_at_the_terminal_is_asked(
    backed_up: Path, monkeypatch: pytest.MonkeyPatch, answer: str, names: set[str]
) -> None:
    make_account(name="Later")
    terminal = io.StringIO(answer + "\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    if answer:
        run("restore", backed_up)
    else:
        with pytest.raises(CommandError, match="not empty"):
            run("restore", backed_up)
    assert set(Account.objects.values_list("name", flat=True)) == names


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"id,name\n1,Larch\n", "is no backup", id="a file of another kind"),
        pytest.param(OTHER_KIND, "is a backup of", id="of the other database"),
    ],
)
def test_a_file_that_is_no_backup_of_this_database_is_refused(
    tmp_path: Path, content: bytes | dict[str, bytes], reason: str
) -> None:
    path = tmp_path / "wrong.backup"
    path.write_bytes(content if isinstance(content, bytes) else content[connection.vendor])
    with pytest.raises(CommandError, match=reason):
        run("restore", path, "--yes")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.backup cannot be read: No such file"):
        run("restore", tmp_path / "nowhere.backup", "--yes")


def test_a_copy_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.backup"
    if connection.vendor == "postgresql":
        pytest.skip("pg_dump makes none here without a second database")
    import sqlite3

    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE cats (name)")
    other.close()
    with pytest.raises(CommandError, match="no database of Foothold"):
        run("restore", path, "--yes")


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_a_damaged_backup_changes_nothing(backed_up: Path, share: float) -> None:
    whole = backed_up.read_bytes()
    backed_up.write_bytes(whole[: int(len(whole) * share)])
    make_account(name="Later")
    with pytest.raises(CommandError):
        run("restore", backed_up, "--yes")
    assert Account.objects.filter(name="Later").exists()


def test_a_backup_of_a_newer_version_is_refused_by_its_migrations(tmp_path: Path) -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_applied("accounts", "9999_of_next_year")
    run("backup", tmp_path / "newer.backup")
    recorder.record_unapplied("accounts", "9999_of_next_year")
    with pytest.raises(CommandError, match=r"newer version.*accounts\.9999_of_next_year"):
        run("restore", tmp_path / "newer.backup", "--yes")


def test_a_backup_of_an_older_version_says_what_is_to_follow(tmp_path: Path) -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("usage", "0002_guard_published_editions")
    run("backup", tmp_path / "older.backup")
    try:
        said = run("restore", tmp_path / "older.backup", "--yes")
    finally:
        recorder.record_applied("usage", "0002_guard_published_editions")
    assert "1 migrations are to follow. Run `manage.py migrate`." in said


def test_old_clients_of_postgresql_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite needs no clients")
    client = tmp_path / "bin/pg_dump"
    client.parent.mkdir()
    client.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    client.chmod(0o755)
    monkeypatch.setattr("accounts.services.backups.CLIENTS", str(tmp_path / "none/{server}/bin"))
    monkeypatch.setenv("PATH", str(client.parent))
    with pytest.raises(CommandError, match="is version 9, the server"):
        run("backup", tmp_path / "old.backup")
    client.unlink()
    with pytest.raises(CommandError, match="There is no pg_dump here"):
        run("backup", tmp_path / "old.backup")


@pytest.mark.services
@pytest.mark.slow
def test_who_uses_the_tables_is_to_be_stopped_before_a_restore(backed_up: Path) -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT count(*) FROM accounts_account")
        with pytest.raises(CommandError, match="Stop the web and the workers"):
            run("restore", backed_up, "--yes")
    finally:
        other.close()
    assert Account.objects.exists()
