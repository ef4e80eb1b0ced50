from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.csv_output import write_csv
from usage.arguments import add_output
from usage.services import exports


class Command(BaseCommand):
    help = "Write all transitions (drops of a component's colour) as CSV."

    def add_arguments(self, parser: CommandParser) -> None:
        add_output(parser)

    def handle(self, *, output: str, **options: Any) -> None:
        count = write_csv(output, exports.TRANSITION_COLUMNS, exports.transitions())
        self.stderr.write(f"{count:,} rows written.")
