"""Real workers on a real broker: one account does not wait behind all, and a killed worker loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts import tasks
from accounts.models import Account, Job, Subscription, User
from accounts.services import jobs
from playbooks.models import CallToAction, TriggerRun
from tests import book
from tests.api import ROOT, token_client
from tests.factories import make_plan, make_user
from tests.scoring import BILLABLE, BUILDS
from tests.usage.payloads import HOSTNAME, UUID, line
from usage.models import Instance, ScoreCard, Snapshot
from usage.services.scoring import SHARD_SIZE

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ACCOUNTS = 40  # each in a shard of its own: a run has as many parts
BULK_JOBS = 6
LIMIT_SECONDS = 120
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
State = Job.State


@pytest.fixture
def customers(csm: User) -> list[Account]:
    """All were Green in September; the first one reports as UUID."""
    book.load_edition()
    book.make_triggers()
    plan = make_plan("Ultimate")
    since = date(2024, 1, 1)
    ids = [1 + number * SHARD_SIZE for number in range(ACCOUNTS)]
    accounts = Account.objects.bulk_create(
        Account(pk=pk, external_id=f"A{pk}", name=f"A{pk}", customer_since=since, csm=csm)
        for pk in ids
    )
    Subscription.objects.bulk_create(
        Subscription(
            pk=pk, external_id=f"S{pk}", account_id=pk, plan=plan, delivery="Self-Managed",
            start_date=since, seats=100, arr=pk,
        )
        for pk in ids
    )  # fmt: skip
    Instance.objects.bulk_create(
        Instance(
            pk=pk,
            external_id=UUID if pk == ids[0] else f"I{pk}",
            hostname=HOSTNAME if pk == ids[0] else "",
            subscription_id=pk,
            kind="Production",
        )
        for pk in ids
    )
    Snapshot.objects.bulk_create(
        Snapshot(
            instance_id=pk,
            period=SEPTEMBER,
            recorded_at=datetime(2026, 9, 28, tzinfo=UTC),
            metrics={BILLABLE: 100, BUILDS: 9_000},
        )
        for pk in ids
    )
    return accounts


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    url = urlsplit(os.environ["DATABASE_URL"])
    name = str(connection.settings_dict["NAME"])  # the test's own database
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "config", "worker", "-c", "2", "-l", "ERROR"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DEBUG": "1", "DATABASE_URL": urlunsplit(url._replace(path=f"/{name}"))},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """With its pool, and without a last word."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=LIMIT_SECONDS)


def wait_until(true: Callable[[], object]) -> float:
    """Seconds that it took; fails after a while."""
    started = time.monotonic()
    while not true():
        assert time.monotonic() < started + LIMIT_SECONDS
        time.sleep(0.05)
    return time.monotonic() - started


def enqueue_all(key: str = "") -> Job:
    """The scoring of all accounts, a worker told of it."""
    params = {"from": "2026-09", "to": "2026-10", "account_ids": None, "edition": None}
    job = jobs.enqueue(
        kind="score", params=params, now=timezone.now(), dedupe_key=key, is_bulk=True
    )
    tasks.wake(job)
    return job


def a_part_is_done() -> bool:
    return Job.objects.filter(kind="score_part", state=State.DONE).exists()


def test_a_payload_leads_to_a_card_and_a_cta_while_the_queue_is_long(
    customers: list[Account],
) -> None:
    service = token_client(make_user(User.Role.SERVICE))
    for number in range(BULK_JOBS):
        enqueue_all(f"all {number}")
    with worker():
        wait_until(a_part_is_done)
        body = line(counts={"count_total_create_ci_build_monthly": 0})
        path = f"{ROOT}/usage/service-pings/"
        assert service.post(path, body, content_type="application/json").status_code == 201
        fallen = CallToAction.objects.live().filter(account=customers[0], component="ci")
        seconds = wait_until(fallen.exists)
        unfinished = Job.objects.filter(kind="score", is_bulk=True, finished_at=None).count()
    print(f"from payload to call to action: {seconds:.1f} s")  # noqa: T201 - shown with -s
    assert ScoreCard.objects.get(account=customers[0], period=OCTOBER).component_colors[3] == "R"
    assert unfinished >= BULK_JOBS - 1


def test_a_worker_that_is_killed_between_parts_loses_nothing(customers: list[Account]) -> None:
    job = enqueue_all()
    with worker() as first:
        wait_until(a_part_is_done)
        kill(first)
    job.refresh_from_db()
    assert job.state == State.RUNNING
    done = set(job.parts.filter(state=State.DONE).values_list("pk", "finished_at"))
    Job.objects.filter(state=State.RUNNING).update(
        heartbeat_at=timezone.now() - settings.JOB_STALLED_AFTER - timedelta(seconds=1)
    )
    with worker():
        tasks.sweep_jobs()
        wait_until(lambda: Job.objects.filter(pk=job.pk, finished_at__isnull=False).exists())
    job.refresh_from_db()
    assert done
    assert (job.state, job.summary["accounts"]) == (State.DONE, ACCOUNTS)
    assert job.summary["cards"] == ScoreCard.objects.count() == 2 * ACCOUNTS
    assert TriggerRun.objects.filter(job=job).count() == 2
