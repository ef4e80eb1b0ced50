"""What a folder was made from: state.yaml holds the digest of each object as it was stored then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from accounts.yaml_files import dump_yaml, load_yaml
from playbooks.config_plan import Kind
from playbooks.services.configuration.items import Item, Ref

NAME = "state.yaml"
HEAD = """\
# What each object was, as stored, when its file was written: by this `config apply` sees what was
# changed elsewhere since. Written by `config export` and `config apply`; commit it with the files.
"""
SECTIONS = {f"{kind}s": kind for kind in Kind}
ORDER = "publishing_order"


@dataclass(frozen=True)
class State:
    """Digests by object, and the published editions in the order in which they were published."""

    digests: Mapping[Ref, str] = field(default_factory=dict)
    publishing_order: tuple[str, ...] = ()


def read(folder: Path) -> State:
    """The state of a folder, empty where it has none; raise ValueError with what is wrong."""
    path = folder / NAME
    if not path.exists():
        return State()
    try:
        said = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{NAME}: cannot be read: {error}") from error
    if not isinstance(said, dict) or not said.keys() <= {*SECTIONS, ORDER}:
        raise ValueError(f"{NAME}: holds something else than {', '.join([*SECTIONS, ORDER])}")
    digests = {
        (kind, str(key)): str(digest)
        for section, kind in SECTIONS.items()
        for key, digest in _pairs(said, section)
    }
    order = said.get(ORDER) or []
    if not isinstance(order, list):
        raise ValueError(f"{NAME}: {ORDER} is no list")
    return State(digests, tuple(map(str, order)))


def _pairs(said: Mapping[str, Any], section: str) -> Iterable[tuple[object, object]]:
    pairs = said.get(section) or {}
    if not isinstance(pairs, dict):
        raise ValueError(f"{NAME}: {section} holds no pairs")
    return pairs.items()


def text_of(items: Iterable[Item], publishing_order: Sequence[str]) -> str:
    sections: dict[str, Any] = {section: {} for section in SECTIONS}
    for item in sorted(items, key=lambda item: item.ref):
        sections[f"{item.kind}s"][item.key] = item.digest
    return HEAD + dump_yaml({**sections, ORDER: list(publishing_order)})


def write(path: Path, text: str) -> None:
    """Replace the file at once: half a state would refuse what nobody changed."""
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
