"""Several runs at once, and one that is killed, on PostgreSQL: the same is stored, each once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event
from urllib.parse import quote

import pytest
from django.db import connection, transaction

from accounts.lines import Line
from accounts.models import Job
from tests import factories
from tests.factories import NOW
from tests.usage.payloads import BUILDS, line
from usage.models import Instance, RawPayload, RejectedRow, Snapshot
from usage.services import consent, ingest, labels
from usage.services.ingest import Ingestion, Result, RowResult, batches

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]
INSTANCES, MONTHS = 40, 4


def payloads() -> list[bytes]:
    """Four months of forty instances, of which every second is known."""
    return [
        line(uuid=f"u-{n}", hostname=f"h{n}.example", recorded_at=f"2026-{month:02}-03T03:00:00Z")
        for month in range(7, 7 + MONTHS)
        for n in range(INSTANCES)
    ]


@pytest.fixture
def known() -> None:
    for n in range(0, INSTANCES, 2):
        factories.make_instance(external_id=f"u-{n}", hostname=f"h{n}.example")


def test_runs_at_once_store_each_payload_once(known: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "LINES_PER_BATCH", 15)
    runs = 4
    start = Barrier(runs)

    def run(seed: int) -> list[RowResult]:
        lines = [*payloads(), b"{"]
        random.Random(seed).shuffle(lines)  # noqa: S311 - an order, no secret
        ingestion = Ingestion(source=f"{seed}", now=NOW)
        start.wait()
        try:
            numbered = [Line(n, text) for n, text in enumerate(lines, 1)]
            results = [row for batch in batches(numbered) for row in ingestion.store(batch)]
            ingestion.finish()
        finally:
            connection.close()
        return results

    with ThreadPoolExecutor(runs) as pool:
        counts = Counter(row.result for results in pool.map(run, range(runs)) for row in results)
    total = INSTANCES * MONTHS
    assert counts == {
        Result.ACCEPTED: total // 2,
        Result.UNMAPPED: total // 2,
        Result.UNCHANGED: total * (runs - 1),
        Result.REJECTED: runs,
    }
    assert RawPayload.objects.count() == Snapshot.objects.count() == total
    assert Instance.objects.count() == INSTANCES
    assert RejectedRow.objects.count() == 1


@pytest.mark.parametrize("is_mapped", [True, False], ids=["mapped", "by license"])
def test_runs_at_once_make_each_clone_once(is_mapped: bool) -> None:  # noqa: FBT001 - a parameter
    """Several hosts to a uuid, licenses that map them, rules that label them: all at once."""
    subscriptions = [factories.make_subscription(seats=100) for _ in range(10)]
    for n, subscription in enumerate(subscriptions):
        factories.make_license(subscription=subscription, md5=f"{n:032x}")
        if is_mapped:
            factories.make_instance(external_id=f"u-{n}", hostname="", subscription=subscription)
    labels.load_defaults()
    runs = 6
    start = Barrier(runs)

    def run(seed: int) -> list[RowResult]:
        lines = [
            line(uuid=f"u-{n}", hostname=f"h{k}", license_md5=f"{n:032x}", recorded_at=recorded_at)
            for n in range(10)
            for k in range(3)
            for recorded_at in ("2026-10-01T00:00:00Z", "2026-10-02T00:00:00Z")
        ]
        random.Random(seed).shuffle(lines)  # noqa: S311 - an order, no secret
        start.wait()
        try:
            results = []
            for first in range(0, len(lines), 10):
                ingestion = Ingestion(source=f"{seed}", now=NOW)
                batch = [Line(n, text) for n, text in enumerate(lines[first : first + 10], 1)]
                results += ingestion.store(batch)
                ingestion.finish()
        finally:
            connection.close()
        return results

    with ThreadPoolExecutor(runs) as pool:
        counts = Counter(row.result for results in pool.map(run, range(runs)) for row in results)
    assert counts == {Result.ACCEPTED: 60, Result.UNCHANGED: 60 * (runs - 1)}
    assert Instance.objects.count() == 30
    assert not Instance.objects.filter(subscription=None).exists()


def test_consent_that_is_withdrawn_meanwhile_reaches_what_is_mapped() -> None:
    factories.make_metric(BUILDS, tracked=True, data_category="optional")
    account = factories.make_account()
    subscription = factories.make_subscription(account=account)
    factories.make_license(subscription=subscription, md5="a" * 32)
    is_mapped = Event()

    def take_in() -> None:
        try:
            with transaction.atomic():
                run = Ingestion(source="x", now=NOW)
                run.store([Line(1, line(license_md5="a" * 32))])
                is_mapped.set()
                time.sleep(0.5)  # the other one begins and has to wait
        finally:
            connection.close()

    def withdraw() -> None:
        try:
            is_mapped.wait(10)
            consent.withdraw(account_id=account.pk, by=None, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(take_in), pool.submit(withdraw)]:
            done.result()
    assert BUILDS not in Snapshot.objects.get().metrics


@pytest.fixture
def run_of_its_own() -> Iterator[subprocess.Popen[bytes]]:
    """`ingest_usage -` as a process on the test's database."""
    database = connection.settings_dict
    person = quote(database["USER"]) + (f":{quote(p)}" if (p := database["PASSWORD"]) else "")
    where = f"{database['HOST'] or 'localhost'}:{database['PORT'] or 5432}/{database['NAME']}"
    process = subprocess.Popen(
        [sys.executable, "manage.py", "ingest_usage", "-"],
        cwd=ROOT,
        env={**os.environ, "DEBUG": "1", "DATABASE_URL": f"postgres://{person}@{where}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with process:
        yield process
        process.kill()


@pytest.mark.slow
def test_a_run_that_was_killed_is_run_again(
    known: None, run_of_its_own: subprocess.Popen[bytes]
) -> None:
    lines = payloads() * (ingest.LINES_PER_BATCH // len(payloads()) + 1)
    lines.append(line(uuid="u-0", hostname="h0.example", recorded_at="2026-11-03T03:00:00Z"))
    assert run_of_its_own.stdin is not None
    run_of_its_own.stdin.write(b"\n".join(lines))  # and the pipe stays open: it waits for more
    run_of_its_own.stdin.flush()
    deadline = time.monotonic() + 30
    while not RawPayload.objects.exists():
        assert time.monotonic() < deadline, "nothing was stored"
        time.sleep(0.05)
    run_of_its_own.kill()
    run_of_its_own.wait()

    job = Job.objects.get(kind="score")
    assert job.params["from"] == "2026-07"
    again = Ingestion(source="again", now=NOW)
    results = [
        row
        for batch in batches(Line(n, text) for n, text in enumerate(lines, 1))
        for row in again.store(batch)
    ]
    counts = Counter(row.result for row in results)
    assert counts == {Result.UNCHANGED: len(lines) - 1, Result.ACCEPTED: 1}
    assert RawPayload.objects.count() == INSTANCES * MONTHS + 1
