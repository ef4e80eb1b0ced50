"""Payloads of Service Ping: bytes in; identity, time, readings or a rejection out. Pure."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import orjson
import zstandard

from accounts.errors import RowRejected
from usage.periods import period_of

Number = int | float
Readings = dict[str, Number]
Body = dict[str, Any]

DEEPEST = 20
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
CLOCK_SKEW = timedelta(days=2)
LARGEST = 2**63
ID_LENGTH = 120
HOSTNAME_LENGTH = 255
VERSION_LENGTH = 60
NOT_UTF8 = "is not UTF-8"
_DAY_AND_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}.*", re.ASCII | re.DOTALL)
USER_COUNTS = ("license_user_count", "license_billable_users")


class Identity(NamedTuple):
    """Which instance a payload is of: an installation, or a namespace (without a hostname)."""

    external_id: str
    hostname: str
    is_namespace: bool


@dataclass(frozen=True, slots=True)
class Payload:
    """One payload as it came: `content` is its canonical JSON, the same for the same values."""

    identity: Identity
    recorded_at: datetime
    version: str
    license_md5: str
    license_sha256: str
    readings: Readings
    content: bytes
    digest: str

    @property
    def period(self) -> date:
        return period_of(self.recorded_at)


class KeyPaths:
    """Key paths, split once: which numbers to read from each of many payloads."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = frozenset(paths)
        self._split = tuple((path, tuple(path.split("."))) for path in sorted(self.paths))

    def readings(self, body: Body) -> Readings:
        """Return the numbers at the paths as reported; what is no number is not available.

        Raises RowRejected where a number is beyond what any database holds.
        """
        found: Readings = {}
        for path, parts in self._split:
            value = _value_at(body, parts)
            if isinstance(value, int | float) and not isinstance(value, bool):
                if not -LARGEST <= value < LARGEST:
                    raise RowRejected(path, "is a number beyond reason")
                found[path] = value
        return found

    def without(self, body: Body) -> bool:
        """Take the values at the paths out of a body; tell whether there were any."""
        is_changed = False
        for _, parts in self._split:
            parent = _value_at(body, parts[:-1])
            if isinstance(parent, dict) and parts[-1] in parent:
                del parent[parts[-1]]
                is_changed = True
        return is_changed


def parse(line: bytes, *, key_paths: KeyPaths, now: datetime) -> Payload:
    """Read one payload; raise RowRejected with the field and the reason where it cannot be stored."""
    body = _body(line)
    identity = _identity(body)
    recorded_at = _recorded_at(body, now=now)
    _check_user_counts(body)
    if _is_too_deep(body):
        raise RowRejected("", f"is nested deeper than {DEEPEST} levels")
    readings = key_paths.readings(body)
    content = canonical(body)
    return Payload(
        identity=identity,
        recorded_at=recorded_at,
        version=_word(body, "version", longest=VERSION_LENGTH),
        license_md5=_hash(body, "license_md5", length=32),
        license_sha256=_hash(body, "license_sha256", length=64),
        readings=readings,
        content=content,
        digest=digest(content),
    )


def withhold(payload: Payload, optional: KeyPaths) -> Payload:
    """Return the payload without its optional metrics."""
    body: Body = orjson.loads(payload.content)
    if not optional.without(body):
        return payload
    content = canonical(body)
    kept = {path: n for path, n in payload.readings.items() if path not in optional.paths}
    return Payload(
        identity=payload.identity,
        recorded_at=payload.recorded_at,
        version=payload.version,
        license_md5=payload.license_md5,
        license_sha256=payload.license_sha256,
        readings=kept,
        content=content,
        digest=digest(content),
    )


# --- one form for the same content ----------------------------------------------------------------
def canonical(body: Body) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def compress(content: bytes) -> bytes:
    return zstandard.compress(content)


def decompress(stored: bytes | memoryview) -> Body:
    body: Body = orjson.loads(zstandard.decompress(stored))
    return body


