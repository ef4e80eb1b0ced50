"""Migrations are applied while the version before still runs.

What the version before does is known without it: it writes rows that do not name what the newest
migrations add. So each app is taken back to its first release, its tables' columns are read there, and
while `migrate` runs, rows of the book are written again and again with exactly those columns.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from psycopg import sql

from tests.torture.conftest import Prepared
from tests.torture.processes import until
from tests.torture.stage import Postgres
from tests.torture.state import assert_same, state

pytestmark = pytest.mark.torture

DATABASE = "running"
FIRST_RELEASE = (("playbooks", "0001"), ("usage", "0002"), ("accounts", "0001"))
BUSY = ("playbooks_task", "playbooks_ctaevent", "usage_rawpayload", "accounts_job")
SLOWEST = 5  # seconds that a write of the old version may wait: the lock's four, and some


def test_the_old_version_goes_on_while_migrations_are_applied(prepared: Prepared) -> None:
    assert prepared.undisturbed
    stage = prepared.stage
    stage.postgres.copy("undisturbed", DATABASE)
    for app, name in FIRST_RELEASE:
        stage.managed(DATABASE, "migrate", app, name)
    writers = [old_writer(stage.postgres, table) for table in BUSY]
    over = Event()
    with ThreadPoolExecutor(len(BUSY)) as pool:
        working = [pool.submit(writing, over) for writing in writers]
        try:
            stage.managed(DATABASE, "migrate")
        finally:
            over.set()
        for each in working:
            assert each.result() > 0
    assert "[ ]" not in stage.managed(DATABASE, "showmigrations")
    assert_same(state(stage, DATABASE, prepared.book.months), prepared.undisturbed)


def old_writer(postgres: Postgres, table: str) -> Callable[[Event], int]:
    """Insert a copy of a row, naming the columns of now alone, and take it back; count how often."""
    query = (
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
        " AND table_schema = 'public' AND column_name <> 'id' ORDER BY ordinal_position"
    )
    columns = [name for (name,) in postgres.rows(DATABASE, query, table)]
    unique = {
        "position": sql.SQL("position + 1000"),
        "signal_key": sql.SQL("NULL"),
        "recorded_at": sql.SQL("recorded_at + interval '1 second'"),
    }
    copied = [unique.get(name, sql.Identifier(name)) for name in columns]
    insert = sql.SQL("INSERT INTO {t} ({c}) SELECT {v} FROM {t} LIMIT 1").format(
        t=sql.Identifier(table),
        c=sql.SQL(", ").join(map(sql.Identifier, columns)),
        v=sql.SQL(", ").join(copied),
    )

    def write(over: Event) -> int:
        count = 0
        with postgres.connect(DATABASE) as connection:
            connection.execute(f"SET statement_timeout = '{SLOWEST}s'")
            while not over.is_set():
                with connection.transaction(force_rollback=True):
                    connection.execute(insert)
                count += 1
        return count

    return write


@pytest.mark.torture_quick
def test_a_lock_that_is_held_ends_no_migration(prepared: Prepared) -> None:
    """`migrate` gives up its place in the lock's queue, says so, and gets on when the lock is free."""
    stage = prepared.stage
    stage.postgres.copy(prepared.empty, DATABASE)
    stage.managed(DATABASE, "migrate", "usage", "0001")
    with stage.postgres.connect(DATABASE) as holder, holder.transaction():
        holder.execute("LOCK TABLE usage_edition IN ROW EXCLUSIVE MODE")
        run = stage.manage(DATABASE, "migrate", name="migrate")
        until(lambda: "attempt 2 of 5" in run.said(), "migrate has given up once")
        with stage.postgres.connect(DATABASE) as reader:  # nobody queues behind it meanwhile
            reader.execute("SET statement_timeout = '4500ms'")
            reader.execute("SELECT count(*) FROM usage_edition")
    assert run.wait() == 0, run.said()
