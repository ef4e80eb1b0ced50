from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.commands import (
    account_named,
    add_account,
    add_archive,
    add_person,
    count_table,
    person_named,
)
from accounts.services import customer_export


class Command(BaseCommand):
    help = "Write all that is stored of an account, with the history of its records."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_account(parser)
        add_archive(parser)
        add_person(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        account = account_named(options["account"])
        counts = customer_export.export(
            customer_export.tables_of_account(account),
            options["output"],
            of=account,
            now=timezone.now(),
            by=person_named(options["by"]),
        )
        self.stdout.write(count_table(counts))
