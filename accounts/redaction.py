"""Takes secrets out of what is logged. Pure; imports nothing of Django."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

MASK = "[secret]"
SHORTEST_KNOWN = 6  # a shorter one, such as the password of a test database, is in every other word

_NAMES = (
    r"pass(?:word|wd|phrase)?\d?|secret(?:[_-]?key)?|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|(?:\w*[_-])?token|csrf(?:middleware)?token|webhook[_-]?url|session(?:id|[_-]?key)|cookie|set-cookie"
)
_SECRET_NAME = re.compile(rf"(?:\w*[_-])?(?:{_NAMES})", re.IGNORECASE)
_IN_TEXT = (
    # Authorization: Token abc; a dict's 'HTTP_AUTHORIZATION': 'Basic abc'
    (
        re.compile(
            r"(authorization['\"]?\s*[=:]\s*(?:b(?=['\"]))?['\"]?)(?:\w+\s+)?[^\s'\",]+",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"\b(Token|Bearer|Basic)\s+[\w.~+/=-]{16,}", re.IGNORECASE), rf"\1 {MASK}"),
    # Cookie: sessionid=abc; csrftoken=def
    (re.compile(r"(cookie['\"]?\s*[=:]\s*['\"]?)[^'\"\n]+", re.IGNORECASE), rf"\1{MASK}"),
    # scheme://user:password@host
    (re.compile(r"(?<=://)([^\s:/@'\"]*):[^\s@'\"]+(?=@)"), rf"\1:{MASK}"),
    # a one-time link: /reset/<user>/<token>/
    (re.compile(r"(/reset/[^/\s'\"]+/)(?!set-password\b)[^/\s'\"]+"), rf"\1{MASK}"),
    # an incoming webhook of Slack: who has it may post
    (re.compile(r"(?<=://hooks\.slack\.com/)[^\s'\"]+"), MASK),
    # what webhooks are signed by, and a link that ends e-mails
    (re.compile(r"\bwhsec_[\w+/=-]+"), MASK),
    (re.compile(r"(/alerts/unsubscribe/)[^/\s'\"]+"), rf"\1{MASK}"),
    # what Django stores of a password
    (re.compile(r"\b(?:argon2|pbkdf2_sha\d+|scrypt|bcrypt\w*)\$[^\s'\")]+"), MASK),
    # 'sessionid': 'abc', "api_key": "abc", password = "abc"
    (
        re.compile(
            rf"(?<![\w-])((?:\w*[_-])?(?:{_NAMES})['\"]?\s*[=:]\s*b?)(?:'[^']*'|\"[^\"]*\")",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    # password=abc, Cookie: abc; not the `token = work()` of a traceback
    (
        re.compile(
            rf"(?<![\w-])((?:\w*[_-])?(?:{_NAMES})(?:=|: ?))(?!\[secret\])[^\s,&'\"}})\]]+",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    # a token of ours, or the digest of one
    (re.compile(r"\b[0-9a-f]{64,128}\b"), MASK),
)


def is_secret_name(name: str) -> bool:
    """Whether a field or key of this name holds a secret: `password`, `api_key`, `HTTP_COOKIE`."""
    return _SECRET_NAME.fullmatch(name) is not None


def redact(text: str, known: Iterable[str] = ()) -> str:
    """Mask the secrets in a text: those that are `known`, and those that look like one."""
    for secret in known:
        text = text.replace(secret, MASK)
    for pattern, replacement in _IN_TEXT:
        text = pattern.sub(replacement, text)
    return text


def worth_hiding(secrets: Iterable[str | None]) -> tuple[str, ...]:
    """The secrets that can be masked wherever they stand, the longest first."""
    found = {secret for secret in secrets if secret and len(secret) >= SHORTEST_KNOWN}
    return tuple(sorted(found, key=len, reverse=True))


class Redactor:
    """A processor of structlog: masks secrets in all that a line says, however deep, before it is written.

    Takes an event before it is rendered, or the text that it was rendered to.
    """

    def __init__(self, known: Iterable[str | None] = ()) -> None:
        self.known = worth_hiding(known)

    def __call__(self, _logger: Any, _method: str, line: Any) -> Any:
        return self._masked(line)

    def _masked(self, value: Any) -> Any:
        if isinstance(value, str):
            return redact(value, self.known)
        if isinstance(value, Mapping):
            return {
                name: MASK if is_secret_name(str(name)) else self._masked(inner)
                for name, inner in value.items()
            }
        if isinstance(value, list | tuple):
            return [self._masked(each) for each in value]
        return value
