from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.commands import domain_errors
from accounts.progress import terminal_progress
from accounts.services import retention
from accounts.services.retention import Due


class Command(BaseCommand):
    help = (
        "Erase what is older than the enabled retention rules say; the admin has the rules. With --dry-run "
        "it only counts, also for rules that are not enabled."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count")
        parser.add_argument("--kind", help="one kind of data; without it all")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        with domain_errors():
            if options["dry_run"]:
                chosen = retention.chosen_rules(options["kind"])
                self.stdout.write(_table([retention.due(rule, now=now) for rule in chosen]))
                return
            erased = retention.apply(
                now=now,
                only=options["kind"],
                progress=terminal_progress(sys.stderr, "rules"),
            )
        for kind, count in erased.items():
            self.stdout.write(f"{kind:<32}{count:>12,} erased")
        if not erased:
            self.stdout.write("No rule is enabled: nothing was erased.")


def _table(rows: list[Due]) -> str:
    lines = [f"{'kind':<32}{'rule':<16}{'oldest':<12}{'rows to erase':>14}"]
    for due in rows:
        rule = f"{due.rule.days:,} days" if due.rule.enabled else f"off ({due.rule.days:,})"
        oldest = f"{due.oldest:%Y-%m-%d}" if due.oldest else "-"
        lines.append(f"{due.rule.kind:<32}{rule:<16}{oldest:<12}{due.row_count:>14,}")
    return "\n".join(lines)
