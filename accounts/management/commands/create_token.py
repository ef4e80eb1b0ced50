from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import DomainError
from accounts.models import User
from accounts.services import tokens


class Command(BaseCommand):
    help = "Issue a token of the API for a user and print it: once, it cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, metavar="E-MAIL", help="whose token it is")
        parser.add_argument("--name", required=True, help="what it is for, as the admin shows it")
        parser.add_argument(
            "--scopes",
            required=True,
            help="what it may do, with commas between: read, work_ctas (with read: it answers with "
            "records), ingest, configure",
        )
        parser.add_argument(
            "--expires-days",
            type=int,
            default=tokens.LIFETIME_DAYS,
            help="how long it is valid (default: %(default)s, at most "
            f"{tokens.MOST_LIFETIME_DAYS})",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user with the e-mail {options['user']!r}.")
        scopes = {scope.strip() for scope in options["scopes"].split(",") if scope.strip()}
        try:
            issued = tokens.create_token(
                user=user,
                name=options["name"],
                scopes=scopes,
                lifetime_days=options["expires_days"],
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        expiry = issued.token.expiry
        assert expiry is not None  # noqa: S101 - it was given a lifetime
        self.stderr.write(f"{issued.token.name}, for {user.email}, until {expiry:%-d %B %Y}:")
        self.stdout.write(issued.plaintext)
