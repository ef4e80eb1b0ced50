from __future__ import annotations

import sys
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.access import Role
from accounts.commands import domain_errors
from accounts.models import User
from accounts.progress import terminal_progress
from playbooks.demo import cast
from playbooks.demo.cast import Person
from playbooks.services import demo


class Command(BaseCommand):
    help = (
        "Build a believable book of business: 76 accounts, 13 months of payloads, scores, calls to action "
        "that people worked on, and people to sign in as. Only with DEBUG=1, in a database of its own. "
        "Run again it keeps what is there."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="Remove the demo; asks first.")
        parser.add_argument("--no-input", action="store_true", help="Remove without asking.")
        parser.add_argument(
            "--seed", type=int, default=demo.SEED, help="Another number: other data."
        )
        parser.add_argument(
            "--most-per-story", type=int, metavar="N", help="A smaller book: N accounts a story."
        )

    def handle(self, *, reset: bool, no_input: bool, **options: Any) -> None:
        with domain_errors():
            demo.refuse_outside_debug()
            if reset:
                self._reset(asks=not no_input)
            else:
                self._build(seed=options["seed"], most_per_story=options["most_per_story"])

    def _reset(self, *, asks: bool) -> None:
        if asks and input("Remove the demo with all work that was done in it? [y/N] ") != "y":
            raise CommandError("Nothing was removed.")
        self.stdout.write(f"{demo.reset()} accounts removed.")

    def _build(self, *, seed: int, most_per_story: int | None) -> None:
        call_command("load_defaults", stdout=StringIO())
        built = demo.build(
            now=timezone.now(),
            seed=seed,
            most_per_story=most_per_story,
            progress=terminal_progress(sys.stderr, "nights"),
        )
        self.stdout.write(
            f"{'Built' if built.is_new else 'Kept'}: {built.accounts} accounts, "
            f"{built.live_ctas} calls to action to work on, {built.closed_ctas} closed."
        )
        self.stdout.write(_logins())


def _logins() -> str:
    people = [person for person in cast.PEOPLE if person.role != Role.SERVICE]
    rows = [(person.email, cast.PASSWORD, f"{person.name}, {_part(person)}") for person in people]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    table = [f"  {email:<{widths[0]}}  {word:<{widths[1]}}  {who}" for email, word, who in rows]
    return "\n".join([f"\nSign in at http://127.0.0.1:{settings.PORT}/ as", *table, ""])


def _part(person: Person) -> str:
    role = str(User.Role(person.role).label)
    return f"{role} of the team {person.team}" if person.team else role
