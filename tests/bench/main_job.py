"""Measures the main job on generated accounts: import, ingest, score, each in a process of its own.

    python -m tests.bench.main_job --accounts 1000 --months 6
    DATABASE_URL=postgres://… python -m tests.bench.main_job --accounts 10000 --months 13

Seconds and memory are this machine's; what can be compared are the ratios within one run. SQLite gets a
file in a temporary folder, PostgreSQL a database of its own, `foothold_bench`, made anew.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import orjson
import zstandard

from tests.bench.generate import Size, write
from usage.arguments import period
from usage.periods import format_period

ROOT = Path(__file__).resolve().parent.parent.parent
DATABASE = "foothold_bench"
MEGABYTE = 1024  # what the kernel counts in is kilobytes


# A command that tells its own peak at its end: what the kernel tells its parent begins with the
# memory that the parent itself had when it started it.
MEASURING = """
import runpy, sys
sys.argv = ["manage.py", *sys.argv[1:]]
try:
    runpy.run_path("manage.py", run_name="__main__")
finally:
    with open("/proc/self/status") as status:
        print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


@dataclass(frozen=True)
class Measured:
    name: str
    seconds: float
    peak_megabytes: float
    last_line: str


def run(name: str, *command: str, url: str) -> Measured:
    """Run a management command in a process of its own; stop the run where it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", MEASURING, *command],
        cwd=ROOT,
        env={**os.environ, "DEBUG": "1", "DATABASE_URL": url, "LOG_LEVEL": "ERROR"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    output = process.stdout.read()
    process.wait()
    seconds = time.perf_counter() - started
    if process.returncode != 0:
        sys.exit(f"{name} failed:\n{output}")
    *lines, peak = output.strip().splitlines()
    last_line = lines[-1] if lines else ""
    return Measured(name, seconds, int(peak) / MEGABYTE, " ".join(last_line.split()))


def floor(pings: Path) -> Measured:
    """What no ingest can do without: reading each line and compressing it, nothing stored."""
    started = time.perf_counter()
    compressor = zstandard.ZstdCompressor()
    with pings.open("rb") as lines:
        for line in lines:
            orjson.loads(line)
            compressor.compress(line)
    return Measured("parse and compress alone", time.perf_counter() - started, 0, "")


def fresh_database(url: str, folder: Path, database: str = DATABASE) -> str:
    """A database without anything in it, beside the one that `url` names."""
    if not url.startswith("postgres"):
        return f"sqlite:///{folder / 'bench.sqlite3'}"
    import psycopg  # only where PostgreSQL is measured

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {database}")
        connection.execute(f"CREATE DATABASE {database}")
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def measure(size: Size, url: str, folder: Path) -> list[Measured]:
    data = folder / "data"
    count = write(data, size)
    pings = data / "service_pings.ndjson"
    print(f"{size.accounts:,} accounts, {size.months} months, {count:,} payloads", flush=True)
    months = ("--from", format_period(size.periods[0]), "--to", format_period(size.periods[-1]))
    newest = ("--from", format_period(size.last), "--to", format_period(size.last))
    run("migrate", "migrate", "-v0", url=url)
    run("load_defaults", "load_defaults", url=url)
    steps: Sequence[tuple[str, ...]] = (
        ("import_accounts", "import_accounts", str(data)),
        ("ingest_usage", "ingest_usage", str(pings)),
        ("ingest_usage, the same again", "ingest_usage", str(pings)),
        ("score, all months", "score", *months),
        ("score, all months again", "score", *months),
        ("score, newest month", "score", *newest),
        ("start of a process alone", "check"),
    )
    measured = [floor(pings)]
    for name, *command in steps:
        measured.append(run(name, *command, url=url))
        print(f"  {name} …", flush=True)
    return measured


def report(measured: Sequence[Measured]) -> None:
    by_name = {row.name: row for row in measured}
    print(f"\n{'step':32} {'seconds':>8} {'peak MB':>8}  last line")
    for row in measured:
        print(f"{row.name:32} {row.seconds:8.2f} {row.peak_megabytes:8.0f}  {row.last_line}")
    start = by_name["start of a process alone"].seconds

    def ratio(one: str, other: str) -> float:
        base = by_name[other].seconds - (start if by_name[other].peak_megabytes else 0)
        return (by_name[one].seconds - start) / max(base, 0.01)

    print("\nratios, without the start of the process:")
    for one, other in (
        ("ingest_usage", "parse and compress alone"),
        ("ingest_usage, the same again", "ingest_usage"),
        ("score, all months", "ingest_usage"),
        ("score, all months again", "score, all months"),
        ("score, all months", "score, newest month"),
    ):
        print(f"  {one} / {other}: {ratio(one, other):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--months", type=int)
    parser.add_argument("--full", action="store_true", help="10,000 accounts of 13 months")
    parser.add_argument("--last", type=period, default=date(2026, 10, 1), metavar="YYYY-MM")
    chosen = parser.parse_args()
    size = Size(
        accounts=chosen.accounts or (10_000 if chosen.full else 1_000),
        months=chosen.months or (13 if chosen.full else 6),
        last=chosen.last,
    )
    with tempfile.TemporaryDirectory(prefix="foothold-bench-") as name:
        folder = Path(name)
        url = fresh_database(os.environ.get("DATABASE_URL", ""), folder)
        print(f"database: {urlsplit(url).scheme}")
        report(measure(size, url, folder))


if __name__ == "__main__":
    main()
