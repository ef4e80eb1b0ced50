"""Payloads of Service Ping: bytes in; identity, time, readings or a rejection out. Pure."""

from __future__ import annotations

import hashlib
import json
import math
import re
import threading
from collections.abc import Collection, Iterable, Iterator
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
COMPRESSION_LEVEL = 1  # a quarter faster than the usual 3, and of payloads hardly larger
NOT_UTF8 = "is not UTF-8"
TOO_DEEP = f"is nested deeper than {DEEPEST} levels"
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
        leaves: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        for path in sorted(self.paths):
            *parents, leaf = path.split(".")
            leaves.setdefault(tuple(parents), []).append((leaf, path))
        self._leaves = tuple(leaves.items())  # by their parents: each object is looked up once

    def readings(self, body: Body) -> Readings:
        """Return the numbers at the paths as reported; what is no number is not available.

        Raises RowRejected where a number is beyond what any database holds.
        """
        found: Readings = {}
        for parents, leaves in self._leaves:
            parent = _object_at(body, parents)
            for leaf, path in leaves if parent else ():
                value = parent.get(leaf)
                if type(value) is int or type(value) is float:  # true is no number
                    if not -LARGEST <= value < LARGEST:
                        raise RowRejected(path, "is a number beyond reason")
                    found[path] = value
        return found

    def without(self, body: Body) -> bool:
        """Take the values at the paths out of a body; tell whether there were any."""
        is_changed = False
        for parents, leaves in self._leaves:
            parent = _object_at(body, parents)
            for leaf, _ in leaves:
                if leaf in parent:
                    del parent[leaf]
                    is_changed = True
        return is_changed


def parse(line: bytes, *, key_paths: KeyPaths, now: datetime) -> Payload:
    """Read one payload; raise RowRejected with the field and the reason where it cannot be stored."""
    body = _body(line)
    if _is_too_deep(body):
        raise RowRejected("", TOO_DEEP)
    content = canonical(body)
    _check_names(line, content)
    identity = _identity(body)
    recorded_at = _recorded_at(body, now=now)
    _check_user_counts(body)
    readings = key_paths.readings(body)
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


class _Compressor(threading.local):
    """One for each thread: making one costs as much as compressing a small payload."""

    def __init__(self) -> None:
        self.zstd = zstandard.ZstdCompressor(level=COMPRESSION_LEVEL)


_compressor = _Compressor()


def compress(content: bytes) -> bytes:
    return _compressor.zstd.compress(content)


def decompress(stored: bytes | memoryview) -> Body:
    body: Body = orjson.loads(zstandard.decompress(stored))
    return body


# --- the parts of a payload -----------------------------------------------------------------------
def _body(line: bytes) -> Body:
    try:
        body = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        _check_numbers(line)
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


def _object_at(body: Body, parents: Collection[str]) -> Body:
    """The object at a path; an empty one where there is none."""
    found = body
    for name in parents:
        value = found.get(name)
        if type(value) is not dict:
            return {}
        found = value
    return found


def _is_too_deep(body: Body) -> bool:
    level: list[Any] = [body]
    for _ in range(DEEPEST):
        level = [
            child
            for parent in level
            for child in (parent.values() if type(parent) is dict else parent)
            if type(child) is dict or type(child) is list  # twice as fast as isinstance
        ]
        if not level:
            return False
    return True


def _check_names(line: bytes, content: bytes) -> None:
    """Refuse an object that has a name twice: which of its values is meant, nobody can tell.

    Each name brings a colon. One that was dropped as a repetition is missing in `content`; so the
    slow search is made only where the numbers differ, or where a colon may stand escaped.
    """
    if b"\\u003" not in line and line.count(b":") == content.count(b":"):
        return
    for path, value in _walk(_pairs_of(line)):
        if isinstance(value, _Object):
            seen: set[str] = set()
            for name, _ in value:
                if name in seen:
                    raise RowRejected(f"{path}.{name}".lstrip("."), "is given twice")
                seen.add(name)


class _Object(list[tuple[str, Any]]):
    """A JSON object as the list of its names and values, with those that are repeated."""


def _pairs_of(line: bytes) -> Any:
    try:
        return json.loads(line, object_pairs_hook=_Object)
    except RecursionError as error:  # in a value that another one of the same name replaced
        raise RowRejected("", TOO_DEEP) from error


def _check_numbers(line: bytes) -> None:
    """Name the NaN, or the number beyond all numbers, that keeps a line from being JSON."""
    try:
        body = json.loads(line, object_pairs_hook=_Object, parse_int=float)
    except (ValueError, RecursionError):
        return
    for path, value in _walk(body):
        if isinstance(value, float) and not math.isfinite(value):
            raise RowRejected(path, "is NaN or infinite, which JSON does not have")


def _walk(body: Any) -> Iterator[tuple[str, Any]]:
    """Yield every value of what json read, with its path."""
    todo: list[tuple[str, Any]] = [("", body)]
    while todo:
        path, value = todo.pop()
        yield path, value
        if isinstance(value, _Object):
            todo += [(f"{path}.{name}".lstrip("."), child) for name, child in value]
        elif isinstance(value, list):
            todo += [(f"{path}[{index}]", child) for index, child in enumerate(value)]
