from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.commands import account_named, add_account, add_person, person_named
from accounts.services.consents import Wish
from usage.services import consent


class Command(BaseCommand):
    help = (
        "Note that an account shares optional data from now on. What was erased stays erased: it comes "
        "back with the next payloads."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_account(parser)
        parser.add_argument("--note", default="", help="what the customer said, and where")
        add_person(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        account = account_named(options["account"])
        consent.grant(
            account_id=account.pk,
            by=person_named(options["by"]),
            now=timezone.now(),
            wish=Wish(note=options["note"][:500]),
        )
        self.stdout.write(f"{account.external_id} shares optional data.")
