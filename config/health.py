"""Whether the process lives, and whether it can do its work: for supervisors and load balancers."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import Empty, Queue
from threading import Lock, Thread
from typing import Any

import redis
from django.conf import settings
from django.db import Error, InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django.views.defaults import server_error

from accounts.models import Heartbeat, Job

# Told, yet no reason to take the web server away: pages and API work without them.
JOB_WAITS_TOO_LONG = 15 * 60  # seconds
SWEEP_IS_LATE = 2 * 60  # seconds: it comes every 15
WORKER_IS_GONE = timedelta(minutes=1)  # it gives a sign every 15 seconds

ANSWER_WITHIN = 3  # seconds: a supervisor asks again, and waits no longer itself
STATEMENT_WITHIN = f"{ANSWER_WITHIN - 1}s"
BROKER_WITHIN = 1
RETRY_AFTER = 5

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """What the database tells; ages in seconds, None where there is nothing."""

    migrations_missing: int
    sweep_age: int | None = None
    worker_count: int = 0
    oldest_job_age: int | None = None


@require_GET
@never_cache
def livez(request: HttpRequest) -> JsonResponse:
    """Asks nothing of the database: a slow one is no reason to restart the web server."""
    return JsonResponse({"status": "ok"})


@require_GET
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """503 while the database does not answer or lacks migrations; tells what else is late."""
    looked = look_at_database()
    if looked is None:
        return JsonResponse(
            {
                "status": "unavailable",
                "database": "does not answer",
                "advice": [
                    "See that the database runs and DATABASE_URL names it; the log has why."
                ],
            },
            status=503,
        )
    answer = verdict(looked, broker=broker_state())
    return JsonResponse(answer, status=200 if answer["status"] == "ok" else 503)


def verdict(look: Look, *, broker: str) -> dict[str, Any]:
    """The answer in words and numbers, with what to do about each part that is not ok."""
    is_beat_late = look.sweep_age is None or look.sweep_age > SWEEP_IS_LATE
    is_job_late = (look.oldest_job_age or 0) > JOB_WAITS_TOO_LONG
    advice = {
        f"Run manage.py migrate: {look.migrations_missing} migrations are missing.": (
            look.migrations_missing > 0
        ),
        "No worker gives a sign of life: start one.": look.worker_count == 0,
        "No sweep comes: see that celery beat runs, once.": is_beat_late and look.worker_count > 0,
        "Jobs wait: see /jobs/ for what holds them, or start more workers.": is_job_late,
        "Redis does not answer: jobs wait in the database until it does.": (
            broker == "does not answer"
        ),
    }
    return {
        "status": "unavailable" if look.migrations_missing else "ok",
        "database": "ok",
        "migrations_missing": look.migrations_missing,
        "broker": broker,
        "beat": "late" if is_beat_late else "ok",
        "beat_age_seconds": look.sweep_age,
        "workers": look.worker_count,
        "jobs": "late" if is_job_late else "ok",
        "oldest_queued_job_seconds": look.oldest_job_age,
        "advice": [words for words, applies in advice.items() if applies],
    }


def look_at_database() -> Look | None:
    """None where the database does not answer in time. SQLite is a file: it answers or fails."""
    if connection.vendor == "sqlite":
        return _look_or_none()
    return _waited.for_answer(_look_or_none)


def _look_or_none() -> Look | None:
    try:
        _limit_statements()
        return look(timezone.now())
    except Error as error:
        logger.warning("The database does not answer: %s", error)
        return None


def _limit_statements() -> None:
    if connection.vendor == "postgresql":  # on the connection of the one who waits
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, false)", [STATEMENT_WITHIN])


def look(now: datetime) -> Look:
    """Ask how the migrations, the sweep, the workers and the jobs stand: a few queries."""
    missing = _migrations_missing()
    if missing:
        return Look(missing)  # what else is asked for may not be there yet
    swept = Heartbeat.objects.filter(name=Heartbeat.SWEEP).first()
    workers = Heartbeat.objects.filter(name__startswith=Heartbeat.WORKER)
    return Look(
        migrations_missing=0,
        sweep_age=_age(swept.at, now) if swept else None,
        worker_count=workers.filter(at__gt=now - WORKER_IS_GONE).count(),
        oldest_job_age=oldest_job_age(now),
    )


def oldest_job_age(now: datetime) -> int | None:
    """Seconds that the job which waits longest is due; None where none waits."""
    oldest = Job.objects.due(now).filter(parent=None).order_by("created_at").first()
    return _age(oldest.created_at, now) if oldest else None


def broken(request: HttpRequest) -> HttpResponse:
    """The page of an error; 503 where it is the database's, which may be back in a moment."""
    is_away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    page = server_error(request)
    if is_away:
        page.status_code = 503
        page["Retry-After"] = str(RETRY_AFTER)
    return page


def _migrations_missing() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _age(at: datetime, now: datetime) -> int:
    return max(0, int((now - at).total_seconds()))  # another machine's clock may be ahead


def broker_state() -> str:
    if settings.EMBEDDED:
        return "none"
    broker = redis.Redis.from_url(
        settings.CELERY_BROKER_URL,
        socket_connect_timeout=BROKER_WITHIN,
        socket_timeout=BROKER_WITHIN,
    )
    try:
        broker.ping()
    except redis.RedisError:
        return "does not answer"
    else:
        return "ok"
    finally:
        broker.close()


class Waiting:
    """Asks in a thread of its own, one at a time, on a connection of its own, and waits no longer.

    A database that hangs holds a thread of that kind, one at most, and never one that serves.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._free = Lock()

    def for_answer(self, ask: Callable[[], Look | None]) -> Look | None:
        if not self._free.acquire(timeout=self._seconds):
            return None
        answers: Queue[Look | None] = Queue()
        Thread(target=self._ask, args=(ask, answers), name="readyz", daemon=True).start()
        try:
            return answers.get(timeout=self._seconds)
        except Empty:
            logger.warning("The database has not answered within %s seconds.", self._seconds)
            return None

    def _ask(self, ask: Callable[[], Look | None], answers: Queue[Look | None]) -> None:
        try:
            answers.put(ask())
        finally:
            connection.close()
            self._free.release()


_waited = Waiting(ANSWER_WITHIN)
