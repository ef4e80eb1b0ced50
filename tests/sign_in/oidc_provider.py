"""A real provider of OpenID Connect: another process, on a port of this machine."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from django.test import Client

DEADLINE_SECONDS = 60


@dataclass(frozen=True)
class Provider:
    url: str

    def knows(self, subject: str, **claims: Any) -> None:
        """Make, or change, a person of the provider."""
        answer = requests.put(f"{self.url}/users/{subject}", json=claims, timeout=10)
        answer.raise_for_status()

    def lets_in(self, address: str, subject: str) -> str:
        """Sign in at the page that Foothold sent to; return where that sends back to."""
        answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"

    def declines(self, address: str) -> str:
        answer = requests.post(address, data={"action": "deny"}, allow_redirects=False, timeout=10)
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"


@contextmanager
def running() -> Iterator[Provider]:
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    provider = Provider(f"http://127.0.0.1:{port}")
    try:
        _wait_for(provider, process)
        yield provider
    finally:
        process.terminate()
        process.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_for(provider: Provider, process: subprocess.Popen[bytes]) -> None:
    started = time.monotonic()
    while process.poll() is None and time.monotonic() - started < DEADLINE_SECONDS:
        try:
            requests.get(f"{provider.url}/jwks", timeout=1).raise_for_status()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the identity provider did not start")


def leave_for(client: Client, page: str = "") -> str:
    """Press the button; return the address at the provider that it leads to."""
    answer = client.get("/login/sso/oidc/", {"next": page} if page else {})
    assert answer.status_code == 302, answer.text
    return str(answer["Location"])
