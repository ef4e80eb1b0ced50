from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration, RunPython

LOCK_NOT_AVAILABLE, QUERY_CANCELED = "55P03", "57014"  # as PostgreSQL says it
LOCK_SECONDS, STATEMENT_SECONDS = 4, 5
MOST_ATTEMPTS = 5
PAUSE_SECONDS = 3


class Command(migrate.Command):
    """Django's own, which on PostgreSQL does not keep the version that still runs waiting.

    A change of the schema gives up a lock that it does not get within 4 seconds, since everyone else
    queues behind it, and tries again; a statement of it may take 5 seconds, unless the migration says
    `rewrites_a_table`. What fills in data, or runs outside a transaction, holds no such locks and takes
    its time.
    """

    attempted: Migration | None = None
    limited: BaseDatabaseWrapper | None = None

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        self.limited = connection
        try:
            self._attempt(*args, **options)
        finally:
            if connection.connection is not None and not connection.in_atomic_block:
                limit(connection, locks=0, statements=0)

    def _attempt(self, *args: Any, **options: Any) -> None:
        for attempt in range(1, MOST_ATTEMPTS + 1):
            try:
                super().handle(*args, **options)
                return
            except OperationalError as error:
                fault = getattr(error.__cause__, "sqlstate", None)
                if fault not in {LOCK_NOT_AVAILABLE, QUERY_CANCELED}:
                    raise
                if fault == QUERY_CANCELED or attempt == MOST_ATTEMPTS:
                    raise CommandError(self._told(str(fault))) from error
            self.stderr.write(
                f"\n{self.attempted} waits for a lock that somebody holds: attempt {attempt + 1} of "
                f"{MOST_ATTEMPTS} begins in {PAUSE_SECONDS} seconds."
            )
            time.sleep(PAUSE_SECONDS)

    def _told(self, fault: str) -> str:
        if fault == QUERY_CANCELED:
            return (
                f"A statement of {self.attempted} took more than {STATEMENT_SECONDS} seconds: it would "
                "have kept everyone waiting. Nothing of that migration was kept; run it when less is "
                "going on."
            )
        return (
            f"{self.attempted} did not get a lock within {LOCK_SECONDS} seconds, {MOST_ATTEMPTS} times. "
            "Nothing of it was kept, what came before is. End the long transaction that is in the way "
            "(pg_stat_activity), then run migrate again."
        )

    def migration_progress_callback(
        self,
        action: str,
        migration: Migration | None = None,
        fake: bool = False,  # noqa: FBT001, FBT002 - the signature is Django's
    ) -> None:
        if migration is not None and action in {"apply_start", "unapply_start"}:
            self.attempted = migration
            if self.limited is not None:
                quick = not takes_its_time(migration)
                limit(
                    self.limited,
                    locks=LOCK_SECONDS if quick else 0,
                    statements=STATEMENT_SECONDS if quick and not rewrites(migration) else 0,
                )
        super().migration_progress_callback(action, migration, fake)


def takes_its_time(migration: Migration) -> bool:
    """Whether it only fills in data, or runs outside a transaction (an index made concurrently)."""
    return not migration.atomic or all(
        isinstance(operation, RunPython) and operation.elidable
        for operation in migration.operations
    )


def rewrites(migration: Migration) -> bool:
    """Whether it keeps a table to itself for as long as that takes; the changelog says how long."""
    return getattr(migration, "rewrites_a_table", False)


def limit(connection: BaseDatabaseWrapper, *, locks: int, statements: int) -> None:
    """Set how many seconds a lock may be waited for and a statement may take; 0: any number."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{locks}s'")
        cursor.execute(f"SET statement_timeout = '{statements}s'")
