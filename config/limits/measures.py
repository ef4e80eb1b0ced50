"""What is used: asked of the database's own statistics, so that it is quick however much there is."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_noop

from accounts.models import Job
from config.health import JOB_WAITS_TOO_LONG, oldest_job_age
from config.limits.figures import Figure, Group, Unit
from usage.models import RejectedRow

TABLES_SHOWN = 8
OF_DJANGO = {"auth", "contenttypes"}  # as many rows as there are models: they do not grow
ROWS_TO_MEND = 10_000  # more than anyone looks through: the sender has to mend them
GIGABYTE = 1000**3
LOCAL_HOSTS = {"", "localhost", "127.0.0.1", "::1"}

ROWS = {"sqlite": 2_000_000, "postgresql": 100_000_000}  # see docs/operation.md, Sizing
ROWS_ADVICE = {
    "sqlite": gettext_noop("Move to PostgreSQL: docs/operation.md says how."),
    "postgresql": gettext_noop(
        "Take out months that nobody needs, or see docs/operation.md, Sizing."
    ),
}


def groups(now: datetime) -> list[Group]:
    """All figures; a dozen queries, none that reads a large table."""
    return [
        Group(gettext("Rows"), (*_rows(), _rejected())),
        Group(gettext("Queue"), _queue(now)),
        Group(gettext("Space"), _space()),
        Group(gettext("Connections and keys"), (*_connections(), *_keys())),
    ]


def row_estimates() -> dict[str, int]:
    """Rows by table, about: PostgreSQL's statistics, or SQLite's highest row number."""
    return _estimates_of_postgres() if connection.vendor == "postgresql" else _estimates_of_sqlite()


def database_bytes() -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        return int(cursor.fetchone()[0])


def _rows() -> list[Figure]:
    estimates = row_estimates()
    names = {
        model._meta.db_table: model._meta.verbose_name_plural
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label not in OF_DJANGO
    }
    known = sorted(
        (table for table in estimates if table in names),
        key=lambda table: (-estimates[table], table),
    )
    return [
        Figure(
            key=f"rows.{table}",
            name=str(capfirst(names[table])),
            used=estimates[table],
            limit=settings.LIMIT_ROWS or ROWS[connection.vendor],
            unit=Unit.ROWS,
            advice=gettext(ROWS_ADVICE[connection.vendor]),
            note=gettext("estimated"),
        )
        for table in known[:TABLES_SHOWN]
    ]


def _estimates_of_postgres() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            # reltuples is -1 until the first ANALYZE; the counters begin anew after a crash
            "SELECT relname, greatest(c.reltuples, s.n_live_tup, 0)::bigint"
            " FROM pg_class c JOIN pg_stat_user_tables s USING (relname)"
            " WHERE c.oid = s.relid AND s.schemaname = current_schema()"
        )
        return dict(cursor.fetchall())


def _estimates_of_sqlite() -> dict[str, int]:
    tables = connection.introspection.table_names()
    parts = [
        f"SELECT '{table}', coalesce(max(rowid), 0) FROM {connection.ops.quote_name(table)}"  # noqa: S608
        for table in tables  # names of our own tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


def _rejected() -> Figure:
    return Figure(
        key="rows.to_mend",
        name=gettext("Rejected rows to mend"),
        used=RejectedRow.objects.filter(resolved_at=None)[: ROWS_TO_MEND + 1].count(),
        limit=ROWS_TO_MEND,
        unit=Unit.ROWS,
        advice=gettext("See the Data page for the commonest reason, and have the sender mend it."),
    )


def _queue(now: datetime) -> tuple[Figure, ...]:
    waiting = Job.objects.due(now)[: settings.LIMIT_WAITING_JOBS + 1].count()
    return (
        Figure(
            key="queue.waiting_jobs",
            name=gettext("Jobs that wait"),
            used=waiting,
            limit=settings.LIMIT_WAITING_JOBS,
            unit=Unit.JOBS,
            advice=gettext("Start more workers; see the Jobs page for what keeps failing."),
        ),
        Figure(
            key="queue.oldest_job",
            name=gettext("The oldest of them waits"),
            used=oldest_job_age(now) or 0,
            limit=JOB_WAITS_TOO_LONG,
            unit=Unit.SECONDS,
            advice=gettext(
                "See on /readyz whether a worker and the beat live; start more workers."
            ),
        ),
    )


def _space() -> tuple[Figure, ...]:
    folder = _database_folder()
    disk = _disk_of(folder) if folder else None
    size = database_bytes()
    most = settings.LIMIT_DATABASE_GB * GIGABYTE or (size + disk[1] if disk else None)
    elsewhere = "" if most else gettext("Its disk is not seen from here: set LIMIT_DATABASE_GB.")
    database = Figure(
        key="space.database",
        name=gettext("Database"),
        used=size,
        limit=most,
        unit=Unit.BYTES,
        advice=gettext("Make room or take a larger disk; raise LIMIT_DATABASE_GB with it."),
        note=elsewhere,
    )
    if disk is None:
        return (database,)
    total, free = disk
    return (
        database,
        Figure(
            key="space.disk",
            name=gettext("Disk that the database lies on"),
            used=total - free,
            limit=total,
            unit=Unit.BYTES,
            advice=gettext("Make room now: a full disk stops every ingest."),
        ),
    )


def _database_folder() -> Path | None:
    """Where the database lies, if on this machine and if it may be known."""
    chosen = settings.DATABASES["default"]
    if connection.vendor == "sqlite":
        return Path(chosen["NAME"]).parent
    if chosen.get("HOST", "") not in LOCAL_HOSTS and not chosen["HOST"].startswith("/"):
        return None
    with connection.cursor() as cursor:  # no row for a role that may not read it
        cursor.execute("SELECT setting FROM pg_settings WHERE name = 'data_directory'")
        row = cursor.fetchone()
    return Path(row[0]) if row else None


def _disk_of(folder: Path) -> tuple[int, int] | None:
    """Size and room left, in bytes; None where the folder is not on this machine."""
    try:
        usage = shutil.disk_usage(folder)
    except PermissionError:  # it is there, behind a folder that is its server's own
        return _disk_of(folder.parent)
    except OSError:
        return None
    return usage.total, usage.free


def _connections() -> list[Figure]:
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), current_setting('max_connections')::int"
            " - current_setting('superuser_reserved_connections')::int"
            " FROM pg_stat_activity WHERE backend_type = 'client backend'"
        )
        used, most = cursor.fetchone()
    advice = gettext("Run fewer threads, raise max_connections, or put PgBouncer in between.")
    return [Figure("connections", gettext("Connections"), used, most, Unit.CONNECTIONS, advice)]


def _keys() -> list[Figure]:
    """The sequence that has least left. SQLite counts in 64 bits: it runs out of disk first."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequencename, coalesce(last_value, 0), max_value FROM pg_sequences"
            " WHERE schemaname = current_schema()"
            " ORDER BY coalesce(last_value, 0)::numeric / max_value DESC, sequencename LIMIT 1"
        )
        row = cursor.fetchone()
    advice = gettext("Widen the key of that table to bigint.")
    name = gettext("Keys given out by %(value)s") % {"value": row[0]} if row else ""
    return [Figure("keys", name, row[1], row[2], Unit.IDS, advice)] if row else []
