"""Child processes that are killed by their id, and end with the test run whatever becomes of it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 20
PATIENCE = 180  # seconds; a machine may be busy, and a wait that is over early is short anyway


class TookTooLong(AssertionError):
    """Something that was waited for did not come."""


def until(condition: Callable[[], bool], what: str, *, seconds: float = PATIENCE) -> None:
    """Wait for a condition; raise TookTooLong with what was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TookTooLong(f"After {seconds:g} s still not: {what}")
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Child:
    """One program in a session of its own, started again as often as it is killed.

    The kernel kills it when this process dies. What it says goes to a file.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        variables: Mapping[str, str],
        user: str = "",
    ) -> None:
        self.name = name
        self.command = [*bound_to_us(user), *command]
        self.log = log
        self.variables = dict(variables)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Child:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return self

    @property
    def pid(self) -> int:
        assert self.process is not None, f"{self.name} was never started"
        return self.process.pid

    @property
    def lives(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def children(self) -> list[int]:
        """Ids of the processes that it has forked."""
        listed = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        with suppress(OSError):
            return [int(pid) for pid in listed.read_text().split()]
        return []

    def kill(self) -> bool:
        """kill -9 the process alone, as the machine would; return whether it lived."""
        lived = self.lives
        if lived:
            os.kill(self.pid, signal.SIGKILL)
        if self.process is not None:
            self.process.wait(STOP_SECONDS)
        return lived

    def kill_all(self) -> bool:
        """kill -9 the process and all that it has forked; return whether it lived."""
        lived = self.lives  # asked before: it may be gone at once
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.kill()
        return lived

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Tell it to end; kill what does not. Returns its exit code."""
        assert self.process is not None
        if self.lives:
            os.kill(self.pid, number)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        self.kill_all()
        return int(self.process.returncode)

    def wait(self, *, seconds: float = PATIENCE) -> int:
        """Until it ends by itself; raise TookTooLong."""
        assert self.process is not None
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired as late:
            self.kill_all()
            raise TookTooLong(f"{self.name} did not end in {seconds:g} s:\n{self.said()}") from late

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""


def bound_to_us(user: str = "") -> list[str]:
    """A prefix: as that user, and killed by the kernel when the thread that started it is gone."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return []
    change = ["--reuid", user, "--regid", user, "--clear-groups"] if user else []
    return [setpriv, *change, "--pdeathsig", "KILL"]


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]
