from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.commands import domain_errors
from accounts.csv_output import write_csv
from accounts.progress import terminal_progress
from playbooks.services import what_if
from playbooks.services.what_if import Question
from usage.arguments import period
from usage.periods import period_of
from usage.services import edition_files, editions
from usage.services.scoring import reported_periods


class Command(BaseCommand):
    help = (
        "Say what an edition's YAML file would change against what is in force: colours, who moves and "
        "why, calls to action. No scores and no calls to action are written. Without months the newest "
        "reported one is compared."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="DRAFT.yaml")
        parser.add_argument("--base", metavar="NAME", help="Against this edition in every month.")
        parser.add_argument("--from", dest="first", type=period, metavar="YYYY-MM")
        parser.add_argument("--to", dest="last", type=period, metavar="YYYY-MM")
        parser.add_argument(
            "--output", metavar="FILE.csv", help="Write who moves and why; - writes to stdout."
        )

    def handle(self, *, file: Path, output: str | None, **options: Any) -> None:
        now = timezone.now()
        with domain_errors():
            question = _question(file, now=now, **options)
            answer = what_if.answer(
                question, now=now, progress=terminal_progress(sys.stderr, "accounts")
            )
            said = self.stderr if output == "-" else self.stdout
            for line in answer.summary_lines():
                said.write(line)
            for cta in answer.ctas:
                said.write(f"  {cta.account}: {cta.title} (for {cta.owner})")
            if output:
                moved = answer.moved.sort(["arr", "name", "part"], descending=[True, False, False])
                rows = what_if.moved_rows(question, moved, now=now)
                write_csv(output, what_if.COLUMNS, rows)


def _question(
    file: Path, *, base: str | None, first: date | None, last: date | None, now: datetime, **_: Any
) -> Question:
    """Raises CommandError and DomainErrors."""
    draft = edition_files.read(file).edition
    editions.check(draft)
    reported = reported_periods()
    if reported is None:
        raise CommandError("Nobody has reported anything yet: there is nothing to compare.")
    until = last or min(reported[1], period_of(now))
    since = first or until
    if since > until:
        raise CommandError("--from lies after --to.")
    against = editions.frozen(editions.named(base)) if base else None
    return Question(draft, since, until, against)
