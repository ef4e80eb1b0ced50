"""Numbers for Prometheus. Imported only where METRICS_TOKEN is set: its library is an extra.

What the web processes count lies in PROMETHEUS_MULTIPROC_DIR, a file for each, and is added up when
it is asked for; all else is asked of the database at that moment, whoever wrote it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from accounts.models import Job
from config import health
from config.limits import measures
from playbooks.models import CallToAction
from usage.models import CardDrift, Instance, RawPayload

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}  # a caller may invent others
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

REQUESTS = Counter(
    "foothold_requests", "Requests answered, by the name of the URL.", ("method", "route", "status")
)
REQUEST_SECONDS = Histogram(
    "foothold_request_seconds", "Time to answer.", ("method", "route"), buckets=BUCKETS
)


class RequestMetricsMiddleware:
    """Counts each request and its time by the name of the URL, never by its path."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        method = request.method if request.method in METHODS else "other"
        route = request.resolver_match.view_name if request.resolver_match else ""
        REQUESTS.labels(method, route, response.status_code).inc()
        REQUEST_SECONDS.labels(method, route).observe(time.perf_counter() - started)
        return response


def exposition() -> bytes:
    """All numbers in the text format of Prometheus."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # it registers itself
    registry.register(FromDatabase(timezone.now()))
    return generate_latest(registry)


class FromDatabase(Collector):
    def __init__(self, now: datetime) -> None:
        self._now = now

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())  # else each registration would ask everything once more

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from _background(self._now)
        yield from _data(self._now)
        yield from _limits(self._now)


def _background(now: datetime) -> Iterator[GaugeMetricFamily]:
    jobs = GaugeMetricFamily("foothold_jobs", "Jobs that are kept.", labels=("kind", "state"))
    for kind, state, count in (
        Job.objects.order_by().values_list("kind", "state").annotate(Count("pk"))
    ):
        jobs.add_metric((kind, state), count)
    yield jobs
    look = health.look(now)
    yield _gauge("workers", "Workers that gave a sign of life within a minute.", look.worker_count)
    yield _gauge("sweep_age_seconds", "Since the last sweep for lost jobs.", look.sweep_age)
    yield _gauge(
        "oldest_due_job_seconds", "How long the oldest due job waits.", look.oldest_job_age or 0
    )


def _data(now: datetime) -> Iterator[GaugeMetricFamily]:
    ctas = GaugeMetricFamily(
        "foothold_live_ctas", "Calls to action not closed.", labels=("status",)
    )
    live = CallToAction.objects.live().order_by().values_list("status")
    for status, count in live.annotate(Count("pk")):
        ctas.add_metric((status,), count)
    yield ctas
    unmapped = Instance.objects.filter(subscription=None).count()
    yield _gauge("unmapped_instances", "Instances that belong to no subscription.", unmapped)
    newest = (
        RawPayload.objects.order_by("-recorded_at").values_list("recorded_at", flat=True).first()
    )
    age = (now - newest).total_seconds() if newest else None
    yield _gauge("newest_payload_age_seconds", "Since the newest payload was recorded.", age)
    drifts = CardDrift.objects.count()
    yield _gauge("card_drifts", "Score cards that came out otherwise when made anew.", drifts)
    rows = GaugeMetricFamily("foothold_rows", "Rows of a table, estimated.", labels=("table",))
    for table, count in sorted(measures.row_estimates().items()):
        rows.add_metric((table,), count)
    yield rows
    yield _gauge("database_bytes", "Size of the database.", measures.database_bytes())


def _limits(now: datetime) -> Iterator[GaugeMetricFamily]:
    used = GaugeMetricFamily(
        "foothold_limit_used_ratio", "Share of a limit that is used; 0.8: act.", labels=("limit",)
    )
    for group in measures.groups(now):
        for figure in group.figures:
            if figure.share is not None:
                used.add_metric((figure.key,), figure.share)
    yield used


def _gauge(name: str, words: str, value: float | None) -> GaugeMetricFamily:
    """A number without labels; without a sample where there is none: missing is not zero."""
    gauge = GaugeMetricFamily(f"foothold_{name}", words)
    if value is not None:
        gauge.add_metric((), value)
    return gauge
