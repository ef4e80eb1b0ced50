"""What the commands share that import what customers told and did."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import tasks
from accounts.errors import FileUnusable
from accounts.services.voice import Result, Table
from usage.services.voice import Import, import_file

MOST_TOLD = 20


class ImportCommand(BaseCommand):
    """Imports a CSV file into one table, tells the counts, and each rejected row with its reason."""

    table: ClassVar[Table]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="CSV, plain or gzip")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = import_file(options["file"], self.table, now=timezone.now())
        except (FileUnusable, OSError) as error:
            raise CommandError(str(error)) from error
        for job in done.jobs:
            tasks.wake(job)
        self._tell(done)

    def _tell(self, done: Import) -> None:
        counts = {**done.taken.counts, "read": len(done.taken.results)}
        self.stdout.write("\n".join(f"{name:<10}{count:>11,}" for name, count in counts.items()))
        if done.unknown:
            names = ", ".join(done.unknown)
            self.stdout.write(f"columns that are not known and were not read: {names}")
        rejected = [row for row in done.taken.results if row.result is Result.REJECTED]
        for row in rejected[:MOST_TOLD]:
            self.stderr.write(f"line {row.line}: {row.field} {row.reason}".replace(":  ", ": "))
        if len(rejected) > MOST_TOLD:
            self.stderr.write(f"and {len(rejected) - MOST_TOLD:,} more")
