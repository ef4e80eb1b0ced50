"""The settings with one more kind of job: it goes on until a test says that it is enough."""

from __future__ import annotations

from config.settings import *  # noqa: F403 - the settings as they are
from config.settings import JOB_HANDLERS as OURS

JOB_HANDLERS = {**OURS, "go_on": "tests.accounts.handlers.go_on"}
