from __future__ import annotations

import time
from datetime import timedelta
from threading import Event

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.services import heartbeats
from config import health
from config.health import Look, verdict
from tests.factories import make_job

ALL_IS_WELL = Look(migrations_missing=0, sweep_age=4, worker_count=2)


def away_at(table: str):
    """A database that goes away when this table is asked for."""

    def execute(run, query, params, many, context):
        if table in query:
            raise OperationalError("server closed the connection unexpectedly")
        return run(query, params, many, context)

    return connection.execute_wrapper(execute)


def test_being_alive_asks_nothing_of_the_database(client) -> None:
    answer = client.get("/livez")  # without the mark django_db a query would raise
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db(transaction=True)  # it may ask on a connection of its own
def test_ready_with_all_migrations_and_a_worker_and_no_job_waiting(client) -> None:
    heartbeats.note_sweep(now=timezone.now())
    heartbeats.note("worker one", now=timezone.now())
    answer = client.get("/readyz")
    told = answer.json()
    assert answer.status_code == 200
    assert told.pop("broker") in {"none", "ok"}  # by what these tests run on
    assert told.pop("beat_age_seconds") <= 2
    assert told == {
        "status": "ok",
        "database": "ok",
        "migrations_missing": 0,
        "beat": "ok",
        "workers": 1,
        "jobs": "ok",
        "oldest_queued_job_seconds": None,
        "advice": [],
    }


@pytest.mark.django_db
def test_it_tells_how_long_the_oldest_job_waits(now) -> None:
    for minutes in (5, 20):
        make_job(created_at=now - timedelta(minutes=minutes))
    assert health.look(now).oldest_job_age == 20 * 60


@pytest.mark.django_db
def test_a_job_that_is_kept_back_does_not_wait(now) -> None:
    an_hour = timedelta(hours=1)
    make_job(created_at=now - an_hour, not_before=now + an_hour)
    assert health.look(now).oldest_job_age is None


@pytest.mark.django_db
def test_a_worker_that_went_silent_is_not_counted(now) -> None:
    heartbeats.note("worker one", now=now - timedelta(minutes=2))
    heartbeats.note("worker two", now=now)
    assert health.look(now).worker_count == 1


@pytest.mark.django_db
def test_a_clock_that_is_ahead_makes_no_age_below_zero(now) -> None:
    heartbeats.note_sweep(now=now + timedelta(seconds=5))
    assert health.look(now).sweep_age == 0


@pytest.mark.django_db
def test_not_ready_while_a_migration_is_missing(client, monkeypatch) -> None:
    monkeypatch.setattr(health, "_migrations_missing", lambda: 2)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["migrations_missing"]) == (503, 2)


@pytest.mark.django_db
def test_not_ready_while_the_database_does_not_answer(client, monkeypatch, caplog) -> None:
    def down() -> int:
        raise OperationalError("password of user foothold at db.internal is wrong")

    monkeypatch.setattr(health, "_migrations_missing", down)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "does not answer")
    assert "db.internal" not in answer.text
    assert "db.internal" in caplog.text


@pytest.mark.parametrize(
    ("look", "part", "advice"),
    [
        pytest.param(Look(2), "migrations_missing", "Run manage.py migrate: 2", id="old tables"),
        pytest.param(Look(0, sweep_age=500), "beat", "No worker", id="nobody sweeps"),
        pytest.param(Look(0, None, 0), "beat", "No worker", id="nobody ever swept"),
        pytest.param(Look(0, 500, worker_count=1), "beat", "celery beat", id="nobody sends sweeps"),
        pytest.param(Look(0, 4, 1, oldest_job_age=901), "jobs", "Jobs wait", id="too much to do"),
    ],
)
def test_what_is_not_well_is_told_with_what_to_do(look, part, advice) -> None:
    told = verdict(look, broker="ok")
    assert told[part] != verdict(ALL_IS_WELL, broker="ok")[part]
    assert any(advice in words for words in told["advice"])


def test_what_waits_a_while_is_not_late() -> None:
    just = Look(0, health.SWEEP_IS_LATE, 1, health.JOB_WAITS_TOO_LONG)
    told = verdict(just, broker="none")
    assert (told["beat"], told["jobs"], told["advice"]) == ("ok", "ok", [])


def test_a_redis_that_is_down_is_told_and_takes_nothing_away(settings) -> None:
    settings.EMBEDDED = False
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    told = verdict(ALL_IS_WELL, broker=health.broker_state())
    assert (told["status"], told["broker"]) == ("ok", "does not answer")
    assert "Redis" in told["advice"][0]


@pytest.mark.services
def test_a_redis_that_runs_answers() -> None:
    assert health.broker_state() == "ok"


def test_a_database_that_hangs_is_waited_for_only_so_long() -> None:
    hanging, asked = Event(), []

    def ask() -> None:
        asked.append(1)
        hanging.wait(10)

    waiting = health.Waiting(0.1)
    started = time.monotonic()
    try:
        assert waiting.for_answer(ask) is None
        assert waiting.for_answer(ask) is None  # and no second one is sent after the first
        assert time.monotonic() - started < 5
        assert asked == [1]
    finally:
        hanging.set()


def test_after_it_has_answered_again_all_is_as_before() -> None:
    waiting = health.Waiting(5)
    assert waiting.for_answer(lambda: ALL_IS_WELL) == ALL_IS_WELL
    assert waiting.for_answer(lambda: ALL_IS_WELL) == ALL_IS_WELL


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_lock_on_the_table_of_migrations_does_not_hold_it_up(client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
        try:
            started = time.monotonic()
            assert client.get("/readyz").status_code == 503
            assert time.monotonic() - started < 2 * health.ANSWER_WITHIN
        finally:
            cursor.execute("ROLLBACK")


@pytest.mark.django_db
def test_a_page_says_later_where_the_database_is_away(csm_client) -> None:
    csm_client.raise_request_exception = False
    with away_at("playbooks_calltoaction"):
        answer = csm_client.get("/queue/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Something broke" in answer.content.decode()


@pytest.mark.django_db
def test_a_page_that_is_wrong_is_no_matter_of_waiting(csm_client, monkeypatch) -> None:
    csm_client.raise_request_exception = False
    monkeypatch.setattr("playbooks.views.queue.timezone.now", lambda: "no time")
    answer = csm_client.get("/queue/")
    assert (answer.status_code, "Retry-After" in answer) == (500, False)


@pytest.mark.django_db
def test_the_api_says_later_where_the_database_is_away(csm_client) -> None:
    csm_client.raise_request_exception = False
    with away_at("playbooks_calltoaction"):
        answer = csm_client.get("/api/v1/ctas/")
    assert answer.status_code == 503
    assert answer.json()["errors"][0]["code"] == "database_away"


@pytest.mark.django_db
def test_a_part_of_a_long_job_is_not_late(client) -> None:
    """Its job runs: what is left of it waits by design."""
    make_job(
        parent=make_job(created_at=timezone.now()), created_at=timezone.now() - timedelta(hours=1)
    )
    assert client.get("/readyz").json()["jobs"] == "ok"
