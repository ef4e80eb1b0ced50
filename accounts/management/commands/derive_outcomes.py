from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.renewals import GRACE_DAYS
from accounts.services.outcomes import derive_outcomes


class Command(BaseCommand):
    help = (
        "Store what became of customers at their renewals, as their subscriptions and the former states "
        "of these tell it: renewed, expanded, contracted, churned. Run again it changes what changed. "
        "Outcomes that a file or the API told stay, and stand alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--grace-days", type=int, default=GRACE_DAYS, metavar="N",
            help=f"days around an end in which what begins follows it (default: {GRACE_DAYS})",
        )  # fmt: skip

    def handle(self, *, grace_days: int, **options: Any) -> None:
        derived = derive_outcomes(now=timezone.now(), grace_days=grace_days)
        self.stdout.write("\n".join(f"{name:<10}{n:>11,}" for name, n in asdict(derived).items()))
