from __future__ import annotations

import sys
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.commands import domain_errors
from accounts.progress import terminal_progress
from playbooks.services.scoring import score
from usage.arguments import add_months
from usage.services.scoring import ScoreRequest


class Command(BaseCommand):
    help = (
        "Score the months, note the transitions, then evaluate the triggers for the newest scored month. "
        "An edition that is not in force gets its cards, and neither transitions nor calls to action."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_months(parser)
        parser.add_argument("--edition", help="An edition's name; without it the one in force.")

    def handle(self, *, first: date, last: date, edition: str | None, **options: Any) -> None:
        if first > last:
            raise CommandError("--from lies after --to.")
        with domain_errors():
            outcome = score(
                ScoreRequest(first, last, edition),
                now=timezone.now(),
                progress=terminal_progress(sys.stderr, "accounts"),
            )
        scores, triggered = outcome.scores, outcome.triggers
        self.stdout.write(
            f"{scores.accounts} accounts: {scores.cards} cards ({scores.created} created, "
            f"{scores.changed} changed, {scores.unchanged} unchanged), {scores.removed} removed; "
            f"{scores.transitions} transitions."
        )
        if triggered is None:
            self.stdout.write("The edition is not in force: no transitions, no calls to action.")
        else:
            self.stdout.write(
                f"{triggered.signals} signals: {triggered.opened} calls to action opened, "
                f"{triggered.added} added to."
            )
