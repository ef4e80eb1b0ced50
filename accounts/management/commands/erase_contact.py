from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.commands import (
    add_certainty,
    add_contact,
    add_person,
    contact_named,
    count_table,
    person_named,
)
from accounts.services import erasure

NOT_FOUND = (
    "A text that calls them by another name, or by a first name alone, is not found: read it."
)


class Command(BaseCommand):
    help = (
        "Erase a contact with their history, and their e-mail and full name in the texts about the account. "
        "Without --yes it only says what would go."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_contact(parser)
        add_certainty(parser)
        add_person(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        contact = contact_named(options["account"], options["email"])
        if not options["yes"]:
            self.stdout.write(count_table(erasure.mentions(contact)))
            self.stdout.write("Nothing was erased. Say --yes to erase it for good.")
            return
        by = person_named(options["by"])
        erased = erasure.erase_contact(contact_id=contact.pk, by=by, now=timezone.now())
        self.stdout.write(count_table(erased))
        self.stdout.write(NOT_FOUND)
