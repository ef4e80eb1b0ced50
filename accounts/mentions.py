"""Whom a text mentions: `@someone@example.com` names a person by e-mail. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_MENTION = re.compile(  # each part is bounded, so that no text takes long to read
    r"(?<![\w.@+-])@(?P<email>[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})"
)
_MARKDOWN = re.compile(r"([\\`*_\[\]<>~])")


def mentioned(text: str) -> frozenset[str]:
    """The e-mail addresses, in lower case, of those whom a text mentions."""
    return frozenset(match["email"].lower() for match in _MENTION.finditer(text))


def with_names(text: str, names: Mapping[str, str]) -> str:
    """A text in Markdown whose mentions say names; an address that none is known of stays as it is."""

    def named(match: re.Match[str]) -> str:
        name = names.get(match["email"].lower())
        return match[0] if name is None else "@" + _MARKDOWN.sub(r"\\\1", name)

    return _MENTION.sub(named, text)
