"""Measures scoring on PostgreSQL: the newest month of many accounts, all months, one account, two workers.

    DATABASE_URL=postgres://… python -m tests.bench.score
    DATABASE_URL=postgres://… python -m tests.bench.score --full --json score.json

By default 10,000 accounts of 5 months and three rounds, a few minutes; `--full` is 100,000 accounts of 13
months. The database is one of its own, `foothold_scoring_bench`, made anew and removed. What is compared
takes turns in each round, a ratio is that of medians, and the colours of all forms are compared. DuckDB
must be installed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

from tests.bench.main_job import ROOT

DATABASE = "foothold_scoring_bench"
START = "import django; django.setup(); from tests.bench.score_steps import {0}; {0}()"


def command(function: str) -> list[str]:
    """A process that begins with a function of tests.bench.score_steps."""
    return [sys.executable, "-c", START.format(function)]


def own_database(url: str, name: str = DATABASE, *, is_wanted: bool) -> str:
    """Remove the database beside the one that `url` names, and make it anew if it is wanted."""
    import psycopg  # only where PostgreSQL is measured

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        if is_wanted:
            connection.execute(f"CREATE DATABASE {name}")
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--months", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--json", metavar="FILE")
    given = parser.parse_args()
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        print("Scoring is measured on PostgreSQL: set DATABASE_URL.")
        return
    accounts = given.accounts or (100_000 if given.full else 10_000)
    months = given.months or (13 if given.full else 5)
    sizes = [f"--accounts={accounts}", f"--months={months}", f"--rounds={given.rounds}"]
    output = [f"--json={given.json}"] if given.json else []
    environment = os.environ | {
        "DATABASE_URL": own_database(url, is_wanted=True),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "1",
        "LOG_LEVEL": "ERROR",
    }
    try:
        steps = subprocess.run(
            [*command("main"), *sizes, *output], cwd=ROOT, env=environment, check=False
        )
    finally:
        own_database(url, is_wanted=False)
    sys.exit(steps.returncode)


if __name__ == "__main__":
    main()
