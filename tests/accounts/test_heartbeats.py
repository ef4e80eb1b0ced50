from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.db import connection

from accounts import tasks
from accounts.models import Heartbeat
from accounts.pulse import Pulse
from accounts.services import heartbeats

pytestmark = pytest.mark.django_db


def test_a_sign_of_life_is_one_row_however_often_it_comes(now) -> None:
    heartbeats.note("worker one", now=now)
    heartbeats.note("worker one", now=now + timedelta(minutes=1))
    assert Heartbeat.objects.get().at == now + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        pytest.param(
            timedelta(seconds=2), timedelta(0), id="a sweep every two seconds is one sign"
        ),
        pytest.param(timedelta(seconds=15), timedelta(seconds=15), id="a later one is another"),
        pytest.param(-timedelta(hours=1), -timedelta(hours=1), id="a clock that was put right"),
    ],
)
def test_a_sweep_is_noted_now_and_then(now, later, expected) -> None:
    heartbeats.note_sweep(now=now)
    heartbeats.note_sweep(now=now + later)
    assert Heartbeat.objects.get().at == now + expected


def test_a_worker_that_was_killed_is_forgotten_after_a_day(now) -> None:
    heartbeats.note("worker killed", now=now - timedelta(hours=25))
    heartbeats.note("worker alive", now=now - timedelta(hours=1))
    heartbeats.note_sweep(now=now)
    assert [str(beat)[:12] for beat in Heartbeat.objects.all()] == ["sweep: 2026-", "worker alive"]


def test_sweeping_leaves_a_sign_of_life() -> None:
    tasks.sweep_jobs()
    assert Heartbeat.objects.filter(name=Heartbeat.SWEEP).exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_there_while_it_runs_and_gone_after_it() -> None:
    pulse = Pulse("one")
    pulse.start()
    deadline = time.monotonic() + 10
    while not Heartbeat.objects.filter(name="worker one").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    pulse.stop()
    assert not Heartbeat.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_does_not_answer_does_not_end_a_worker(caplog) -> None:
    with connection.schema_editor() as editor:
        editor.delete_model(Heartbeat)
    try:
        pulse = Pulse("one")
        pulse.start()
        pulse.stop()
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(Heartbeat)
    assert "could not be written" in caplog.text
