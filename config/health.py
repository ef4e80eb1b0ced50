"""Whether the process lives, and whether it can do its work: for supervisors and load balancers."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.models import Job

JOB_WAITS_TOO_LONG = 15 * 60  # seconds: told, yet no reason to take the web server away


@require_GET
@never_cache
def livez(request: HttpRequest) -> JsonResponse:
    """Asks nothing of the database: a slow one is no reason to restart the web server."""
    return JsonResponse({"status": "ok"})


@require_GET
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """503 while the database does not answer or lacks migrations; tells how long jobs wait."""
    try:
        missing = _migrations_missing()
        waiting = _oldest_queued_seconds()
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "does not answer"}, status=503)
    ready = missing == 0
    answer = {
        "status": "ok" if ready else "unavailable",
        "database": "ok",
        "migrations_missing": missing,
        "oldest_queued_job_seconds": waiting,
        "jobs": "late" if waiting is not None and waiting > JOB_WAITS_TOO_LONG else "ok",
    }
    return JsonResponse(answer, status=200 if ready else 503)


def _migrations_missing() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _oldest_queued_seconds() -> int | None:
    now = timezone.now()
    oldest = Job.objects.due(now).filter(parent=None).order_by("created_at").first()
    return None if oldest is None else int((now - oldest.created_at).total_seconds())
