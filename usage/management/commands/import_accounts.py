from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import tasks
from accounts.errors import FileUnusable
from accounts.services.upserts import Outcome
from usage.services.imports import import_directory


class Command(BaseCommand):
    help = (
        "Create or update accounts, subscriptions and instances by their external ids from "
        "accounts.csv, subscriptions.csv and instances.csv of a folder (at least one of them). "
        "Rows that cannot be stored are kept as rejected rows; the others go in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", metavar="DIR", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            imported = import_directory(options["directory"], now=timezone.now())
        except (FileUnusable, OSError) as error:
            raise CommandError(str(error)) from error
        for job in imported.jobs:
            tasks.wake(job)
        self.stdout.write(_table(imported.outcomes))
        for name, outcome in imported.outcomes.items():
            for note in outcome.notes:
                self.stdout.write(f"{name}: {note}")


def _table(outcomes: dict[str, Outcome]) -> str:
    heads = ("created", "updated", "unchanged", "rejected", "read")
    lines = [" " * 18 + "".join(f"{head:>11}" for head in heads)]
    for name, outcome in outcomes.items():
        counts = (
            outcome.created,
            outcome.updated,
            outcome.unchanged,
            len(outcome.rejections),
            outcome.read,
        )
        lines.append(f"{name:<18}" + "".join(f"{count:>11,}" for count in counts))
    return "\n".join(lines)
