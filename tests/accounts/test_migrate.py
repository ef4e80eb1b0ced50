"""`migrate` on PostgreSQL, while somebody else works: it waits briefly, says so and tries again."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.migrations import AddField, Migration, RunPython

from accounts.management.commands import migrate
from accounts.management.commands.migrate import rewrites, takes_its_time

UNAPPLIED = ("usage", "0001_initial")


def operations(*items: object, atomic: bool = True) -> Migration:
    migration = Migration("0009_something", "usage")
    vars(migration).update(operations=list(items), atomic=atomic)
    return migration


def nothing(*_: object) -> None:
    pass


@pytest.mark.parametrize(
    ("migration", "expected"),
    [
        pytest.param(operations(RunPython(nothing, elidable=True)), True, id="fills in data"),
        pytest.param(operations(RunPython(nothing)), False, id="code that changes the schema"),
        pytest.param(operations(object(), atomic=False), True, id="outside a transaction"),
        pytest.param(operations(AddField.__new__(AddField)), False, id="a new column"),
    ],
)
def test_only_what_holds_no_locks_takes_its_time(migration: Migration, *, expected: bool) -> None:
    assert takes_its_time(migration) is expected


def test_a_rewrite_of_a_table_is_one_where_the_migration_says_so() -> None:
    quick, long = operations(), operations()
    vars(long)["rewrites_a_table"] = True
    assert (rewrites(quick), rewrites(long)) == (False, True)


@contextmanager
def locked(table: str) -> Iterator[Event]:
    """Another session reads the table in a transaction until the event is set."""
    is_locked, over = Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {table} IN ACCESS SHARE MODE")
                cursor.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")
                is_locked.set()
                over.wait(60)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        try:
            assert is_locked.wait(20)
            yield over
        finally:
            over.set()
            holding.result()


@pytest.fixture
def one_to_apply(transactional_db: None) -> Iterator[None]:
    """All of usage but its tables is unapplied; afterwards everything is as it was."""
    call_command("migrate", *UNAPPLIED, verbosity=0)
    yield
    call_command("migrate", verbosity=0)


def timeouts() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"
        )
        return list(cursor.fetchone())


@pytest.mark.services
@pytest.mark.slow
def test_a_lock_that_comes_free_is_waited_for(
    one_to_apply: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "LOCK_SECONDS", 1)
    said = io.StringIO()
    with locked("usage_edition") as over:
        monkeypatch.setattr(time, "sleep", _freeing(over))
        call_command("migrate", verbosity=0, stderr=said)
    assert "waits for a lock that somebody holds: attempt 2 of 5" in said.getvalue()
    assert timeouts() == ["0", "0"]


def _freeing(over: Event) -> Callable[[float], None]:
    return lambda _seconds: over.set()


@pytest.mark.services
@pytest.mark.slow
def test_a_lock_that_stays_ends_it_with_what_to_do(
    one_to_apply: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "LOCK_SECONDS", 1)
    monkeypatch.setattr(migrate, "MOST_ATTEMPTS", 2)
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0)
    with (
        locked("usage_edition"),
        pytest.raises(CommandError, match="End the long transaction that is in the way"),
    ):
        call_command("migrate", verbosity=0, stderr=io.StringIO())


@pytest.mark.services
@pytest.mark.slow
def test_a_statement_that_takes_long_is_told(
    one_to_apply: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "LOCK_SECONDS", 60)
    monkeypatch.setattr(migrate, "STATEMENT_SECONDS", 1)
    with locked("usage_edition"), pytest.raises(CommandError, match="more than 1 seconds"):
        call_command("migrate", verbosity=0, stderr=io.StringIO())
