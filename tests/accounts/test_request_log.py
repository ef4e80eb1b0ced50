"""The id of a request: in its answer, its log lines, and those of the work it asks for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing

import pytest
from django.urls import reverse
from structlog.contextvars import bound_contextvars, get_contextvars

from accounts.models import Job
from accounts.services import jobs
from tests.accounts.handlers import HANDLERS
from tests.api import token_client
from tests.factories import make_job

pytestmark = pytest.mark.django_db


class Lines(logging.Handler):
    """Keeps each record with what was bound when it was written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.kept: list[tuple[logging.LogRecord, dict[str, object]]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append((record, dict(get_contextvars())))

    def only(self) -> tuple[logging.LogRecord, dict[str, object]]:
        (line,) = self.kept
        return line


@pytest.fixture
def access() -> Iterator[Lines]:
    yield from listen("foothold.access")


@pytest.fixture
def work() -> Iterator[Lines]:
    yield from listen("accounts.services.jobs")


def listen(name: str) -> Iterator[Lines]:
    logger, lines = logging.getLogger(name), Lines()
    logger.addHandler(lines)
    logger.setLevel(logging.DEBUG)
    yield lines
    logger.removeHandler(lines)
    logger.setLevel(logging.NOTSET)


def fields(record: logging.LogRecord) -> dict[str, object]:
    names = ("method", "path", "route", "status")
    return {name: record.__dict__[name] for name in names}


def test_a_request_is_one_line_that_names_who_what_and_how_it_went(csm, csm_client, access) -> None:
    response = csm_client.get("/jobs/")
    record, bound = access.only()
    assert fields(record) == {
        "method": "GET", "path": "/jobs/", "route": "accounts:jobs", "status": 200,
    }  # fmt: skip
    assert record.__dict__["duration_ms"] > 0
    assert bound == {"request_id": response["X-Request-ID"], "user_id": csm.pk}


def test_nothing_stays_bound_for_the_next_request(csm_client) -> None:
    csm_client.get("/jobs/")
    assert get_contextvars() == {}


def test_a_token_is_told_by_its_user(csm, access) -> None:
    token_client(csm).get("/api/v1/accounts/")
    _, bound = access.only()
    assert bound["user_id"] == csm.pk


@pytest.mark.parametrize("sent", ["abc-123_X.y", "x" * 64])
def test_an_id_that_a_proxy_gave_is_kept(client, sent) -> None:
    assert client.get("/livez", headers={"X-Request-ID": sent})["X-Request-ID"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 65, "two words", 'a"b', "a\tb", "é"])
def test_an_id_that_is_no_plain_token_is_replaced(client, sent) -> None:
    given = client.get("/livez", headers={"X-Request-ID": sent})["X-Request-ID"]
    assert given != sent
    assert len(given) == 32


def test_the_query_is_not_logged(csm_client, access) -> None:
    csm_client.get("/portfolio/", {"q": "hunter2"})
    record, _ = access.only()
    assert "hunter2" not in str(record.__dict__)


def test_a_token_in_a_path_is_not_logged(client, access) -> None:
    client.get(reverse("password_reset_confirm", args=["MQ", "c9x-hunter2"]))
    record, _ = access.only()
    assert record.__dict__["path"] == "/reset/MQ/[hidden]/"


@pytest.mark.parametrize(
    ("path", "level"),
    [
        pytest.param("/livez", logging.DEBUG, id="a probe"),
        pytest.param("/static/accounts/app.css", logging.DEBUG, id="a file"),
        pytest.param("/static/nothing.css", logging.INFO, id="a file that is not there"),
        pytest.param("/nothing/", logging.INFO, id="no page"),
    ],
)
def test_what_is_asked_all_the_time_is_logged_for_debugging_only(
    client, access, path, level
) -> None:
    with closing(client.get(path)):  # a file is sent from an open one
        assert access.only()[0].levelno == level


def test_a_job_keeps_the_id_of_the_request_that_asked_for_it(admin_client, settings, now) -> None:
    settings.JOB_HANDLERS = HANDLERS
    with bound_contextvars(request_id="req-1"):
        job = jobs.enqueue(kind="succeed", params={}, now=now)
    assert Job.objects.get(pk=job.pk).request_id == "req-1"


def test_the_lines_of_a_job_name_it_its_attempt_and_its_request(settings, work) -> None:
    settings.JOB_HANDLERS = HANDLERS
    job = make_job(kind="succeed", attempts=1, request_id="req-1")
    jobs.run(job.pk)
    assert {bound["request_id"] for _, bound in work.kept} == {"req-1"}
    assert work.kept[-1][1] == {
        "job_id": job.pk, "job_kind": "succeed", "attempt": 2, "request_id": "req-1",
    }  # fmt: skip
    assert get_contextvars() == {}
