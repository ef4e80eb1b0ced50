"""Time, memory and disk as accounts and months grow, each size in a PostgreSQL database of its own.

    DATABASE_URL=postgres://… python -m tests.bench.growth                    # 1,000 and 3,000 accounts
    DATABASE_URL=postgres://… python -m tests.bench.growth --accounts 10000 --months 1 13
    DATABASE_URL=postgres://… python -m tests.bench.growth --full             # 10, 30, 100 thousand

Snapshots come in by COPY, as ingest brings them; scoring is the product's command in a process of its
own. Seconds and memory are this machine's: what counts is how they grow from line to line.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
import psycopg

from tests.bench import book
from tests.bench.main_job import run

DATABASE = "foothold_pages_growth"
MEGABYTE = 1024 * 1024
TABLES = (
    "usage_snapshot", "usage_scorecard", "usage_transition", "playbooks_calltoaction",
    "playbooks_task", "playbooks_ctaevent", "accounts_account", "accounts_subscription",
    "usage_instance",
)  # fmt: skip


@dataclass(frozen=True)
class Grown:
    """One size; `disk` is bytes with indexes by table, and of the whole database."""

    accounts: int
    months: int
    fill_seconds: float
    score_seconds: float
    newest_seconds: float  # scoring the newest month alone, all of it known already
    peak_megabytes: float
    disk: dict[str, int]


def grow(accounts: int, months: int) -> Grown:
    """Fill a database, score all its months, then the newest one again."""
    url = book.fresh_database(DATABASE)
    size = book.Book(accounts=accounts, ctas=0, months=months, today=book.today())
    started = time.perf_counter()
    book.fill_customers(url, size)
    filled = time.perf_counter() - started
    scored = run("score", "score", *size.span, url=url)
    newest = run("score", "score", "--from", size.span[-1], "--to", size.span[-1], url=url)
    return Grown(
        accounts=accounts,
        months=months,
        fill_seconds=filled,
        score_seconds=scored.seconds,
        newest_seconds=newest.seconds,
        peak_megabytes=max(scored.peak_megabytes, newest.peak_megabytes),
        disk=disk(url),
    )


def disk(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        sizes = {}
        for table in TABLES:
            [sizes[table]] = connection.execute(
                "SELECT pg_total_relation_size(%s::regclass)", [table]
            ).fetchone() or (0,)
        [sizes["whole"]] = connection.execute(
            "SELECT pg_database_size(current_database())"
        ).fetchone() or (0,)
    return sizes


def report(rows: Sequence[Grown]) -> None:
    print(
        f"\n{'accounts':>9} {'months':>6} {'fill s':>8} {'score s':>8} {'newest s':>8}"
        f" {'peak MB':>8} {'disk MB':>8}  ms for each account and month; largest tables in MB"
    )
    for row in rows:
        each = row.score_seconds * 1000 / (row.accounts * row.months)
        largest = sorted(row.disk.items(), key=lambda item: -item[1])[1:4]
        tables = ", ".join(f"{name} {size // MEGABYTE}" for name, size in largest)
        print(
            f"{row.accounts:9,} {row.months:6} {row.fill_seconds:8.1f} {row.score_seconds:8.1f}"
            f" {row.newest_seconds:8.1f} {row.peak_megabytes:8.0f}"
            f" {row.disk['whole'] // MEGABYTE:8,}  {each:.2f}; {tables}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--accounts", type=int, nargs="+", default=[1_000, 3_000])
    parser.add_argument("--months", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--full", action="store_true", help="10, 30, 100 thousand; 1 and 13 months")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    accounts = [10_000, 30_000, 100_000] if chosen.full else chosen.accounts
    months = [1, 13] if chosen.full else chosen.months
    rows = []
    for size in accounts:
        for span in months:
            rows.append(grow(size, span))
            print(f"{size:,} accounts, {span} months: done", flush=True)
    report(rows)
    if chosen.json:
        chosen.json.write_bytes(
            orjson.dumps([asdict(row) for row in rows], option=orjson.OPT_INDENT_2)
        )


if __name__ == "__main__":
    main()
