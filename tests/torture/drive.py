"""What drives an installation from outside: payloads over HTTP, sweeps, waiting until all jobs are done."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass

import psycopg
from celery import Celery
from kombu.exceptions import OperationalError as BrokerGone

from tests.torture.processes import PATIENCE, python, until
from tests.torture.stage import Stage

PROXIED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}
RETRY_SECONDS = 0.3


def broker(stage: Stage) -> Celery:
    """A client of the stage's broker, as the web process is one."""
    return Celery(broker=stage.redis_url, broker_connection_timeout=2, set_as_current=False)


def nudge(stage: Stage) -> None:
    """Send the sweep that beat would send within its 15 seconds."""
    with broker(stage) as app:
        try:
            app.send_task("accounts.tasks.sweep_jobs", retry=False, expires=10)
        except BrokerGone:
            return  # killed in this moment: the next one


def jobs_by_state(stage: Stage, database: str) -> dict[str, int]:
    """State -> number of jobs; empty while PostgreSQL does not answer."""
    query = "SELECT state, count(*) FROM accounts_job GROUP BY state"
    return dict(stage.postgres.rows(database, query))


def settle(stage: Stage, database: str, *, seconds: float = PATIENCE) -> None:
    """Until no job waits or runs; a failed one is queued again, as a person would by its button."""
    last_nudge = 0.0

    def is_settled() -> bool:
        nonlocal last_nudge
        states = jobs_by_state(stage, database)
        if states.get("failed"):
            retry_failed(stage, database)
        elif not states.get("queued") and not states.get("running"):
            return True
        if time.monotonic() - last_nudge > 1:
            nudge(stage)
            last_nudge = time.monotonic()
        time.sleep(0.2)
        return False

    until(is_settled, f"all jobs of {database} are done", seconds=seconds)


RETRYING = """
import django
django.setup()
from django.utils import timezone
from accounts.models import Job
from accounts.services import jobs
for job in Job.objects.filter(state="failed").order_by("pk"):
    jobs.retry(job_id=job.pk, now=timezone.now())
"""


def retry_failed(stage: Stage, database: str) -> None:
    """Queue what was given up after five deaths: as the button on the job's page does."""
    run = stage.child(f"retry-{len(stage.started)}", database, python("-c", RETRYING))
    run.wait()


@dataclass
class Clients:
    """Speaks HTTP to a web process as a proxy in front of it would."""

    token: str

    def post(self, port: int, path: str, body: bytes, kind: str) -> tuple[int, bytes]:
        """Status and body of the answer; 0 where there was none."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {**PROXIED, "Authorization": f"Token {self.token}", "Content-Type": kind}
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def send_part(self, port: int, part: bytes, *, seconds: float = 240) -> list[int]:
        """Post a part until it is taken; return the statuses of the calls that were not."""
        failed: list[int] = []

        def is_taken() -> bool:
            path = "/api/v1/usage/service-pings/bulk/"
            status, body = self.post(port, path, part, "application/x-ndjson")
            if status == 200:
                assert json.loads(body)["counts"]["rejected"] == 0
                return True
            failed.append(status)
            time.sleep(RETRY_SECONDS)
            return False

        until(is_taken, "a part is taken in", seconds=seconds)
        return failed


def is_up(stage: Stage, database: str) -> bool:
    try:
        stage.postgres.rows(database, "SELECT 1")
    except psycopg.OperationalError:
        return False
    return True
