from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.commands import domain_errors, may_replace
from accounts.services import backups


class Command(BaseCommand):
    help = (
        "Write the whole database to a file, as it is at one moment, while it is used: a copy of "
        "SQLite, or a custom dump of PostgreSQL. The file appears whole or not at all."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--yes", action="store_true", help="Replace a file that is there.")

    def handle(self, *, file: Path, yes: bool, **_options: Any) -> None:
        replaces = yes or (file.exists() and may_replace(f"{file} exists: replace it?"))
        with domain_errors():
            size = backups.backup(file, replaces=replaces)
        self.stdout.write(f"{file}: {size:,} bytes. `manage.py restore {file}` brings it back.")
