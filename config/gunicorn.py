"""For `gunicorn -c python:config.gunicorn config.wsgi`: its options may still be given beside it."""

from __future__ import annotations

from accounts import web_server
from config.settings import LOGGING, PORT

vars().update(web_server.options(port=PORT, log_config=LOGGING))
