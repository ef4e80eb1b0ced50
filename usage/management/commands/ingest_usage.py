from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import tasks
from accounts.commands import domain_errors
from accounts.errors import FileUnusable
from accounts.lines import read_lines
from accounts.progress import terminal_progress
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
        faults: list[str] = []
        with domain_errors():
            for name in options["files"]:
                fault = self._ingest(name, counts)
                faults += [fault] if fault else []
        self.stdout.write(_summary(counts))
        if faults:
            raise CommandError("\n".join(faults))

    def _ingest(self, name: str, counts: Counter[Result]) -> str:
        """Take in one file; return what kept it from being read to its end."""
        source = "standard input" if name == "-" else Path(name).name
        run = Ingestion(source=source, now=timezone.now())
        show = terminal_progress(sys.stderr, f"rows of {source}")
        read, fault = 0, ""
        try:
            with ExitStack() as stack:
                stream = _open(name, stack)
                for batch in batches(read_lines(stream, name=source)):
                    results = run.store(batch)
                    counts.update(result.result for result in results)
                    read += len(results)
                    show(read, None)
        except FileUnusable as error:
            fault = str(error)
        except OSError as error:
            fault = f"{name}: {error.strerror}"
        show(read, read)
        for job in run.finish():
            tasks.wake(job)
        return fault


def _open(name: str, stack: ExitStack) -> BinaryIO:
    if name == "-":
        return sys.stdin.buffer
    return stack.enter_context(Path(name).open("rb"))


def _summary(counts: Counter[Result]) -> str:
    lines = [f"{result.value:<10}{counts[result]:>10}" for result in Result]
    return "\n".join([*lines, f"{'read':<10}{counts.total():>10}"])
