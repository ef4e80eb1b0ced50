from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts import tasks
from accounts.commands import (
    account_named,
    add_account,
    add_person,
    domain_errors,
    person_named,
)
from accounts.models import Consent
from accounts.services.consents import Wish
from usage.services import consent


class Command(BaseCommand):
    help = (
        "Note that an account withdraws its consent to optional data, and erase what is stored of it: "
        "in payloads, snapshots, cards, transitions, calls to action and rejected rows. For good; files "
        "that were exported before cannot be called back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_account(parser)
        parser.add_argument(
            "--category", choices=Consent.Category.values, default=Consent.Category.OPTIONAL.value
        )
        parser.add_argument("--note", default="", help="what the customer said, and where")
        add_person(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        account = account_named(options["account"])
        with domain_errors():
            erased = consent.withdraw(
                account_id=account.pk,
                by=person_named(options["by"]),
                now=timezone.now(),
                category=options["category"],
                wish=Wish(note=options["note"][:500]),
            )
        if erased.job is not None:
            tasks.wake(erased.job)
        self.stdout.write(f"Optional metrics were erased: {erased.words}.")
