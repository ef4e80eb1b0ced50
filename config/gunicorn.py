"""For `gunicorn -c python:config.gunicorn config.wsgi`: its options may still be given beside it."""

from __future__ import annotations

from accounts import web_server
from config import env, logs

vars().update(
    web_server.options(
        port=env.PORT,
        log_config=logs.configuration(level=env.LOG_LEVEL, as_json=env.LOG_FORMAT == "json"),
    )
)
