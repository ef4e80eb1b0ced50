"""Holds a process at a chosen step of its work, by means of the database alone.

The product has no hooks for this. A trigger, or a lock on a table, lets those sessions wait that call
themselves `victim`; PostgreSQL then tells that one of them waits, and the test kills its process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.torture.processes import until
from tests.torture.stage import Postgres

VICTIM = "victim"
KEY = 4711

FUNCTION = """
CREATE OR REPLACE FUNCTION torture_pause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('application_name') = 'victim' THEN
    PERFORM pg_advisory_xact_lock_shared(4711);
  END IF;
  RETURN NEW;
END $$
"""
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE application_name = %s AND datname = %s AND wait_event_type = 'Lock'
"""


@dataclass(frozen=True)
class Phase:
    """A step of the work: the write to a table that begins it, or reading a table at all.

    `condition` is SQL on the NEW row. With `at_commit` the write is done, and the transaction waits
    in its COMMIT: a process that dies there cannot know that it was stored.
    """

    name: str
    table: str
    action: str = "INSERT"
    condition: str = ""
    at_commit: bool = False

    @property
    def trigger(self) -> str:
        when = f"WHEN ({self.condition})" if self.condition else ""
        if self.at_commit:
            return (
                f"CREATE CONSTRAINT TRIGGER torture_pause AFTER {self.action} ON {self.table} "
                f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW {when} "
                "EXECUTE FUNCTION torture_pause()"
            )
        each = "ROW" if self.condition else "STATEMENT"
        return (
            f"CREATE TRIGGER torture_pause BEFORE {self.action} ON {self.table} "
            f"FOR EACH {each} {when} EXECUTE FUNCTION torture_pause()"
        )


def reading(name: str, table: str) -> Phase:
    return Phase(name, table, action="SELECT")


@contextmanager
def held(postgres: Postgres, database: str, phase: Phase) -> Iterator[None]:
    """Whoever is the victim and gets to the phase waits there; afterwards nothing is left of it."""
    with postgres.connect(database) as holder:
        if phase.action == "SELECT":
            with holder.transaction():
                holder.execute(f"LOCK TABLE {phase.table} IN ACCESS EXCLUSIVE MODE")
                yield
        else:
            holder.execute(FUNCTION)
            holder.execute(phase.trigger)
            holder.execute("SELECT pg_advisory_lock(%s)", [KEY])
            yield
    until_gone(postgres, database)
    if phase.action != "SELECT":
        with postgres.connect(database) as cleaner:
            cleaner.execute(f"DROP TRIGGER torture_pause ON {phase.table}")


def until_held(postgres: Postgres, database: str) -> None:
    until(
        lambda: postgres.rows("postgres", WAITING, VICTIM, database) != [(0,)],
        "the victim waits at its phase",
    )


def until_gone(postgres: Postgres, database: str) -> None:
    """A session outlives its client until it next speaks: what it had begun must be over."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND datname = %s"
    until(
        lambda: postgres.rows("postgres", query, VICTIM, database) == [(0,)],
        "the victim's sessions are over",
    )
