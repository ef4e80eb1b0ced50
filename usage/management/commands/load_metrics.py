from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import tasks
from accounts.commands import domain_errors
from usage.services import dictionary


class Command(BaseCommand):
    help = (
        "Load metric definitions in the YAML form of Service Ping: files, folders with all below "
        "them, or the one list that an instance exports. Which metrics are tracked stays as it is. "
        "Bad files are named and fail the command after the others are loaded."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        with domain_errors():
            loaded = dictionary.load(options["paths"], now=timezone.now())
        for job in loaded.jobs:
            tasks.wake(job)
        self.stdout.write(str(loaded))
        if loaded.faults:
            raise CommandError("\n".join(loaded.faults))
