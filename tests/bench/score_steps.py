"""The steps of tests.bench.score, in a process that has Django and the database of the bench."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Job
from accounts.services import jobs
from playbooks.models import CallToAction, TriggerRun
from playbooks.services import scoring as main_job
from playbooks.services import triggers
from tests.bench import sql
from tests.bench.fill import fill
from tests.bench.generate import Size
from tests.bench.main_job import run
from tests.bench.orm_loop import score_alone
from tests.bench.score import command
from usage import scoring as pure
from usage.models import Edition, ScoreCard, Snapshot, Transition
from usage.periods import format_period, shift, span
from usage.scoring import frames
from usage.scoring.transitions import LOOK_BACK_MONTHS
from usage.services import editions, readings
from usage.services import scoring as usage_scoring
from usage.services.scoring import ScoreRequest

LAST = date(2026, 10, 1)
SAMPLE = 100  # accounts of the loop, whose time is extrapolated
ONE_ACCOUNT_RUNS = 15


class Bench:
    """What was measured: seconds of each round by name, ratios, facts."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.newest = ScoreRequest(size.last, size.last)
        self.row = Edition.objects.get(name=editions.SHIPPED_IN_FORCE)
        self.edition = editions.frozen(self.row)
        self.judged = span(shift(size.last, -LOOK_BACK_MONTHS), size.last)
        self.seconds: dict[str, list[float]] = {}
        self.ratios: dict[str, float] = {}
        self.facts: dict[str, Any] = {}

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds.setdefault(name, []).append(time.perf_counter() - started)

    def median(self, name: str) -> float:
        return statistics.median(self.seconds[name])

    def compare(self, text: str, one: str, other: str, *, times: float = 1) -> None:
        self.ratios[text] = times * self.median(one) / self.median(other)


