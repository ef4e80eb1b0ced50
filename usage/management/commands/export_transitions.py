from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.csv_output import write_csv
from accounts.services.audit import noted_export
from usage.arguments import add_output
from usage.services import exports


class Command(BaseCommand):
    help = "Write all transitions (drops of a component's colour) as CSV."

    def add_arguments(self, parser: CommandParser) -> None:
        add_output(parser)

    def handle(self, *, output: str, **options: Any) -> None:
        rows = noted_export("transitions", exports.transitions(), now=timezone.now(), to=output)
        count = write_csv(output, exports.TRANSITION_COLUMNS, rows)
        self.stderr.write(f"{count:,} rows written.")
