"""Measures a what-if of all months on kept frames against scoring the same months from the database.

    DATABASE_URL=postgres://… python -m tests.bench.what_if
    DATABASE_URL=postgres://… python -m tests.bench.what_if --full --json what_if.json

By default 5,000 accounts of 13 months and three rounds; `--full` is 100,000 accounts. The database is one
of its own, `foothold_what_if_bench`, made anew and removed. Each round asks about another draft, so that
only the readings and the verdicts of the edition in force are kept. The goal is 5 % of scoring.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from tests.bench.main_job import ROOT
from tests.bench.score import own_database

DATABASE = "foothold_what_if_bench"
START = "import django; django.setup(); from tests.bench.what_if_steps import main; main()"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--months", type=int, default=13)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--json", metavar="FILE")
    given = parser.parse_args()
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        print("A what-if is measured on PostgreSQL: set DATABASE_URL.")
        return
    accounts = given.accounts or (100_000 if given.full else 5_000)
    sizes = [f"--accounts={accounts}", f"--months={given.months}", f"--rounds={given.rounds}"]
    output = [f"--json={given.json}"] if given.json else []
    environment = os.environ | {
        "DATABASE_URL": own_database(url, DATABASE, is_wanted=True),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "1",
        "LOG_LEVEL": "ERROR",
    }
    try:
        steps = subprocess.run(
            [sys.executable, "-c", START, *sizes, *output], cwd=ROOT, env=environment, check=False
        )
    finally:
        own_database(url, DATABASE, is_wanted=False)
    sys.exit(steps.returncode)


if __name__ == "__main__":
    main()
