from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from config import health
from tests.factories import make_job


def test_being_alive_asks_nothing_of_the_database(client) -> None:
    answer = client.get("/livez")  # without the mark django_db a query would raise
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_with_all_migrations_and_no_job_waiting(client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "database": "ok",
        "migrations_missing": 0,
        "oldest_queued_job_seconds": None,
        "jobs": "ok",
    }


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "verdict"), [(1, "ok"), (20, "late")])
def test_it_tells_how_long_the_oldest_job_waits(client, minutes, verdict) -> None:
    make_job(created_at=timezone.now() - timedelta(minutes=minutes))
    answer = client.get("/readyz").json()
    assert answer["oldest_queued_job_seconds"] == pytest.approx(minutes * 60, abs=5)
    assert (answer["status"], answer["jobs"]) == ("ok", verdict)


@pytest.mark.django_db
def test_a_job_that_is_kept_back_is_not_late(client) -> None:
    an_hour = timedelta(hours=1)
    make_job(created_at=timezone.now() - an_hour, not_before=timezone.now() + an_hour)
    assert client.get("/readyz").json()["jobs"] == "ok"


@pytest.mark.django_db
def test_not_ready_while_a_migration_is_missing(client, monkeypatch) -> None:
    monkeypatch.setattr(health, "_migrations_missing", lambda: 2)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["migrations_missing"]) == (503, 2)


@pytest.mark.django_db
def test_not_ready_while_the_database_does_not_answer(client, monkeypatch) -> None:
    def down() -> int:
        raise OperationalError("password of user foothold at db.internal is wrong")

    monkeypatch.setattr(health, "_migrations_missing", down)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "database": "does not answer"}
