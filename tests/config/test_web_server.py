"""gunicorn as production runs it."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Iterator
from subprocess import Popen
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.processes import free_port, start, until

pytestmark = pytest.mark.slow


def answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/livez", timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, ConnectionError):
        return False


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def server(port: int) -> Iterator[Popen[str]]:
    process = start(
        "-m", "gunicorn", "-c", "python:config.gunicorn", "config.wsgi",
        PORT=str(port), LOG_FORMAT="json", DATABASE_URL="sqlite:////nonexistent/none.sqlite3", REDIS_URL="",
    )  # fmt: skip
    try:
        assert until(lambda: answers(port), seconds=60)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        with process:
            pass


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
    with urlopen(f"http://127.0.0.1:{port}/login/?next=/secret/", timeout=10) as answer:
        given = answer.headers["X-Request-ID"]
    server.terminate()
    output, _ = server.communicate(timeout=20)
    lines = [json.loads(line) for line in output.splitlines()]
    told = [line for line in lines if line.get("request_id") == given]
    assert [(line["event"], line["path"], line["status"]) for line in told] == [
        ("request", "/login/", 200)
    ]