def main() -> None:
    settings.DEBUG = False  # or Django keeps every query
    parser = argparse.ArgumentParser()
    for name in ("accounts", "months", "rounds"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--json")
    given = parser.parse_args()
    size = Size(accounts=given.accounts, months=given.months, last=LAST)
    with Path(os.devnull).open("w") as nowhere:
        call_command("migrate", verbosity=0)
        call_command("load_defaults", stdout=nowhere)
    Job.objects.all().delete()
    bench = Bench(size)
    say(f"filling: {size.accounts:,} accounts, {size.months} months")
    bench.facts["readings"] = fill(size)
    _vacuum("ANALYZE")
    say("scoring the months before the newest")
    with bench.measure("score, all months but the newest"):
        main_job.score(ScoreRequest(size.periods[0], shift(LAST, -1)), now=timezone.now())
    _vacuum("VACUUM ANALYZE usage_scorecard")
    with tempfile.TemporaryDirectory(prefix="foothold-bench-") as name:
        duck = Duck(bench, Path(name))
        for number in range(given.rounds):
            say(f"round {number + 1}")
            _round(bench, duck)
    say("one account, workers, memory")
    _one_account(bench)
    _workers(bench, given.rounds)
    _memory(bench)
    _conclude(bench)
    _report(bench, given.json)


def say(text: str) -> None:
    print(f"  {text} …", flush=True)


def _vacuum(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _forget_newest() -> None:
    TriggerRun.objects.all().delete()
    CallToAction.objects.filter(period=LAST).delete()
    with connection.cursor() as cursor:
        for model in (Transition, ScoreCard):
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE period = %s", [LAST])  # noqa: S608
        cursor.execute("VACUUM usage_scorecard")


def _round(bench: Bench, duck: Duck) -> None:
    _phases(bench)
    _forget_newest()
    with bench.measure("generated SQL: cards with evidence, nothing else"):
        _generated(bench)
    sql_letters = _stored_letters()
    _forget_newest()
    with bench.measure("score, newest month, cards and transitions"):
        counts = usage_scoring.score(bench.newest, now=timezone.now())
    with bench.measure("triggers, newest month"):
        opened = triggers.run_triggers(now=timezone.now())
    letters = _stored_letters()
    with bench.measure("DuckDB: the same colours"):
        duck.color()
    with bench.measure("score, newest month again, unchanged"):
        again = usage_scoring.score(bench.newest, now=timezone.now())
    bench.facts |= {
        "cards": counts.created,
        "transitions": counts.transitions,
        "calls to action": opened.opened,
        "changed by a second run": again.changed + again.created,
        "colours that DuckDB sees otherwise": _differing(letters, duck.letters()),
        "colours that SQL sees otherwise": _differing(letters, sql_letters),
    }
    _forget_newest()
    ids = range(1, SAMPLE + 1)
    with bench.measure(f"loop over the ORM, {SAMPLE} accounts"):
        for account_id in ids:
            score_alone(account_id, bench.row, bench.edition, bench.judged)
    _forget_newest()
    usage_scoring.score(bench.newest, now=timezone.now())
    triggers.run_triggers(now=timezone.now())


def _phases(bench: Bench) -> None:
    """What each phase alone takes, over all shards; what is left of the whole is the write."""
    for shard in usage_scoring.shards():
        with bench.measure("- read"):
            data = readings.read(shard.account_ids, bench.edition, bench.judged)
        with bench.measure("- compute"):
            pure.score(data, bench.edition, bench.judged, explained=[])
        with bench.measure("- compute with evidence"):
            pure.score(data, bench.edition, bench.judged, explained=[LAST])
    for name in ("- read", "- compute", "- compute with evidence"):
        bench.seconds.setdefault(f"{name}, all shards", []).append(sum(bench.seconds.pop(name)))


def _stored_letters() -> dict[int, str]:
    cards = ScoreCard.objects.filter(period=LAST).order_by()
    rows = cards.values_list("account_id", "component_colors", "color")
    return {account_id: letters + (color[:1] or "N") for account_id, letters, color in rows}


def _differing(letters: dict[int, str], others: dict[int, str]) -> int:
    """Accounts of other colours; one that is NA throughout may be absent from the others."""
    nothing = "N" * len(next(iter(letters.values())))
    return sum(others.get(account_id, nothing) != text for account_id, text in letters.items())


# --- DuckDB ----------------------------------------------------------------------------------------


class Duck:
    """The readings as typed Parquet, and the statement that colours them."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        parts = [
            readings.read(shard.account_ids, bench.edition, bench.judged)
            for shard in usage_scoring.shards()
        ]
        joined = [
            part.snapshots.join(part.instances, on="instance_id")
            .join(part.subscriptions, on="subscription_id")
            .rename({"customer_since": "since"})
            for part in parts
        ]
        metrics = [
            pl.col(frames.metric(key)).alias(f"m{number}")
            for number, key in enumerate(bench.edition.metric_keys)
        ]
        path = folder / "readings.parquet"
        pl.concat(joined).select(*sql.SOURCE, *metrics).write_parquet(path)
        self._database = duckdb.connect()
        self._database.execute("SET threads = 2; SET enable_progress_bar = false")
        self._database.execute(f"CREATE VIEW source AS SELECT * FROM read_parquet('{path}')")  # noqa: S608
        self._statement = sql.statement(bench.edition)

    def color(self) -> None:
        self._database.execute(
            f"CREATE OR REPLACE TABLE colored AS {self._statement}"  # noqa: S608 - generated
            f" SELECT account_id, letters || color AS letters FROM cards WHERE period = '{LAST}'"
        )

    def letters(self) -> dict[int, str]:
        return dict(self._database.execute("FROM colored").fetchall())


# --- Generated SQL ---------------------------------------------------------------------------------


@transaction.atomic
def _generated(bench: Bench) -> None:
    metrics = ", ".join(
        f"(metrics ->> '{key}')::float8 AS m{number}"
        for number, key in enumerate(bench.edition.metric_keys)
    )
    source = f"""
WITH source AS MATERIALIZED (SELECT account_id, subscription_id, instance_id, period, recorded_at, kind,
    deployment, opted_out, plan, arr, seats, since, start_date, end_date, subscription, external_id,
    hostname, {metrics}
  FROM (SELECT a.id AS account_id, u.id AS subscription_id, i.id AS instance_id, s.period, s.recorded_at,
      i.kind, i.deployment, i.opted_out_of_health AS opted_out, p.name AS plan, u.arr::float8 AS arr,
      u.seats::float8 AS seats, a.customer_since AS since, u.start_date, u.end_date,
      u.external_id AS subscription, i.external_id, i.hostname, s.metrics || '{{}}' AS metrics
    FROM usage_snapshot s JOIN usage_instance i ON i.id = s.instance_id
    JOIN accounts_subscription u ON u.id = i.subscription_id JOIN accounts_account a ON a.id = u.account_id
    JOIN accounts_plan p ON p.id = u.plan_id WHERE s.period = '{LAST}' OFFSET 0) AS unpacked),
"""  # noqa: S608 - of names and constants
    rest = sql.statement(bench.edition).strip().removeprefix("WITH ")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")  # compiling it takes longer than running it
        cursor.cursor.execute(source + rest + sql.insertion(bench.edition, bench.row.pk))


# --- One account ------------------------------------------------------------------------------------


def _one_account(bench: Bench) -> None:
    """One account whose reading changed each time, in the middle of all the others."""
    middle = bench.size.accounts // 2
    reading = Snapshot.objects.filter(
        period=LAST, instance__subscription__account_id__gte=middle
    ).select_related("instance__subscription")[0]
    assert reading.instance.subscription is not None
    account_id = reading.instance.subscription.account_id
    request = ScoreRequest(LAST, LAST, account_ids=[account_id])
    for number in range(ONE_ACCOUNT_RUNS):
        reading.metrics["license_billable_users"] += 1 if number % 2 else -1
        reading.save()
        with bench.measure("score, one changed account, newest month"):
            main_job.score(request, now=timezone.now())


# --- Workers ---------------------------------------------------------------------------------------


def work() -> None:
    """A worker: does jobs from the moment that it is told to until none is left."""
    settings.DEBUG = False
    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    while Job.objects.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).exists():
        due = jobs.queued_ids(now=timezone.now(), limit=20)
        if not any(jobs.work(job_id) for job_id in due):
            time.sleep(0.05)


def _workers(bench: Bench, rounds: int) -> None:
    for _ in range(rounds):
        for count in (1, 2):
            _forget_newest()
            bench.seconds.setdefault(f"job of the newest month, workers: {count}", []).append(
                _job_seconds(count)
            )


def _job_seconds(count: int) -> float:
    environment = os.environ | {"POLARS_MAX_THREADS": "1"}
    workers = [
        subprocess.Popen(
            command("work"), env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(count)
    ]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    month = format_period(LAST)
    params = {"from": month, "to": month, "account_ids": None, "edition": None}
    job = jobs.enqueue(kind="score", params=params, now=timezone.now(), is_bulk=True)
    for worker in workers:
        worker.communicate(b"\n")
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    assert job.started_at is not None
    assert job.finished_at is not None
    return (job.finished_at - job.started_at).total_seconds()


def _memory(bench: Bench) -> None:
    _forget_newest()
    months = ("--from", format_period(bench.size.periods[0]), "--to", format_period(LAST))
    newest = ("--from", format_period(LAST), "--to", format_period(LAST))
    url = os.environ["DATABASE_URL"]
    for name, span_of in (("newest month", newest), ("all months, mostly unchanged", months)):
        measured = run(name, "score", *span_of, url=url)
        bench.facts[f"peak MB, manage.py score, {name}"] = round(measured.peak_megabytes)


# --- What comes of it ------------------------------------------------------------------------------


def _conclude(bench: Bench) -> None:
    whole = "score, newest month, all of it"
    bench.seconds[whole] = [
        one + other
        for one, other in zip(
            bench.seconds["score, newest month, cards and transitions"],
            bench.seconds["triggers, newest month"],
            strict=True,
        )
    ]
    loop = f"loop over the ORM, {SAMPLE} accounts"
    bench.compare("whole / DuckDB", whole, "DuckDB: the same colours")
    bench.compare(
        "whole / generated SQL", whole, "generated SQL: cards with evidence, nothing else"
    )
    bench.compare("ORM loop / whole", loop, whole, times=bench.size.accounts / SAMPLE)
    bench.compare(
        "a month of the earlier ones / newest month",
        "score, all months but the newest",
        whole,
        times=1 / (bench.size.months - 1),
    )
    bench.compare("one account / whole", "score, one changed account, newest month", whole)
    bench.compare("unchanged / written", "score, newest month again, unchanged", whole)
    one, two = (f"job of the newest month, workers: {count}" for count in (1, 2))
    bench.compare("one worker / two workers", one, two)


def _report(bench: Bench, path: str | None) -> None:
    print(f"\n{'what':52} {'median s':>9}  rounds")
    for name, seconds in bench.seconds.items():
        rounds = " ".join(f"{second:.3f}" for second in seconds[:5])
        print(f"{name:52} {bench.median(name):9.3f}  {rounds}")
    print("\nratios")
    for name, ratio in bench.ratios.items():
        print(f"{name:52} {ratio:9.4f}")
    print()
    for name, fact in bench.facts.items():
        print(f"{name:52} {fact:>9,}")
    if path:
        machine = {"machine": platform.platform(), "cores": os.cpu_count()}
        result = {
            **machine,
            "accounts": bench.size.accounts,
            "months": bench.size.months,
            "seconds": bench.seconds,
            "ratios": bench.ratios,
            "facts": bench.facts,
        }
        Path(path).write_text(json.dumps(result, indent=2))
