"""The words of modules that know nothing of Django: as written, until an app hands in a catalogue. Pure.

The names are those that `make messages` looks for. A word is looked up when it is said, so one
module speaks to each reader in the reader's language.
"""

from __future__ import annotations

from gettext import NullTranslations
from typing import Protocol


class Catalogue(Protocol):
    """What translates: `django.utils.translation`, or a catalogue of the standard library."""

    def gettext(self, message: str, /) -> str: ...

    def ngettext(self, singular: str, plural: str, number: int, /) -> str: ...


class _Chosen:
    catalogue: Catalogue = NullTranslations()


def speak_by(catalogue: Catalogue) -> None:
    """Say every word by that catalogue from now on."""
    _Chosen.catalogue = catalogue


def gettext(message: str) -> str:
    return _Chosen.catalogue.gettext(message) if message else ""


def ngettext(singular: str, plural: str, number: int) -> str:
    return _Chosen.catalogue.ngettext(singular, plural, number)


def gettext_noop(message: str) -> str:
    """Mark a constant: it is looked up where it is said."""
    return message
