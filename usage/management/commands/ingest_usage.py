from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import tasks
from accounts.errors import FileUnusable
from accounts.lines import read_lines
from usage.services.ingest import Ingestion, Result, batches


class Command(BaseCommand):
    help = (
        "Take in Service Ping payloads: NDJSON files, plain or gzip, or - for standard input. "
        "Prints how many rows were accepted (new), replaced (corrected), unchanged (sent again), "
        "unmapped (kept until their instance is mapped) and rejected (kept to be mended); they add "
        "up to the rows read. Rejected rows are no failure; a file that cannot be read is one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a file, or - for stdin")

    def handle(self, *args: Any, **options: Any) -> None:
        counts: Counter[Result] = Counter()
        faults = []
        for name in options["files"]:
            try:
                self._ingest(name, counts)
            except (FileUnusable, OSError) as error:
                faults.append(str(error))
        self.stdout.write(_summary(counts))
        if faults:
            raise CommandError("\n".join(faults))

    def _ingest(self, name: str, counts: Counter[Result]) -> None:
        source = "standard input" if name == "-" else Path(name).name
        run = Ingestion(source=source, now=timezone.now())
        progress = Progress(self.stderr, source)
        try:
            with ExitStack() as stack:
                stream = _open(name, stack)
                for batch in batches(read_lines(stream, name=source)):
                    results = run.store(batch)
                    counts.update(result.result for result in results)
                    progress.add(len(results))
        finally:
            progress.end()
            for job in run.finish():
                tasks.wake(job)


class Progress:
    """Rows and rows per second on a terminal; silent elsewhere."""

    def __init__(self, stream: Any, name: str) -> None:
        self._stream = stream
        self._name = name
        self._started = monotonic()
        self._count = 0

    def add(self, count: int) -> None:
        self._count += count
        if self._stream.isatty():
            rate = self._count / max(monotonic() - self._started, 0.001)
            self._stream.write(f"\r{self._name}: {self._count:,} rows, {rate:,.0f}/s", ending="")
            self._stream.flush()

    def end(self) -> None:
        if self._stream.isatty() and self._count:
            self._stream.write("")


def _open(name: str, stack: ExitStack) -> BinaryIO:
    if name == "-":
        return sys.stdin.buffer
    return stack.enter_context(Path(name).open("rb"))


def _summary(counts: Counter[Result]) -> str:
    lines = [f"{result.value:<10}{counts[result]:>10}" for result in Result]
    return "\n".join([*lines, f"{'read':<10}{counts.total():>10}"])
