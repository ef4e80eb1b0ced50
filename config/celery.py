"""The Celery application. The database holds the jobs; a message only wakes a worker."""

from __future__ import annotations

import os
from logging.config import dictConfig
from typing import TYPE_CHECKING, Any

from celery import Celery, signals

from accounts.stopping import stopping

if TYPE_CHECKING:
    from accounts.pulse import Pulse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("foothold")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

_pulses: list[Pulse] = []


@signals.setup_logging.connect
def log_as_the_web_does(**_signal: Any) -> None:
    """Keep Celery from making a format of its own: its lines too name the request and the job."""
    dictConfig(app.conf.LOGGING)


@signals.worker_ready.connect
def give_signs_of_life(sender: Any, **_signal: Any) -> None:
    from accounts.pulse import Pulse  # models are there only when the worker is

    _pulses.append(Pulse(sender.hostname))
    _pulses[-1].start()


@signals.worker_shutting_down.connect
def give_jobs_back(**_signal: Any) -> None:
    """The jobs of a worker that is told to stop go back to the queue at their next beat."""
    stopping.set()


@signals.worker_shutdown.connect
def end_signs_of_life(**_signal: Any) -> None:
    while _pulses:
        _pulses.pop().stop()
