"""The numbers for Prometheus: who gets them, what they count."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import resolve
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from accounts.services import heartbeats
from config import metrics
from tests.factories import (
    make_account,
    make_cta,
    make_instance,
    make_job,
    make_raw_payload,
    make_rejected_row,
)

pytestmark = pytest.mark.django_db

TOKEN = "t" * 32


@pytest.fixture
def switched_on(settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))


def samples(text: str) -> dict[str, float]:
    """Value by name and labels, as they are written."""
    return {
        sample.name + str(sorted(sample.labels.items()) or ""): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_there_is_no_such_page_unless_it_is_switched_on(client) -> None:
    assert client.get("/metrics").status_code == 404


@pytest.mark.usefixtures("switched_on")
@pytest.mark.parametrize(
    "sent", ["", "Bearer", "Bearer wrong", f"Token {TOKEN}", TOKEN, "Bearer \xe9"]
)
def test_without_the_token_nothing_is_told(client, sent) -> None:
    answer = client.get("/metrics", headers={"Authorization": sent})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert "foothold_" not in answer.text


@pytest.mark.usefixtures("switched_on")
def test_the_numbers_are_in_the_format_of_prometheus(client, now) -> None:
    cta = make_cta(account=make_account())
    make_raw_payload()
    make_job(kind="score", state="failed")
    make_rejected_row()
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    told = samples(answer.text)
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert told["foothold_jobs[('kind', 'score'), ('state', 'failed')]"] == 1
    assert told[f"foothold_live_ctas[('status', '{cta.status}')]"] == 1
    assert told["foothold_workers"] == 0
    assert told["foothold_database_bytes"] > 0
    assert told["foothold_limit_used_ratio[('limit', 'rows.to_mend')]"] == 1 / 10_000
    assert "foothold_rows[('table', 'usage_snapshot')]" in told


def told_by_database(now) -> dict[str, list[float]]:
    return {
        family.name: [sample.value for sample in family.samples]
        for family in metrics.FromDatabase(now).collect()
    }


def test_the_background_is_told_by_age(now) -> None:
    heartbeats.note_sweep(now=now - timedelta(seconds=20))
    heartbeats.note("worker one", now=now)
    make_job(created_at=now - timedelta(minutes=2))
    told = told_by_database(now)
    assert told["foothold_sweep_age_seconds"] == [20]
    assert told["foothold_workers"] == [1]
    assert told["foothold_oldest_due_job_seconds"] == [120]


def test_what_there_is_not_has_no_number(now) -> None:
    told = told_by_database(now)
    assert told["foothold_sweep_age_seconds"] == []
    assert told["foothold_newest_payload_age_seconds"] == []
    assert told["foothold_oldest_due_job_seconds"] == [0]


def test_the_data_is_told(now) -> None:
    make_raw_payload(recorded_at=now - timedelta(hours=1), instance=make_instance())
    make_instance(subscription=None)
    told = told_by_database(now)
    assert told["foothold_newest_payload_age_seconds"] == [3600]
    assert told["foothold_unmapped_instances"] == [1]


@pytest.mark.parametrize(
    ("method", "counted"), [("GET", "GET"), ("BREW", "other")], ids=["known", "invented"]
)
def test_requests_are_counted_by_the_name_of_their_url(method, counted) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        request.resolver_match = resolve("/jobs/")
        return HttpResponse(status=207)

    labels = {"method": counted, "route": "accounts:jobs", "status": "207"}
    before = REGISTRY.get_sample_value("foothold_requests_total", labels) or 0
    metrics.RequestMetricsMiddleware(answer)(RequestFactory().generic(method, "/jobs/"))
    assert REGISTRY.get_sample_value("foothold_requests_total", labels) == before + 1
