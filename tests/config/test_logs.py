"""A log line: what it carries, and that a program can read it."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from structlog.contextvars import bound_contextvars

from config import logs
from tests.architecture.repository import ROOT

Line = Callable[..., str]


@pytest.fixture
def rendered() -> Line:
    """Render what is logged as the handlers of the settings would."""

    def render(record: logging.LogRecord, *, as_json: bool = True) -> str:
        formatter = logs.configuration(level="INFO", as_json=as_json)["formatters"]["line"]
        made = {**formatter}
        return str(made.pop("()")(**made).format(record))

    return render


def record(
    message: str = "Job %s is done.", *arguments: object, **fields: Any
) -> logging.LogRecord:
    return logging.LogRecord(
        "accounts.jobs", logging.WARNING, __file__, 1, message, arguments or (7,),
        fields.pop("exc_info", None), **fields,
    )  # fmt: skip


def test_a_line_is_one_json_object_with_time_level_logger_and_event(rendered) -> None:
    text = rendered(record())
    line = json.loads(text)
    assert list(line) == ["time", "level", "logger", "event"]
    assert datetime.fromisoformat(line.pop("time")).tzname() == "UTC"
    assert line == {"level": "warning", "logger": "accounts.jobs", "event": "Job 7 is done."}


def test_what_is_bound_is_in_the_line(rendered) -> None:
    with bound_contextvars(request_id="abc", job_id=7):
        line = json.loads(rendered(record()))
    assert (line["request_id"], line["job_id"]) == ("abc", 7)


def test_a_line_break_in_a_message_makes_no_second_line(rendered) -> None:
    assert "\n" not in rendered(record("%s", 'name\n{"level": "forged"}'))


def test_only_fields_of_the_access_line_are_taken_over(rendered) -> None:
    told = record()
    told.__dict__ |= {"status": 200, "request": object(), "password": "hunter2"}
    line = json.loads(rendered(told))
    assert line["status"] == 200
    assert not {"request", "password"} & set(line)


def broken() -> logging.LogRecord:
    """A record with a traceback, from a function that holds a secret."""
    secret = "hunter2"
    try:
        raise ZeroDivisionError(f"division by {len(secret) - 7}")
    except ZeroDivisionError as error:
        return record(exc_info=(type(error), error, error.__traceback__))


def test_a_traceback_is_a_field_with_its_frames_and_without_local_values(rendered) -> None:
    text = rendered(broken())
    (fault,) = json.loads(text)["exception"]
    assert (fault["exc_type"], fault["exc_value"]) == ("ZeroDivisionError", "division by 0")
    assert fault["frames"][-1]["name"] == "broken"
    assert "hunter2" not in text


def test_text_is_for_people(rendered) -> None:
    with bound_contextvars(request_id="abc"):
        text = rendered(broken(), as_json=False)
    first, *rest = text.splitlines()
    assert "Job 7 is done." in first
    assert "request_id=abc" in first
    assert rest[-1] == "ZeroDivisionError: division by 0"


def test_what_json_does_not_know_is_told_in_words(rendered) -> None:
    with bound_contextvars(day=object):
        assert json.loads(rendered(record()))["day"] == "<class 'object'>"


def test_the_configuration_is_one_that_logging_takes() -> None:
    """In a process of its own: what logging holds is of the whole process."""
    told = (
        "import logging.config; from config import logs;"
        "logging.config.dictConfig(logs.configuration(level='INFO', as_json=True));"
        "logging.getLogger('any').info('it is %s', 'taken')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(ran.stderr)["event"] == "it is taken"


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "text"])
def test_secrets_are_masked_in_message_and_traceback(as_json) -> None:
    masking = logs.configuration(level="INFO", as_json=as_json, secrets=["tell-nobody"])
    made = {**masking["formatters"]["line"]}
    try:
        raise ValueError("password=hunter2")
    except ValueError:
        broken = record("%s knows tell-nobody", "ada", exc_info=sys.exc_info())
    text = made.pop("()")(**made).format(broken)
    assert "ada knows [secret]" in text
    assert "password=[secret]" in text
    assert "hunter2" not in text
