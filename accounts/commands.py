"""What the commands share: a domain error ends one with a clear line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError

from accounts.errors import DomainError


@contextmanager
def domain_errors() -> Iterator[None]:
    """A DomainError ends the command with its text and exit code 1."""
    try:
        yield
    except DomainError as error:
        raise CommandError(str(error)) from error
