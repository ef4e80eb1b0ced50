"""The Celery application. The database holds the jobs; a message only wakes a worker."""

from __future__ import annotations

import os
from logging.config import dictConfig
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("foothold")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def log_as_the_web_does(**_signal: Any) -> None:
    """Keep Celery from making a format of its own: its lines too name the request and the job."""
    dictConfig(app.conf.LOGGING)
