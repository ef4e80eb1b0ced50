from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from config.limits import measures


class Command(BaseCommand):
    help = (
        "Tell how near the installation is to its limits, as the page does; exit code 1 when one is "
        "used to 80 % or more: for cron and monitoring."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--quiet", action="store_true", help="Tell what is near a limit only.")

    def handle(self, *, quiet: bool, **_options: Any) -> None:
        groups = measures.groups(timezone.now())
        figures = [figure for group in groups for figure in group.figures]
        for figure in figures:
            if quiet and not figure.is_pressing:
                continue
            percent = "?" if figure.percent is None else f"{figure.percent} %"
            self.stdout.write(
                f"{percent:>6}  {figure.state_words:<15} {figure.name}: {figure.amounts}"
            )
            if figure.is_pressing:
                self.stdout.write(f"{'':>8}{figure.advice}")
        if any(figure.is_pressing for figure in figures):
            sys.exit(1)
