from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.csv_output import write_csv
from accounts.services.audit import noted_export
from playbooks.services import exports
from usage.arguments import add_output


class Command(BaseCommand):
    help = "Write all calls to action as CSV."

    def add_arguments(self, parser: CommandParser) -> None:
        add_output(parser)

    def handle(self, *, output: str, **options: Any) -> None:
        rows = noted_export("ctas", exports.ctas(), now=timezone.now(), to=output)
        count = write_csv(output, exports.CTA_COLUMNS, rows)
        self.stderr.write(f"{count:,} rows written.")
