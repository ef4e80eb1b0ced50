from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.commands import (
    account_named,
    add_account,
    add_certainty,
    add_person,
    count_table,
    person_named,
)
from accounts.progress import terminal_progress
from accounts.services import erasure


class Command(BaseCommand):
    help = (
        "Erase an account with all that is stored of it. Of its contracts stay plan, dates, seats and ARR "
        "under the subscription's id, without a name. A later import or payload does not bring it back. "
        "Without --yes it only says what would go. Killed, it may be run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_account(parser)
        add_certainty(parser)
        add_person(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        account = account_named(options["account"])
        if not options["yes"]:
            self.stdout.write(count_table(erasure.contents(account.pk)))
            self.stdout.write("Nothing was erased. Say --yes to erase it for good.")
            return
        by, now = person_named(options["by"]), timezone.now()
        begun = erasure.begin(account_id=account.pk, by=by, now=now)
        erased = erasure.erase(begun, now=now, progress=terminal_progress(sys.stderr, "rows"))
        self.stdout.write(count_table(erased))
        self.stdout.write(f"{begun}: done. {begun.contracts.count()} contracts are kept.")
