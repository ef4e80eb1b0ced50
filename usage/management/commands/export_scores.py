from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.commands import domain_errors
from accounts.csv_output import write_csv
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
        with domain_errors():
            count = write_csv(output, exports.SCORE_COLUMNS, LEVELS[level](first, last, edition))
        self.stderr.write(f"{count:,} rows written.")
