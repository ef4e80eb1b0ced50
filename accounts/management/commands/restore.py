from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.commands import domain_errors, may_replace
from accounts.services import backups


class Command(BaseCommand):
    help = (
        "Put a backup in the place of all that is in the database, in one transaction: killed or "
        "refused, it has changed nothing. Stop the web and the workers first; on PostgreSQL it waits "
        "ten seconds for them. A backup of an older version is then migrated by `migrate`."
    )
    requires_system_checks = []  # it comes before there is anything to check

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--yes", action="store_true", help="Replace what the database has.")

    def handle(self, *, file: Path, yes: bool, **_options: Any) -> None:
        with domain_errors():
            question = "Replace all that is in the database?"
            replaces = yes or (not backups.is_empty() and may_replace(question))
            missing = backups.restore(file, replaces=replaces)
        self.stdout.write(f"Restored from {file}.")
        if missing:
            self.stdout.write(
                f"It was made by an older version: {len(missing)} migrations are to follow. "
                "Run `manage.py migrate`."
            )
