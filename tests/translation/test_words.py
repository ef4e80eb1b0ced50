"""The words of pure modules, with and without a catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from gettext import NullTranslations

import pytest
from django.utils import translation

from accounts import words
from tests.translation.pseudo import Pseudo, widened


@pytest.fixture(autouse=True)
def spoken_as_before() -> Iterator[None]:
    yield
    words.speak_by(translation)


def test_without_a_catalogue_words_are_said_as_written() -> None:
    words.speak_by(NullTranslations())
    assert words.gettext("today") == "today"
    assert words.ngettext("%(count)s day", "%(count)s days", 2) == "%(count)s days"


def test_a_catalogue_says_them_from_then_on() -> None:
    words.speak_by(Pseudo())
    assert words.gettext("today") == widened("today")
    assert words.ngettext("%(count)s day", "%(count)s days", 1) == widened("%(count)s day")


def test_nothing_stays_nothing() -> None:
    assert words.gettext("") == ""  # a catalogue answers with its own heading


def test_a_constant_is_only_noted() -> None:
    words.speak_by(Pseudo())
    assert words.gettext_noop("today") == "today"
