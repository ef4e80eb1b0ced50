"""gunicorn as production runs it."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from subprocess import Popen

import pytest

from tests.processes import free_port, manage, start, until

pytestmark = pytest.mark.slow

TOKEN = "t" * 32


@dataclass
class Answer:
    status: int
    headers: HTTPMessage
    text: str


def get(port: int, path: str, **headers: str) -> Answer:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as caller:
        caller.request("GET", path, headers=headers)
        response = caller.getresponse()
        return Answer(response.status, response.headers, response.read().decode())


def answers(port: int) -> bool:
    try:
        return get(port, "/livez").status == 200
    except OSError:
        return False


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('web') / 'foothold.sqlite3'}"
    migrating = manage("migrate", "-v0", DATABASE_URL=url)
    output, _ = migrating.communicate(timeout=120)
    assert migrating.returncode == 0, output
    return url


@pytest.fixture
def server(port: int, database: str) -> Iterator[Popen[str]]:
    process = start(
        "-m", "gunicorn", "-c", "python:config.gunicorn", "config.wsgi",
        PORT=str(port), LOG_FORMAT="json", DATABASE_URL=database, REDIS_URL="", METRICS_TOKEN=TOKEN,
        WEB_CONCURRENCY="3",
    )  # fmt: skip
    try:
        assert until(lambda: answers(port), seconds=60)
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_a_stop_lets_a_request_under_way_come_to_its_end(server, port) -> None:
    body = b"username=ada%40foothold.example"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as caller:
        caller.sendall(
            b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body[:5])
        )
        time.sleep(0.5)  # until a thread has it and waits for the rest
        server.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        caller.sendall(body[5:])
        answer = b"".join(iter(lambda: caller.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 403 ")  # the form's token is missing, and the page says so
    assert answer.rstrip().endswith(b"</html>")
    assert server.wait(timeout=20) == 0


def test_every_line_that_it_writes_is_json_and_no_request_is_told_twice(server, port) -> None:
    given = get(port, "/login/?next=/secret/").headers["X-Request-ID"]
    server.terminate()
    output, _ = server.communicate(timeout=20)
    lines = [json.loads(line) for line in output.splitlines()]
    told = [line for line in lines if line.get("request_id") == given]
    assert [(line["event"], line["path"], line["status"]) for line in told] == [
        ("request", "/login/", 200)
    ]


@pytest.mark.usefixtures("server")
def test_the_counts_of_all_processes_are_added_up(port) -> None:
    for _ in range(12):
        assert get(port, "/login/").status == 200
    line = 'foothold_requests_total{method="GET",route="login",status="200"} 12.0'
    for _ in range(3):  # whichever process answers
        told = get(port, "/metrics", Authorization=f"Bearer {TOKEN}")
        assert line in told.text.splitlines()
