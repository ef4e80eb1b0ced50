from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.commands import domain_errors
from accounts.csv_output import write_csv
from accounts.errors import DomainError
from accounts.progress import terminal_progress
from accounts.services.audit import noted_export
from usage.lab.backtest import Asked, Target
from usage.lab.backtest.rows import COLUMNS
from usage.services import backtests, editions
from usage.services.backtests import LEADS, RESAMPLES, SEED, Question, checked_leads
from usage.services.known_at import Known


def _leads(text: str) -> tuple[int, ...]:
    try:
        return checked_leads([int(part) for part in text.split(",")])
    except (ValueError, DomainError) as error:
        raise ArgumentTypeError("must be months ahead such as 3,6,9") from error


class Command(BaseCommand):
    help = (
        "Hold an edition, or a draft, against what became of customers: how often Red and Yellow some "
        "months before were right, how much they caught, and what that cost. Each month is scored as it "
        "was known when it ended. Outcomes come by import_outcomes or derive_outcomes. Stores nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--edition", required=True, metavar="NAME")
        parser.add_argument(
            "--leads", type=_leads, default=LEADS, metavar="3,6,9", help="months before an outcome"
        )
        parser.add_argument(
            "--target", choices=list(Target), default=Target.CHURN,
            help="what is a loss: who churned, or (loss) also who contracted",
        )  # fmt: skip
        parser.add_argument(
            "--known", choices=list(Known), default=Known.RECEIVED,
            help="payloads that had been received by then, or (for a history that was taken in later) "
            "recorded",
        )  # fmt: skip
        parser.add_argument("--resamples", type=int, default=RESAMPLES, help="for the intervals")
        parser.add_argument("--seed", type=int, default=SEED, help="of the resampling")
        parser.add_argument("--output", metavar="FILE.csv", help="all figures; - writes to stdout")

    def handle(self, *, edition: str, output: str | None, **options: Any) -> None:
        now = timezone.now()
        with domain_errors():
            row = editions.named(edition)
            former = backtests.former_of(row)
            question = Question(
                edition=editions.frozen(row),
                former=editions.frozen(former) if former else None,
                asked=Asked(
                    leads=options["leads"],
                    target=Target(options["target"]),
                    resamples=options["resamples"],
                    seed=options["seed"],
                ),
                known=Known(options["known"]),
            )
            progress = terminal_progress(sys.stderr, "steps")
            found = backtests.backtest(question, now=now, progress=progress)
            if output:
                rows = ([each[name] for name in COLUMNS] for each in found.result["figures"])
                noted = noted_export("backtest", rows, now=now, edition=edition, output=output)
                write_csv(output, COLUMNS, noted)
        told = self.stderr if output == "-" else self.stdout
        told.write("\n".join(found.result["sentences"]))
        for caveat in found.result["caveats"]:
            self.stderr.write(caveat)
