"""What a person sees or hears of a page, without what is data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import CharField, JSONField, Model, TextField

ATTRIBUTES = {
    "aria-label",
    "title",
    "placeholder",
    "alt",
    "data-label",
    "data-way",
    "data-error",
    "data-error-0",
    "data-error-403",
    "data-error-404",
}
UNREAD = {"script", "style", "code", "kbd", "pre"}
VOID = {"input", "img", "br", "hr", "meta", "link"}
OUR_APPS = ("accounts", "usage", "playbooks")
WORD = re.compile(r"[A-Za-z]{2,}")
NOT_WORDS = re.compile(
    r"""
    [\u2212-]?\$[\d.,]+[kMB]?          # money
    | \b[\w.+-]+@[\w.-]+\b        # e-mail
    | https?://\S*                # addresses
    | \b[\d.,]+\ ?(B|kB|MB|GB|TB|s|min)\b
    | \b\w+(\.\w+)+\b             # names of files, hosts
    | \bUTC\b
    """,
    re.VERBOSE,
)


class Reader(HTMLParser):
    """Collects the texts of a page, those of attributes too."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.texts += [value for name in ATTRIBUTES if (value := given.get(name))]
        if tag == "input" and given.get("type") in {"submit", "button"}:
            self.texts.append(given.get("value") or "")
        if tag in UNREAD:
            self.unread += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in UNREAD:
            self.unread -= 1

    def handle_data(self, data: str) -> None:
        if not self.unread and data.strip():
            self.texts.append(" ".join(data.split()))


def texts_of(page: str) -> list[str]:
    reader = Reader()
    reader.feed(page)
    return reader.texts


def stored_texts() -> list[str]:
    """Every free text in the database, the longest first: what fixed lists hold is none."""
    models = [model for app in OUR_APPS for model in apps.get_app_config(app).get_models()]
    found = {text for model in models for text in _texts_of_rows(model)}
    return sorted((text for text in found if WORD.search(text)), key=len, reverse=True)


def names_of_tables() -> list[str]:
    """What Django makes of the names of models."""
    models = [model for app in OUR_APPS for model in apps.get_app_config(app).get_models()]
    names = {str(model._meta.verbose_name_plural).capitalize() for model in models}
    if connection.vendor == "postgresql":  # the page of limits lists them
        names |= {row["name"] for row in connection.introspection.sequence_list()}
    return sorted(names, key=len, reverse=True)


def _texts_of_rows(model: type[Model]) -> Iterator[str]:
    kinds = (CharField, TextField, JSONField)
    names = [f.name for f in model._meta.fields if isinstance(f, kinds) and not f.choices]
    for row in model._default_manager.values_list(*names) if names else ():
        for value in row:
            yield from _strings(value)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from filter(None, (" ".join(line.split()) for line in value.splitlines()))
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def unmarked(page: str, data: list[str]) -> list[str]:
    """Texts of a page that hold a word of their own in ordinary letters."""
    known = (
        re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, data)) + r")(?!\w)") if data else None
    )
    found = []
    for text in texts_of(page):
        left = known.sub("", text) if known else text
        if WORD.search(NOT_WORDS.sub("", left)):
            found.append(text)
    return found
