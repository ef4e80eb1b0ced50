"""The embedded mode's worker and beat: threads of the one web process, on a broker in its memory."""

from __future__ import annotations

import logging
import os
import signal
import socket
from threading import Thread
from typing import TYPE_CHECKING

from celery import current_app
from celery.beat import Scheduler, Service
from celery.worker import WorkController, state

from accounts import tasks
from accounts.pulse import Pulse
from accounts.stopping import stopping

if TYPE_CHECKING:
    from gunicorn.workers.base import Worker

CONCURRENT_TASKS = 2  # a long job must not keep the sweep from running
STOP_WITHIN = 15  # seconds; what is cut off then is found by a later sweep

logger = logging.getLogger(__name__)


class EmbeddedWorker:
    """One Celery worker and one beat. `stop` ends both; a job that runs gives itself back."""

    def __init__(self) -> None:
        self._worker = Thread(target=self._work, name="worker", daemon=True)
        # the plain scheduler keeps its schedule in memory: no file beside the code
        self._beat = Service(current_app, scheduler_cls=Scheduler)
        self._beat_thread = Thread(target=self._beat.start, name="beat", daemon=True)
        self._pulse = Pulse(f"embedded@{socket.gethostname()}")

    def start(self) -> None:
        stopping.renew()  # the process before this one may have been told to stop
        self._pulse.start()
        self._worker.start()
        self._beat_thread.start()
        tasks.sweep_jobs.delay()  # what was queued or left over when the last process ended

    def stop(self) -> None:
        stopping.set()
        self._beat.stop()
        state.should_stop = os.EX_OK  # type: ignore[assignment]  # its stub knows the default only
        self._worker.join(STOP_WITHIN)
        self._pulse.stop()

    def _work(self) -> None:
        worker = WorkController(
            app=current_app,
            pool_cls="threads",
            concurrency=CONCURRENT_TASKS,
            without_gossip=True,
            without_heartbeat=True,
            without_mingle=True,
        )
        worker.start()
        if not stopping.is_set():
            logger.critical("The worker thread has ended: this process is replaced.")
            os.kill(os.getpid(), signal.SIGTERM)


def start_in(server: Worker) -> None:
    """Hook of gunicorn, post_worker_init: threads do not survive a fork, so start after it."""
    server.background = EmbeddedWorker()
    server.background.start()


def stop_in(_arbiter: object, server: Worker) -> None:
    """Hook of gunicorn, worker_exit: it is told once, but may be signalled again meanwhile."""
    background: EmbeddedWorker | None = getattr(server, "background", None)
    if background is None:  # it never came to start
        return
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    background.stop()
