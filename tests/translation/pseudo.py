"""A language for tests: whatever goes through gettext comes back in fullwidth letters.

So an ordinary letter on a page is either data or a text that nobody marked. Placeholders, tags and
entities stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import ascii_letters

from django.test import override_settings
from django.utils.translation import trans_real

CODE = "en-xa"
LETTERS = {ord(letter): ord(letter) + 0xFEE0 for letter in ascii_letters}
KEPT = re.compile(r"(%\(\w+\)[sd]|%[sd%]|\{[^{}]*\}|<[^<>]*>|&\w+;)")
CONTEXT = "\x04"


def widened(message: str) -> str:
    """Letters in their fullwidth form."""
    parts = KEPT.split(message.rpartition(CONTEXT)[2])
    return "".join(
        part if place % 2 else part.translate(LETTERS) for place, part in enumerate(parts)
    )


class Pseudo:
    """Stands where Django keeps the catalogue of a language."""

    def gettext(self, message: str) -> str:
        return widened(message)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return widened(singular if number == 1 else plural)

    def language(self) -> str:
        return CODE

    def to_language(self) -> str:
        return CODE


@contextmanager
def pseudo_language(folder: Path) -> Iterator[None]:
    """Speak nothing else for a while. Django wants to find a file of it, and never opens it."""
    catalogue = folder / "en_XA" / "LC_MESSAGES" / "django.mo"
    catalogue.parent.mkdir(parents=True, exist_ok=True)
    catalogue.touch()
    languages = {"LANGUAGES": [(CODE, "Pseudo"), ("en-gb", "English")], "LOCALE_PATHS": [folder]}
    with override_settings(LANGUAGE_CODE=CODE, **languages):
        trans_real._translations[CODE] = Pseudo()  # type: ignore[attr-defined]  # no stub has it
        yield
