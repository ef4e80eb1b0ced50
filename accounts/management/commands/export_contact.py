from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.commands import (
    add_archive,
    add_contact,
    add_person,
    contact_named,
    count_table,
    person_named,
)
from accounts.services import customer_export


class Command(BaseCommand):
    help = (
        "Write all that is stored of a contact: their record, its history, and the texts about the "
        "account that name them by e-mail or full name."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_contact(parser)
        add_archive(parser)
        add_person(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        contact = contact_named(options["account"], options["email"])
        counts = customer_export.export(
            customer_export.tables_of_contact(contact),
            options["output"],
            of=contact,
            now=timezone.now(),
            by=person_named(options["by"]),
        )
        self.stdout.write(count_table(counts))
