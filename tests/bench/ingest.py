"""Measures ingest: snapshots against raw COPY, payloads of 54 KB from gzip to stored, memory.

    python -m tests.bench.ingest
    DATABASE_URL=postgres://… python -m tests.bench.ingest --full --json ingest.json

Seconds are this machine's; what can be compared are the ratios within one run. Works on a database of its
own, `foothold_ingest_bench`, made anew; the snapshots' part is left out on SQLite, which has no COPY.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import django
import orjson
import zstandard

from accounts.lines import read_lines
from tests.bench.generate import Size, write
from tests.bench.main_job import fresh_database, run
from usage import ingest
from usage.ingest import KeyPaths

DATABASE = "foothold_ingest_bench"
LAST = date(2026, 10, 1)
NOW = datetime(2026, 11, 16, tzinfo=UTC)
EXTRA_METRICS = 1_480  # with them a payload weighs 54 KB
TIMES = (1, 4, 16)  # the size of a file whose memory is compared
PINGS = "service_pings.ndjson.gz"


@dataclass
class Report:
    """Figures by part, printed as they come."""

    parts: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, part: str, figures: dict[str, float]) -> None:
        self.parts[part] = figures
        print(f"\n{part}")
        for name, value in figures.items():
            print(f"  {name:44} {value:12,.2f}", flush=True)


def size_of(accounts: int, months: int) -> Size:
    return Size(accounts, months, LAST, extra_metrics=EXTRA_METRICS)


# --- parse and pick -------------------------------------------------------------------------------
def measure_parsing(pings: Path, paths: Iterable[str], rounds: int) -> dict[str, float]:
    """Payloads a second of one core: from gzip, from lines, and what libraries alone need."""
    key_paths = KeyPaths(paths)
    compressor = zstandard.ZstdCompressor(level=ingest.COMPRESSION_LEVEL)
    lines = _lines(pings)

    def floor() -> None:
        for line in lines:
            compressor.compress(orjson.dumps(orjson.loads(line)))

    def parse(each: Iterable[bytes]) -> None:
        for line in each:
            ingest.parse(line, key_paths=key_paths, now=NOW)

    works: dict[str, Callable[[], None]] = {
        "orjson and zstd alone": floor,
        "parse and pick": lambda: parse(lines),
        "gunzip, parse and pick": lambda: parse(_lines(pings)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            started = time.process_time()
            work()
            seconds[name].append(time.process_time() - started)
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    return {
        "payloads": len(lines),
        "bytes of a payload": sum(map(len, lines)) / len(lines),
        **{f"{name}, payloads/s": len(lines) / value for name, value in medians.items()},
        "parse and pick / orjson and zstd alone": medians["parse and pick"]
        / medians["orjson and zstd alone"],
    }


def _lines(pings: Path) -> list[bytes]:
    with pings.open("rb") as stream:
        return [line.text for line in read_lines(stream, name=pings.name)]


# --- the whole path -------------------------------------------------------------------------------
def measure_files(folder: Path, accounts: int, url: str) -> dict[str, float]:
    """Seconds, payloads a second and peak memory of files of 1, 4 and 16 months."""
    start = run("start of a process alone", "check", url=url)
    figures: dict[str, float] = {"megabytes of a process alone": start.peak_megabytes}
    for months in TIMES:
        data = folder / str(months)
        count = write(data, size_of(accounts, months), is_compressed=True)
        if months == 1:
            run("import_accounts", "import_accounts", str(data), url=url)
        for again in ("", ", again"):
            measured = run("ingest_usage", "ingest_usage", str(data / PINGS), url=url)
            seconds = measured.seconds - start.seconds
            figures[f"{count:,} payloads{again}, seconds"] = seconds
            figures[f"{count:,} payloads{again}, payloads/s"] = count / seconds
            figures[f"{count:,} payloads{again}, peak megabytes"] = measured.peak_megabytes
        (data / PINGS).unlink()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--snapshots", type=int, default=20_000)
    parser.add_argument("--accounts", type=int, default=300, help="whose payloads weigh 54 KB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--full", action="store_true", help="100,000 snapshots, 1,000 accounts")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    chosen = parser.parse_args()
    snapshots, accounts = (100_000, 1_000) if chosen.full else (chosen.snapshots, chosen.accounts)
    report = Report()
    with tempfile.TemporaryDirectory(prefix="foothold-bench-") as name:
        folder = Path(name)
        url = fresh_database(os.environ.get("DATABASE_URL", ""), folder, DATABASE)
        os.environ.update(DATABASE_URL=url, DEBUG="1", DJANGO_SETTINGS_MODULE="config.settings")
        run("migrate", "migrate", "-v0", url=url)
        run("load_defaults", "load_defaults", url=url)
        write(folder / "parsed", size_of(accounts, 1), is_compressed=True)
        report.add("files, from gzip to stored", measure_files(folder, accounts, url))
        django.setup()
        from usage.services.metrics import tracked_key_paths  # once the settings know the database

        paths = tracked_key_paths()
        parsed = measure_parsing(folder / "parsed" / PINGS, paths, chosen.rounds)
        report.add("parse and pick, one core", parsed)
        if url.startswith("postgres"):
            from tests.bench.snapshots import measure

            for part, figures in measure(snapshots, chosen.rounds):
                report.add(part, figures)
    if chosen.json:
        chosen.json.write_bytes(orjson.dumps(report.parts, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main()
