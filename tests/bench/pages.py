"""Measures pages, API lists and admin lists on a large book against the bare SQL of the same rows.

    DATABASE_URL=postgres://… python -m tests.bench.pages             # 10,000 accounts, 100,000 CTAs
    DATABASE_URL=postgres://… python -m tests.bench.pages --full      # 100,000 and 1,000,000
    DATABASE_URL=postgres://… python -m tests.bench.pages --keep      # of the last run, not filled anew

A page is what `Client.get` takes, with session, middleware and template; bare is a hand-written
statement for its main rows and for the counts that it shows, each by the best plan there is. The two
take turns; medians are compared. `sql` is the time of the page's own statements against bare: what
is beyond it is Python. Seconds are this machine's; the ratios can be compared.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
import psycopg

from tests.bench import book
from tests.bench.page_cases import Case, cases

DATABASE = "foothold_pages_bench"
MOST_TIMES_BARE = 6.0
MOST_TIMES_FIRST = 2.0  # of a deep page against the first one


@dataclass(frozen=True)
class Result:
    name: str
    milliseconds: float
    p95: float
    bare_milliseconds: float
    sql_milliseconds: float
    queries: int
    times_first: float | None

    @property
    def times_bare(self) -> float:
        return self.milliseconds / self.bare_milliseconds

    @property
    def sql_times_bare(self) -> float:
        return self.sql_milliseconds / self.bare_milliseconds

    def as_row(self) -> dict[str, Any]:
        return asdict(self) | {"times_bare": self.times_bare, "sql_times_bare": self.sql_times_bare}


# --- Measuring --------------------------------------------------------------------------------------


def prepare(url: str) -> None:
    """Set Django up as in production, but for http and for the throttle."""
    os.environ |= {"DATABASE_URL": url, "DEBUG": "1", "LOG_LEVEL": "ERROR"}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("SECRET_KEY", "of-the-bench-only")
    import django
    from django.conf import settings

    django.setup()
    settings.DEBUG = False
    settings.REST_FRAMEWORK["DEFAULT_THROTTLE_CLASSES"] = []
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}


def rank() -> None:
    """Order the queue of the new book, as a night does."""
    from django.utils import timezone

    from playbooks.services import queue_order

    started = time.perf_counter()
    moved = queue_order.rank_all(now=timezone.now())
    print(f"{moved} ranked in {time.perf_counter() - started:.1f} s", flush=True)


def measure(case: Case, rounds: int, bare: psycopg.Connection, medians: dict[str, float]) -> Result:
    from django.db import connection
    from django.test import Client

    from accounts.models import User

    person = User.objects.get(email=f"{case.who}@bench.example")
    client = Client(SERVER_NAME="localhost")
    client.force_login(person)
    path = case.deep(person) if case.deep else case.path
    statements = Statements()
    with connection.execute_wrapper(statements):
        fetch(client, path)
        statements.forget()
        fetch(client, path)
    page: list[float] = []
    plain: list[float] = []
    inside: list[float] = []
    run(bare, case.bare)
    for _ in range(rounds):
        plain.append(timed(lambda: run(bare, case.bare)))
        page.append(timed(lambda: fetch(client, path)))
        with connection.execute_wrapper(timer := Statements()):
            fetch(client, path)
        inside.append(timer.seconds)
    medians[case.name] = median = statistics.median(page)
    return Result(
        name=case.name,
        milliseconds=median * 1000,
        p95=sorted(page)[int(0.95 * (len(page) - 1))] * 1000,
        bare_milliseconds=statistics.median(plain) * 1000,
        sql_milliseconds=statistics.median(inside) * 1000,
        queries=statements.count,
        times_first=median / medians[case.first] if case.first else None,
    )


class Statements:
    """Counts and times what goes to the database."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.count, self.seconds = 0, 0.0

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(*args)
        finally:
            self.count += 1
            self.seconds += time.perf_counter() - started


def timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def fetch(client: Any, path: str) -> None:
    response = client.get(path)
    if response.status_code != 200:
        sys.exit(f"{path} answered {response.status_code}")


def run(connection: psycopg.Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        connection.execute(statement).fetchall()


HEAD = f"{'page':28} {'ms':>7} {'p95':>7} {'bare ms':>8} {'x bare':>7} {'sql x':>6} {'queries':>7}"


def told(result: Result) -> str:
    """A line of the table, with the goals that it misses."""
    missed = [] if result.times_bare <= MOST_TIMES_BARE else [f"above {MOST_TIMES_BARE:g} x bare"]
    if result.times_first is not None:
        is_met = result.times_first <= MOST_TIMES_FIRST
        beyond = "" if is_met else f", above {MOST_TIMES_FIRST:g}"
        missed.append(f"{result.times_first:.2f} x first{beyond}")
    return (
        f"{result.name:28} {result.milliseconds:7.1f} {result.p95:7.1f}"
        f" {result.bare_milliseconds:8.2f} {result.times_bare:7.1f} {result.sql_times_bare:6.1f}"
        f" {result.queries:7d}  {'; '.join(missed)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--full", action="store_true", help="100,000 accounts, 1,000,000 CTAs")
    parser.add_argument("--keep", action="store_true", help="measure the database of the last run")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="cases whose name begins so")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    size = 100_000 if chosen.full else 10_000
    if chosen.keep:
        url = book.beside(book.server_url(), DATABASE)
    else:
        url = book.fresh_database(DATABASE)
        book.fill(url, book.Book(accounts=size, ctas=10 * size, months=4, today=book.today()))
    prepare(url)
    if not chosen.keep:
        rank()
    medians: dict[str, float] = {}
    with psycopg.connect(url, autocommit=True) as bare:
        wanted = [case for case in cases(finder(bare)) if case.name.startswith(chosen.only)]
        print(HEAD)
        results = []
        for case in wanted:
            results.append(measure(case, chosen.rounds, bare, medians))
            print(told(results[-1]), flush=True)
    if chosen.json:
        rows = [result.as_row() for result in results]
        chosen.json.write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2))


def finder(connection: psycopg.Connection) -> Callable[[str], Any]:
    def one(statement: str) -> Any:
        row = connection.execute(statement).fetchone()
        return row[0] if row else None

    return one


if __name__ == "__main__":
    main()
