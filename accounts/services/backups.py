"""Backup and restore of the whole database: a file that is there whole or not at all.

    PostgreSQL   pg_dump -Fc  ──> FILE ──> pg_restore | psql, in one transaction
    SQLite       online backup ──> FILE ──> online backup, in one transaction

Both read and write what processes use at the same time: a backup is of one moment, a restore is seen
whole. The PostgreSQL clients are told the password by their environment, never by their arguments.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from accounts.errors import BackupRefused

SQLITE, POSTGRESQL = "sqlite", "postgresql"
MAGIC = {b"SQLite format 3\x00": SQLITE, b"PGDMP": POSTGRESQL}
CLIENTS = "/usr/lib/postgresql/{server}/bin"  # where Debian and Ubuntu keep those of each version
LOCK_SECONDS = 10  # so long a restore waits for those who use the tables
EMPTIED = f"""
BEGIN;
SET LOCAL lock_timeout = '{LOCK_SECONDS}s';
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""
Migrations = set[tuple[str, str]]


def backup(target: Path, *, replaces: bool) -> int:
    """Write the database to a file; return its size in bytes. Raises BackupRefused."""
    if target.exists() and not replaces:
        raise BackupRefused(f"{target} exists already.")
    if not target.parent.is_dir():
        raise BackupRefused(f"There is no folder {target.parent}.")
    with _beside(target) as fresh:
        if connection.vendor == POSTGRESQL:
            _dump(fresh)
        else:
            _copy_sqlite(fresh)
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        fresh.replace(target)
    return target.stat().st_size


def restore(source: Path, *, replaces: bool) -> Migrations:
    """Put a backup in the database's place; return the migrations that it has yet to be given.

    Raises BackupRefused: not a backup of this kind of database, or of a newer version; or the
    database is not empty and may not be replaced. Then nothing has changed.
    """
    kind = kind_of(source)
    if kind != connection.vendor:
        raise BackupRefused(
            f"{source} is a backup of {kind}, and this database is {connection.vendor}."
        )
    if not replaces and not is_empty():
        raise BackupRefused("The database is not empty: all that is in it would be replaced.")
    applied = _migrations_dumped(source) if kind == POSTGRESQL else _migrations_copied(source)
    known: Migrations = set(MigrationLoader(None).disk_migrations)
    _refuse_newer(source, applied, known)
    if kind == POSTGRESQL:
        connection.close()
        _load(source)
    else:
        _replace_sqlite(source)
    return known - applied


def is_empty() -> bool:
    """Whether the database has no table yet."""
    return not connection.introspection.table_names()


def kind_of(source: Path) -> str:
    """Tell by its first bytes of which database a backup is; raises BackupRefused."""
    try:
        with source.open("rb") as stream:
            head = stream.read(16)
    except OSError as error:
        raise BackupRefused(f"{source} cannot be read: {error.strerror}.") from error
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            return kind
    raise BackupRefused(f"{source} is no backup: neither a copy of SQLite nor of pg_dump -Fc.")


def _refuse_newer(source: Path, applied: Migrations, known: Migrations) -> None:
    if not applied:
        raise BackupRefused(f"{source} is whole, yet no database of Foothold.")
    ours = {app for app, _ in known}
    newer = sorted(f"{app}.{name}" for app, name in applied - known if app in ours)
    if newer:
        raise BackupRefused(
            f"{source} was made by a newer version, which has also {', '.join(newer)}: "
            "install that version and restore with it."
        )


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A new file in the same folder, which is gone afterwards unless it was moved away."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


# --- SQLite -----------------------------------------------------------------------------------------


def _copy_sqlite(fresh: Path) -> None:
    with closing(sqlite3.connect(fresh)) as copy:
        _handle(connection).backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, no log beside it
    with _read_only(fresh) as written:
        _check_whole(written, fresh)


def _replace_sqlite(source: Path) -> None:
    """Write all pages in one transaction; whoever has the database open goes on with the new one."""
    with _read_only(source) as copy:
        _check_whole(copy, source)
        copy.backup(_handle(connection))
    connection.close()


def _migrations_copied(source: Path) -> Migrations:
    try:
        with _read_only(source) as copy:
            return set(copy.execute("SELECT app, name FROM django_migrations"))
    except sqlite3.OperationalError:
        return set()  # it has no such table
    except sqlite3.DatabaseError as error:
        raise BackupRefused(f"{source} is damaged: {error}.") from error


