"""A server of this machine that takes webhooks, and remembers what it was sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST = "127.0.0.1"


@dataclass
class Receiver:
    """What came, and what is answered: `answers` in turn, the last one from then on, and `retry_after`."""

    port: int = 0
    answers: list[int] = field(default_factory=lambda: [200])
    retry_after: str = ""
    bodies: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/services/T0/of-tests-only"


@contextmanager
def receiver() -> Iterator[Receiver]:
    seen = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            seen.bodies.append(self.rfile.read(length).decode())
            seen.headers.append({name.lower(): value for name, value in self.headers.items()})
            answer = seen.answers.pop(0) if len(seen.answers) > 1 else seen.answers[0]
            self.send_response(answer)
            self.send_header("Content-Length", "0")
            if seen.retry_after:
                self.send_header("Retry-After", seen.retry_after)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    seen.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
