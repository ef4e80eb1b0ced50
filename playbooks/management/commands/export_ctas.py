from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.csv_output import write_csv
from playbooks.services import exports
from usage.arguments import add_output


class Command(BaseCommand):
    help = "Write all calls to action as CSV."

    def add_arguments(self, parser: CommandParser) -> None:
        add_output(parser)

    def handle(self, *, output: str, **options: Any) -> None:
        count = write_csv(output, exports.CTA_COLUMNS, exports.ctas())
        self.stderr.write(f"{count:,} rows written.")
