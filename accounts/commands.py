"""What the commands share: a domain error ends one with a clear line; whom and what they name, and what they ask."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management.base import CommandError
from django.db import OperationalError

from accounts.errors import DomainError
from accounts.models import Account, Contact, User


@contextmanager
def domain_errors() -> Iterator[None]:
    """A DomainError, or a database that gives up, ends the command with its text and exit code 1."""
    try:
        yield
    except DomainError as error:
        raise CommandError(str(error)) from error
    except OperationalError as error:  # its disk is full, or it went away
        reason = str(error).splitlines()[0]
        raise CommandError(
            f"The database gave up: {reason}. What was begun last is not stored; run the same again."
        ) from error


def add_account(parser: ArgumentParser) -> None:
    parser.add_argument("account", metavar="ACCOUNT", help="its external id")


def add_person(parser: ArgumentParser) -> None:
    parser.add_argument("--by", metavar="E-MAIL", help="who does it, as the records will say")


def account_named(external_id: str) -> Account:
    """The account of an external id; raises CommandError."""
    account = Account.objects.filter(external_id=external_id).first()
    if account is None:
        raise CommandError(f"There is no account with the external id {external_id!r}.")
    return account


def person_named(email: str | None) -> User | None:
    """The user of an e-mail, or None without one; raises CommandError."""
    if not email:
        return None
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise CommandError(f"There is no user with the e-mail {email!r}.")
    return user


def add_contact(parser: ArgumentParser) -> None:
    add_account(parser)
    parser.add_argument("email", metavar="E-MAIL", help="the contact's, in any case")


def contact_named(external_id: str, email: str) -> Contact:
    """The contact of an account with that e-mail; raises CommandError."""
    account = account_named(external_id)
    contact = account.contacts.filter(email__iexact=email).first()
    if contact is None:
        raise CommandError(f"{external_id} has no contact with the e-mail {email!r}.")
    return contact


def add_archive(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--output", required=True, type=_archive, metavar="FILE.zip|FILE.json",
        help="a .zip with JSON and CSV, or one .json",
    )  # fmt: skip


def _archive(text: str) -> Path:
    path = Path(text)
    if path.suffix not in {".zip", ".json"}:
        raise ArgumentTypeError("must end in .zip or .json")
    if not path.parent.is_dir():
        raise ArgumentTypeError(f"there is no folder {path.parent}")
    return path


def add_certainty(parser: ArgumentParser) -> None:
    """Erasing is asked for twice: without --yes a command only says what it would do."""
    sure = parser.add_mutually_exclusive_group()
    sure.add_argument(
        "--dry-run", action="store_true", help="only show what would go (the default)"
    )
    sure.add_argument("--yes", action="store_true", help="erase it, for good")


def count_table(counts: dict[str, int]) -> str:
    """Names and numbers in two columns, with their sum."""
    rows = {**counts, "all": sum(counts.values())}
    width = max(map(len, rows))
    return "\n".join(
        f"{name.replace('_', ' '):<{width}}{count:>12,}" for name, count in rows.items()
    )


def may_replace(question: str) -> bool:
    """Ask the person at the terminal; nobody there is a no."""
    if not sys.stdin.isatty():
        return False
    return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}
