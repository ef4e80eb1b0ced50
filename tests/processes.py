"""Real processes: commands of ours, waited for and ended."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def until(condition: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(*command: str, **variables: str) -> subprocess.Popen[str]:
    """Start a program of this Python's, both outputs in one pipe."""
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "DEBUG": "1", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # a process group of its own, as a terminal gives it one
    )


def manage(*arguments: str, **variables: str) -> subprocess.Popen[str]:
    """Start a command in embedded mode, unless REDIS_URL is given."""
    return start("manage.py", *arguments, **{"REDIS_URL": "", **variables})
