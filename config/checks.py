"""Settings that are each right and together are not: told at the start, with what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core import checks

LOOPBACK = {"localhost", "127.0.0.1", "[::1]", "testserver"}

POSTGRES_EMBEDDED = checks.Warning(
    "Background work runs inside the web process, on a database that is made for several.",
    hint=(
        "Set REDIS_URL and run celery workers beside the web. Until then run one `manage.py serve` "
        "only: jobs of other web processes wait for its sweep."
    ),
    id="foothold.W001",
)
SQLITE_SHARED = checks.Warning(
    "Several processes write to SQLite: they wait for each other, up to 30 seconds.",
    hint="Set DATABASE_URL to a PostgreSQL, or leave REDIS_URL out and run one process.",
    id="foothold.W002",
)


def broker_and_database(app_configs: Any, **_kwargs: Any) -> Iterable[checks.CheckMessage]:
    """A broker in memory is one process's own; SQLite takes one writer at a time."""
    engine = settings.DATABASES["default"]["ENGINE"]
    return list(misfits(embedded=settings.EMBEDDED, is_sqlite=engine.endswith("sqlite3")))


def misfits(*, embedded: bool, is_sqlite: bool) -> Iterator[checks.CheckMessage]:
    if embedded and not is_sqlite:
        yield POSTGRES_EMBEDDED
    if is_sqlite and not embedded:
        yield SQLITE_SHARED


def debug_beyond_loopback(app_configs: Any, **_kwargs: Any) -> Iterable[checks.CheckMessage]:
    """Debug pages show settings and source to whoever asks."""
    strangers = sorted(set(settings.ALLOWED_HOSTS) - LOOPBACK)
    if not settings.DEBUG or not strangers:
        return []
    return [
        checks.Warning(
            f"DEBUG is on while the pages answer to {', '.join(strangers)}.",
            hint="Leave DEBUG out, and set SECRET_KEY.",
            id="foothold.W003",
        )
    ]