@contextmanager
def _read_only(source: Path) -> Iterator[sqlite3.Connection]:
    """Opened as Django does it: constraints call functions that only its connections have."""
    reader = connection.copy()
    reader.settings_dict["NAME"] = f"{source.resolve().as_uri()}?mode=ro"
    reader.settings_dict["OPTIONS"] = {}  # no journal mode is to be set
    try:
        yield _handle(reader)
    finally:
        reader.close()


def _handle(wrapper: BaseDatabaseWrapper) -> sqlite3.Connection:
    wrapper.ensure_connection()
    handle: sqlite3.Connection = wrapper.connection
    return handle


def _check_whole(copy: sqlite3.Connection, path: Path) -> None:
    try:
        [found, *_] = copy.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise BackupRefused(f"{path} is damaged: {found}.")


# --- PostgreSQL -------------------------------------------------------------------------------------


def _dump(fresh: Path) -> None:
    _run("pg_dump", "--format", "custom", "--no-owner", "--no-privileges", "--file", str(fresh))


def _migrations_dumped(source: Path) -> Migrations:
    """Read them from the file itself; raises BackupRefused where it is damaged."""
    listed = ("--data-only", "--table", "django_migrations", "--file", "-", str(source))
    text = _run("pg_restore", *listed, is_connected=False)
    rows = re.findall(r"^\d+\t(\w+)\t(\w+)\t", text, flags=re.MULTILINE)
    return {(app, name) for app, name in rows}


def _load(source: Path) -> None:
    """Empty the database and fill it, in one transaction that is committed at the file's end only."""
    arguments, variables = _client()
    reading = [_program("pg_restore"), "--no-owner", "--no-privileges", "--file", "-", str(source)]
    writing = [_program("psql"), "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", *arguments]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(reading, stdout=subprocess.PIPE, stderr=said, env=variables) as script,  # noqa: S603 - ours
        subprocess.Popen(  # noqa: S603 - our own words
            writing, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, env=variables
        ) as session,
    ):
        assert script.stdout is not None  # noqa: S101 - piped
        assert session.stdin is not None  # noqa: S101 - piped
        is_read = _feed(script, session)
        session.stdin.close()
        is_done = session.wait() == 0
        said.seek(0)
        if not (is_read and is_done):
            raise BackupRefused(
                f"Nothing was changed: {_told(said.read().decode(errors='replace'))}"
            )


def _feed(script: subprocess.Popen[bytes], session: subprocess.Popen[bytes]) -> bool:
    """Hand the script on, and commit where it came to its end; else the session's end undoes it."""
    assert script.stdout is not None  # noqa: S101 - piped
    assert session.stdin is not None  # noqa: S101 - piped
    try:
        session.stdin.write(EMPTIED.encode())
        shutil.copyfileobj(script.stdout, session.stdin)
        if script.wait() != 0:
            return False
        session.stdin.write(b"COMMIT;\n")
        session.stdin.flush()
    except BrokenPipeError:
        script.kill()
        return False
    return True


def _run(program: str, *arguments: str, is_connected: bool = True) -> str:
    """Run a client of PostgreSQL; return what it wrote. Raises BackupRefused with its words."""
    where, variables = _client()
    command = [_program(program), *arguments, *(where if is_connected else ())]
    done = subprocess.run(command, env=variables, capture_output=True, check=False)  # noqa: S603 - ours
    if done.returncode != 0:
        raise BackupRefused(_told(done.stderr.decode(errors="replace")))
    return done.stdout.decode()


def _told(text: str) -> str:
    """The first complaint of a client, with its hint."""
    lines = [line for line in text.strip().splitlines() if line] or [
        "the client ended without a word"
    ]
    lock = " Stop the web and the workers, then again." if "lock timeout" in text else ""
    return f"{lines[0]}{lock}"


def _client() -> tuple[Sequence[str], dict[str, str]]:
    """Arguments and variables that lead a client to the database."""
    command, variables = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    return command[1:], {"PATH": os.defpath, "LC_ALL": "C.UTF-8", **(variables or {})}


def _program(name: str) -> str:
    """The client of the server's own version, else the one on the path unless it is older."""
    with connection.temporary_connection():
        server = connection.pg_version // 10_000  # type: ignore[attr-defined]  # PostgreSQL's own
    own = Path(CLIENTS.format(server=server), name)
    found = str(own) if own.exists() else shutil.which(name)
    if found is None:
        raise BackupRefused(f"There is no {name} here: install the clients of PostgreSQL {server}.")
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603 - ours
    version = int(re.findall(r"\d+", told)[0])
    if version < server:
        raise BackupRefused(
            f"{found} is version {version}, the server {server}: install the clients of {server}."
        )
    return found
