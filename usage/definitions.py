"""Metric definitions in the published YAML form of Service Ping: text in, values out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from accounts.errors import RowRejected
from usage.errors import PeriodInvalid
from usage.periods import parse_period

Definition = dict[str, Any]

LENGTHS = {
    "key_path": 255,
    "name": 255,
    "description": 10_000,
    "product_section": 60,
    "product_stage": 60,
    "product_group": 120,
    "value_type": 20,
    "status": 30,
    "milestone": 30,
    "introduced_by_url": 500,
    "data_source": 60,
    "data_category": 20,
    "instrumentation_class": 255,
}
# our name -> what the files call it, now or in former years; a word or a list of words
LISTS = {
    "product_categories": ("product_categories", "product_category"),
    "time_frames": ("time_frame",),
    "distribution": ("distribution", "distributions"),
    "tiers": ("tiers", "tier"),
    "performance_indicator_types": ("performance_indicator_type",),
}
BREAK_LENGTHS = {"reason": 20, "product_from": 60, "product_to": 60, "note": 500}
BREAK_REASONS = ("definition", "release", "query", "other")
SUFFIXES = {"7d": "_weekly", "28d": "_monthly", "all": ""}


@dataclass(frozen=True)
class Parsed:
    """The definitions of one document, and what could not be read of it in one sentence each."""

    definitions: list[Definition] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # either has the same interface
    """Safe YAML that leaves 15.10 and 2024-05-01 as they are written: milestones are no numbers."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in {"tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp"}
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse_document(text: bytes) -> Parsed:
    """Read one definition, or a list of them as an instance exports it."""
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - derives from the safe loader  # nosec B506
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        return Parsed(faults=[f"is not YAML: {_first_line(error)}"])
    if isinstance(document, Mapping):
        return _parsed([("", document)])
    if isinstance(document, list):
        return _parsed([(f"entry {n} ", entry) for n, entry in enumerate(document, 1)])
    return Parsed(faults=["holds neither a definition nor a list of them"])


def reported_paths(key_path: str, time_frames: Sequence[str]) -> Iterator[str]:
    """Where payloads hold the metric: one that has several time frames is reported once for each."""
    yield key_path
    if len(time_frames) > 1:
        yield from (key_path + SUFFIXES[frame] for frame in time_frames if SUFFIXES.get(frame))


def written(definition: Definition) -> dict[str, Any]:
    """A definition as a file says it, without what is empty: parsed again it is the same."""
    entry: dict[str, Any] = {name: str(definition[name]).strip() for name in LENGTHS}
    entry["data_category"] = entry["data_category"].lower()
    entry |= {spellings[0]: list(definition[name]) for name, spellings in LISTS.items()}
    entry |= {"options": _sorted(definition["options"])} | _sorted(definition["extra"])
    said = {name: value for name, value in entry.items() if value not in ("", [], {})}
    return said | ({"tracked": True} if definition["tracked"] else {})


def _sorted(value: Any) -> Any:
    """By key, however deep: a database may keep the keys of JSON in an order of its own."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _parsed(entries: Sequence[tuple[str, Any]]) -> Parsed:
    parsed = Parsed()
    for name, entry in entries:
        try:
            parsed.definitions.append(_definition(entry))
        except RowRejected as error:
            parsed.faults.append(f"{name}{error}")
    return parsed


def _definition(entry: Any) -> Definition:
    if not isinstance(entry, Mapping):
        raise RowRejected("", "is no definition")
    definition: Definition = {name: _text(entry, name) for name in LENGTHS}
    if not definition["key_path"]:
        raise RowRejected("key_path", "is missing")
    definition["data_category"] = definition["data_category"].lower()
    for name, spellings in LISTS.items():
        definition[name] = _words(entry, spellings)
    definition["options"] = _options(entry)
    definition["tracked"] = entry.get("tracked") is True
    definition["breaks"] = _breaks(entry)
    used = {
        *LENGTHS,
        "options",
        "tracked",
        "breaks",
        *(s for names in LISTS.values() for s in names),
    }
    definition["extra"] = {str(k): _plain(v) for k, v in entry.items() if k not in used}
    return definition


def _text(entry: Mapping[Any, Any], name: str) -> str:
    value = entry.get(name)
    if value is None:
        return ""
    if not isinstance(value, str | int):
        raise RowRejected(name, "is no text")
    text = str(value).strip()
    if len(text) > LENGTHS[name]:
        raise RowRejected(name, f"is longer than {LENGTHS[name]} characters")
    return text


def _words(entry: Mapping[Any, Any], spellings: Sequence[str]) -> list[str]:
    found: dict[str, None] = {}
    for spelling in spellings:
        value = entry.get(spelling)
        words = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(word, str | int) for word in words):
            raise RowRejected(spelling, "is neither a word nor a list of words")
        found.update(dict.fromkeys(str(word).strip() for word in words))
    return [word for word in found if word]


def _options(entry: Mapping[Any, Any]) -> dict[str, Any]:
    options = entry.get("options")
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise RowRejected("options", "is no mapping")
    return {str(key): _plain(value) for key, value in options.items()}


def _breaks(entry: Mapping[Any, Any]) -> list[dict[str, Any]]:
    """Breaks of the metric's series: each is of a month, with a reason and words to it."""
    told = entry.get("breaks")
    if told is None:
        return []
    if not isinstance(told, list):
        raise RowRejected("breaks", "is no list")
    return [_break(each) for each in told]


def _break(told: Any) -> dict[str, Any]:
    if not isinstance(told, Mapping):
        raise RowRejected("breaks", "holds something that is no mapping")
    if unknown := sorted(str(name) for name in told.keys() - {"period", *BREAK_LENGTHS}):
        raise RowRejected("breaks", f"knows no {', '.join(unknown)}")
    try:
        said: dict[str, Any] = {"period": parse_period(str(told.get("period", "")))}
    except PeriodInvalid as error:
        raise RowRejected("breaks", str(error)) from error
    for name, longest in BREAK_LENGTHS.items():
        said[name] = str(told.get(name) or "").strip()
        if len(said[name]) > longest:
            raise RowRejected("breaks", f"{name} is longer than {longest} characters")
    said["reason"] = said["reason"] or BREAK_REASONS[0]
    if said["reason"] not in BREAK_REASONS:
        raise RowRejected("breaks", f"reason is none of {', '.join(BREAK_REASONS)}")
    return said


def _plain(value: Any) -> Any:
    """What JSON can hold of a value, keys as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | set | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | None) else str(value)


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
