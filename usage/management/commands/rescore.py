from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections import Counter
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.commands import account_named, domain_errors
from accounts.progress import terminal_progress
from usage.arguments import moment, period
from usage.lab.reproduce import Outcome
from usage.services.rebuilding import prove


class Command(BaseCommand):
    help = (
        "Make the score cards of a month anew from what was known at a moment - payloads received by "
        "then, the edition in force, records as their history has them - and compare them with the "
        "stored ones, byte for byte. Writes nothing. Ends well only where every card is equal."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--period", type=period, required=True, metavar="YYYY-MM")
        parser.add_argument(
            "--as-of", type=moment, metavar="MOMENT",
            help="such as 2026-05-03T09:00:00Z; without it each card is proved by its own edition, as "
            "of when it was made",
        )  # fmt: skip
        parser.add_argument("--account", metavar="ID", help="an external id; without it all")

    def handle(
        self,
        *args: Any,
        period: date,
        as_of: datetime | None,
        account: str | None,
        **options: Any,
    ) -> None:
        ids = None if account is None else [account_named(account).pk]
        counts: Counter[Outcome] = Counter()
        with domain_errors():
            for proof in prove(
                period=period,
                as_of=as_of,
                account_ids=ids,
                progress=terminal_progress(sys.stderr, "accounts"),
            ):
                counts[proof.outcome] += 1
                self.stdout.write(str(proof))
        equal, total = counts[Outcome.EQUAL], counts.total()
        summary = (
            f"{total} cards: {equal} equal, {counts[Outcome.DIFFERS]} differ, "
            f"{counts[Outcome.UNKNOWABLE]} cannot be rebuilt."
        )
        if not total:
            raise CommandError("There is no card to prove.")
        if equal < total:
            raise CommandError(summary)
        self.stdout.write(summary)
