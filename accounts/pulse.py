"""A worker's sign of life, for as long as its main process runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from django.db import Error, connection
from django.utils import timezone

from accounts.models import Heartbeat
from accounts.services import heartbeats

logger = logging.getLogger(__name__)

LONGEST_NAME = 120


class Pulse:
    """A thread that notes the worker as alive every 15 seconds, and forgets it at the end."""

    def __init__(self, worker: str) -> None:
        self.name = f"{Heartbeat.WORKER}{worker}"[:LONGEST_NAME]
        self._ended = Event()
        self._thread = Thread(target=self._beat, name="pulse", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(timeout=5)

    def _beat(self) -> None:
        while True:
            self._try(lambda: heartbeats.note(self.name, now=timezone.now()))
            if self._ended.wait(heartbeats.EVERY.total_seconds()):
                break
        self._try(lambda: heartbeats.forget(self.name))

    def _try(self, step: Callable[[], None]) -> None:
        """A database that does not answer now may do so the next time."""
        try:
            step()
        except Error as error:
            logger.warning("The sign of life could not be written: %s", error)
        finally:
            connection.close()  # it is asked too seldom to hold one
