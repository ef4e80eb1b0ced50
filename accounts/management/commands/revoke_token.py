from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import ApiToken
from accounts.services import tokens


class Command(BaseCommand):
    help = "Take tokens of the API out of use; without arguments list them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "keys", nargs="*", metavar="KEY", help="the begin of a token, as listed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stored = ApiToken.objects.select_related("user")
        if not options["keys"]:
            for token in stored:
                self.stdout.write(_line(token))
            return
        for key in options["keys"]:
            token = stored.filter(token_key=key).first()
            if token is None:
                raise CommandError(f"No token begins with {key!r}.")
            tokens.revoke_token(token, now=timezone.now())
            self.stdout.write(f"{token} of {token.user.email} is revoked.")


def _line(token: ApiToken) -> str:
    used = f"{token.last_used_at:%Y-%m-%d}" if token.last_used_at else "never"
    ends = f"{token.expiry:%Y-%m-%d}" if token.expiry else "never"
    return (
        f"{token.token_key}  {token.name}  {token.user.email}  {','.join(token.scopes)}  "
        f"used {used}  ends {ends}"
    )
