from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.commands import domain_errors
from accounts.csv_output import write_csv
from accounts.services.audit import noted_export
from usage.arguments import add_months, add_output
from usage.services import exports

LEVELS = {"instance": exports.instance_scores, "account": exports.account_scores}


class Command(BaseCommand):
    help = (
        "Write scores as CSV in long form: id,period,edition,code,value,score,color. Accounts come from "
        "the stored score cards, instances are scored from their snapshots."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--level", choices=list(LEVELS), required=True)
        add_months(parser)
        parser.add_argument("--edition", help="An edition's name; without it the one in force.")
        add_output(parser)

    def handle(
        self,
        *,
        level: str,
        first: date,
        last: date,
        edition: str | None,
        output: str,
        **options: Any,
    ) -> None:
        told = {"level": level, "from": first, "to": last, "edition": edition, "output": output}
        rows = LEVELS[level](first, last, edition)
        with domain_errors():
            noted = noted_export("scores", rows, now=timezone.now(), **told)
            count = write_csv(output, exports.SCORE_COLUMNS, noted)
        self.stderr.write(f"{count:,} rows written.")
