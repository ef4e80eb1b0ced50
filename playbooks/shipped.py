"""What the files of playbooks/catalogue say, checked: text in, values out, no query.

A fault names the file, the place in it and the remedy; all faults of a file are told at once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import yaml

from accounts.yaml_files import load_yaml
from playbooks.errors import CatalogueInvalid
from playbooks.models import CTAType, Priority, Trigger

DELAY = re.compile(r"(\d{1,4}) (business|calendar) days?")
CODE = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
PRIORITIES = {priority.name.lower(): priority.value for priority in Priority}


@dataclass(frozen=True)
class StepEntry:
    title: str
    instructions: str
    questions: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    days_after_start: int
    day_kind: str
    is_required: bool
    owner: str = ""  # e-mail of the user who gets the task; empty: the owner of the CTA


@dataclass(frozen=True)
class PlaybookEntry:
    code: str
    name: str
    description: str
    steps: tuple[StepEntry, ...]
    is_active: bool = True

    @property
    def digest(self) -> str:
        """Changes when a step does; a name or a description may be mended without a new version."""
        return digest_of(self.steps)


def digest_of(steps: Sequence[StepEntry]) -> str:
    """BLAKE2b-128; a step without an owner of its own is as it was before there were any."""
    entries = [asdict(step) for step in steps]
    said = [{k: v for k, v in entry.items() if (k, v) != ("owner", "")} for entry in entries]
    text = json.dumps(said, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class TriggerEntry:
    code: str
    name: str
    kind: str
    components: tuple[str, ...]
    cta_type: str
    reason: str
    priority: int
    priority_to_red: int | None
    days_until_due: int
    day_kind: str
    playbooks: Mapping[str, str]
    enabled: bool = True


def read_playbook(source: str, text: str) -> PlaybookEntry:
    """The playbook of one file; raise CatalogueInvalid with everything that is wrong in it."""
    faults: list[str] = []
    entry = _Entry(_parsed(source, text), source, faults)
    playbook = PlaybookEntry(
        code=entry.code("code"),
        name=entry.text("name", longest=120),
        description=entry.text("description", longest=2_000, default=""),
        steps=tuple(_step(step) for step in entry.entries("steps")),
        is_active=entry.flag("active", default=True),
    )
    entry.refuse_unknown_keys()
    if not playbook.steps:
        faults.append(f"{source}: `steps` is empty")
    _raise_if_any(faults)
    return playbook


def read_triggers(source: str, text: str, *, playbooks: Collection[str]) -> list[TriggerEntry]:
    """The triggers of one file; the playbooks that they name must be among those given."""
    triggers = parse_triggers(source, text)
    _raise_if_any(unknown_playbooks(source, triggers, playbooks))
    return triggers


def unknown_playbooks(
    source: str, triggers: Sequence[TriggerEntry], playbooks: Collection[str]
) -> list[str]:
    """A sentence for each playbook that a trigger names and that is not there."""
    return [
        f"{source}, {trigger.code}: there is no playbook `{playbook}`"
        for trigger in triggers
        for playbook in trigger.playbooks.values()
        if playbook not in playbooks
    ]


def parse_triggers(source: str, text: str) -> list[TriggerEntry]:
    """The triggers of one file; raise CatalogueInvalid with everything that is wrong in it."""
    faults: list[str] = []
    listed = _Entry({"triggers": _parsed(source, text)}, source, faults)
    triggers = [_trigger(entry) for entry in listed.entries("triggers")]
    _raise_if_any(faults)
    return triggers


def _step(entry: _Entry) -> StepEntry:
    days, day_kind = entry.delay("after")
    step = StepEntry(
        title=entry.text("title", longest=200),
        instructions=entry.text("instructions", longest=4_000, default=""),
        questions=entry.texts("questions"),
        links=tuple(_link(link) for link in entry.entries("links")),
        days_after_start=days,
        day_kind=day_kind,
        is_required=not entry.flag("optional"),
        owner=entry.text("owner", longest=254, default="").lower(),
    )
    entry.refuse_unknown_keys()
    return step


def _link(entry: _Entry) -> tuple[str, str]:
    link = entry.text("title", longest=200), entry.text("url", longest=500)
    if not link[1].startswith("https://"):
        entry.fault("`url` must start with https://")
    entry.refuse_unknown_keys()
    return link


def _trigger(entry: _Entry) -> TriggerEntry:
    days, day_kind = entry.delay("due")
    to_red = entry.one_of("priority_to_red", PRIORITIES, default="")
    trigger = TriggerEntry(
        code=entry.code("code"),
        name=entry.text("name", longest=120),
        kind=entry.one_of("kind", Trigger.Kind.values),
        components=entry.texts("components"),
        cta_type=entry.one_of("cta_type", CTAType.values),
        reason=entry.text("reason", longest=120),
        priority=PRIORITIES.get(entry.one_of("priority", PRIORITIES), Priority.MEDIUM),
        priority_to_red=PRIORITIES.get(to_red),
        days_until_due=days,
        day_kind=day_kind,
        playbooks=entry.pairs("playbooks"),
        enabled=entry.flag("enabled", default=True),
    )
    entry.refuse_unknown_keys()
    if not trigger.components:
        entry.fault("`components` is empty")
    return trigger


class _Entry:
    """One mapping of a file, read key by key; what is wrong with it is noted."""

    def __init__(self, value: Any, where: str, faults: list[str]) -> None:
        self.where = where
        self.faults = faults
        self.known: set[str] = set()
        self.values: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        if not isinstance(value, Mapping):
            self.fault("expected `key: value` pairs")

    def fault(self, words: str) -> None:
        self.faults.append(f"{self.where}: {words}")

    def value(self, key: str, default: Any = None) -> Any:
        self.known.add(key)
        value = self.values.get(key, default)
        if value is None:
            self.fault(f"`{key}` is missing")
        return value

    def text(self, key: str, *, longest: int, default: str | None = None) -> str:
        value = self.value(key, default)
        if (
            value is not None
            and value != default
            and not (isinstance(value, str) and value.strip())
        ):
            self.fault(f"`{key}` must be text")
        text = value.strip() if isinstance(value, str) else ""
        if len(text) > longest:
            self.fault(f"`{key}` is longer than {longest} characters")
        return text

    def code(self, key: str) -> str:
        code = self.text(key, longest=60)
        if code and not CODE.fullmatch(code):
            self.fault(f"`{key}` may hold small letters, digits, - and _ only: {code!r}")
        return code

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.value(key, [])
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            self.fault(f"`{key}` must be a list of texts")
            return ()
        return tuple(text.strip() for text in value)

    def one_of(self, key: str, choices: Collection[str], *, default: str | None = None) -> str:
        value = self.value(key, default)
        if value is None or value == default:
            return default or ""
        if value not in choices:
            self.fault(f"`{key}` must be one of {', '.join(choices)}: {value!r}")
        return str(value)

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self.value(key, default=default)
        if not isinstance(value, bool):
            self.fault(f"`{key}` must be true or false")
        return value is True

    def delay(self, key: str) -> tuple[int, str]:
        """`3 business days` as a number and a kind of day."""
        value = self.value(key)
        found = DELAY.fullmatch(str(value))
        if value is not None and found is None:
            self.fault(f"`{key}` must look like `3 business days` or `1 calendar day`: {value!r}")
        return (int(found[1]), found[2]) if found else (0, "business")

    def pairs(self, key: str) -> Mapping[str, str]:
        value = self.value(key, {})
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            self.fault(f"`{key}` must be pairs of text")
            return {}
        return {str(name): text for name, text in value.items()}

    def entries(self, key: str) -> list[_Entry]:
        value = self.value(key, [])
        if not isinstance(value, list):
            self.fault(f"`{key}` must be a list")
            return []
        singular = key.removesuffix("s")
        return [
            _Entry(item, f"{self.where}, {singular} {number}", self.faults)
            for number, item in enumerate(value, start=1)
        ]

    def refuse_unknown_keys(self) -> None:
        for key in self.values.keys() - self.known:
            self.fault(f"`{key}` is not known here")


def _parsed(source: str, text: str) -> Any:
    try:
        return load_yaml(text)
    except yaml.YAMLError as broken:
        raise CatalogueInvalid([f"{source}: not YAML: {broken}"]) from broken


def _raise_if_any(faults: list[str]) -> None:
    if faults:
        raise CatalogueInvalid(sorted(faults))
