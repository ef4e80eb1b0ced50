"""What is counted anywhere has its plural forms in the catalogue."""

from __future__ import annotations

import re

from accounts.formats import COUNTED
from tests.architecture.repository import APPS, modules, templates

IN_TEMPLATES = re.compile(r"\|plural:[\"']([^\"',]+)")
IN_PYTHON = re.compile(r"\bplural\([^\n]*?, ?[\"']([a-z ]+)[\"']")


def test_every_noun_that_pages_count_is_listed() -> None:
    texts = [path.read_text() for path in templates()]
    texts_of_modules = [
        path.read_text() for path in modules(*APPS, "config") if "management" not in path.parts
    ]
    nouns = {noun for text in texts for noun in IN_TEMPLATES.findall(text)}
    nouns |= {noun for text in texts_of_modules for noun in IN_PYTHON.findall(text)}
    assert nouns - COUNTED.keys() == set()