# --- the parts of a payload -----------------------------------------------------------------------
def _body(line: bytes) -> Body:
    try:
        body = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        path = _path_of_infinity(line)
        if path is not None:
            raise RowRejected(path, "is NaN or infinite, which JSON does not have") from error
        if not _is_utf8(line):
            raise RowRejected("", f"{NOT_UTF8}: JSON is never otherwise") from error
        where = (
            f"column {error.colno}"
            if error.lineno == 1
            else f"line {error.lineno}, column {error.colno}"
        )
        raise RowRejected("", f"is not JSON: {error.msg} ({where})") from error
    if not isinstance(body, dict):
        raise RowRejected("", "is no JSON object")
    return body


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _identity(body: Body) -> Identity:
    uuid, namespace_id = body.get("uuid"), body.get("namespace_id")
    if uuid is None and namespace_id is None:
        raise RowRejected("uuid", "is missing, and so is namespace_id: nobody's payload")
    if uuid is not None and namespace_id is not None:
        raise RowRejected("namespace_id", "is given beside a uuid: an instance has one of them")
    if uuid is not None:
        hostname = host(_text(body, "hostname", longest=HOSTNAME_LENGTH))
        if not hostname:
            raise RowRejected("hostname", "is a point only")
        uuid_text = _text(body, "uuid", longest=ID_LENGTH).lower()
        return Identity(uuid_text, hostname, is_namespace=False)
    if isinstance(namespace_id, bool) or not isinstance(namespace_id, int):
        raise RowRejected("namespace_id", "is no whole number")
    if not 0 < namespace_id < LARGEST:
        raise RowRejected("namespace_id", "is out of range")
    return Identity(str(namespace_id), "", is_namespace=True)


def host(name: str) -> str:
    """One form for the names of a host: neither case nor the point of the root make it another."""
    return name.lower().rstrip(".")


def _text(body: Body, name: str, *, longest: int) -> str:
    value = body.get(name)
    if value is None or value == "":
        raise RowRejected(name, "is missing")
    if not isinstance(value, str):
        raise RowRejected(name, "is no text")
    text = value.strip()
    if not text.isprintable() or not text:
        raise RowRejected(name, "holds characters that cannot be printed")
    if len(text) > longest:
        raise RowRejected(name, f"is longer than {longest} characters")
    return text


def _recorded_at(body: Body, *, now: datetime) -> datetime:
    text = body.get("recorded_at")
    if text is None or text == "":
        raise RowRejected("recorded_at", "is missing")
    if not isinstance(text, str):
        raise RowRejected("recorded_at", "is no text; write a time like 2026-05-03T03:35:45Z")
    moment = parse_moment(text)
    if moment is None:
        raise RowRejected("recorded_at", f"is no time: {text[:40]!r}")
    if moment < EARLIEST:
        raise RowRejected("recorded_at", "is before the year 2000")
    if moment > now + CLOCK_SKEW:
        raise RowRejected("recorded_at", f"is in the future: {text[:40]!r}")
    return moment


def parse_moment(text: str) -> datetime | None:
    """Read an ISO 8601 day and time, also with " UTC" behind it; without an offset it is UTC."""
    bare = text.strip()
    if not _DAY_AND_TIME.fullmatch(bare):
        return None  # a week or a day alone names no moment
    if bare.endswith(" UTC"):
        bare = bare.removesuffix(" UTC") + "+00:00"
    try:
        moment = datetime.fromisoformat(bare)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _check_user_counts(body: Body) -> None:
    for name in USER_COUNTS:
        value = body.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float | None):
            raise RowRejected(name, "is no number")


def _word(body: Body, name: str, *, longest: int) -> str:
    """Return a text that is good to have; what cannot be one is left out."""
    value = body.get(name)
    if isinstance(value, str) and len(value) <= longest and value.isprintable():
        return value.strip()
    return ""


def _hash(body: Body, name: str, *, length: int) -> str:
    text = _word(body, name, longest=length).lower()
    is_hash = len(text) == length and all(digit in "0123456789abcdef" for digit in text)
    return text if is_hash else ""


def _value_at(body: Any, parts: Collection[str]) -> Any:
    value = body
    for part in parts:
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _is_too_deep(body: Body) -> bool:
    level: list[Any] = [body]
    for _ in range(DEEPEST):
        level = [
            child
            for parent in level
            for child in _children(parent)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _children(parent: Any) -> Iterable[Any]:
    return parent.values() if isinstance(parent, dict) else parent


def _path_of_infinity(line: bytes) -> str | None:
    """Where a NaN or an infinite number stands in what is otherwise JSON; None: nowhere."""
    try:
        body = json.loads(line)
    except (ValueError, RecursionError):
        return None
    todo: list[tuple[str, Any]] = [("", body)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, float) and not math.isfinite(value):
            return path
        if isinstance(value, Mapping):
            todo += [(f"{path}.{key}".lstrip("."), child) for key, child in value.items()]
        elif isinstance(value, list):
            todo += [(f"{path}[{index}]", child) for index, child in enumerate(value)]
    return None
