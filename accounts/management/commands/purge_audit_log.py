from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.commands import domain_errors
from accounts.services import audit


class Command(BaseCommand):
    help = "Delete old entries of the audit log. That this was done stays in it for good."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--keep-days",
            type=int,
            required=True,
            metavar="DAYS",
            help=f"how many days to keep, at least {audit.KEPT_DAYS}",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        with domain_errors():
            count = audit.purge(before=now - timedelta(days=options["keep_days"]), now=now)
        self.stdout.write(f"{count:,} entries deleted.")
