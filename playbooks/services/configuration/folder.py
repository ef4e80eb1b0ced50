"""A folder of configuration files: read into items, all faults told at once; no query."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from accounts.yaml_files import line_of, load_yaml
from playbooks.config_plan import Kind
from playbooks.errors import CatalogueInvalid, ConfigurationInvalid
from playbooks.services.configuration import state
from playbooks.services.configuration.items import (
    Item,
    Ref,
    of_edition,
    of_metric,
    of_playbook,
    of_trigger,
)
from playbooks.services.configuration.state import State
from playbooks.shipped import parse_triggers, read_playbook
from usage.definitions import parse_document
from usage.errors import EditionInvalid
from usage.services import edition_files

EDITIONS = "editions"
PLAYBOOKS = "playbooks"
METRICS_FILE = "metrics.yaml"
TRIGGERS_FILE = "triggers.yaml"
LARGEST_FILE = 50 * 1024 * 1024
YAML_SUFFIXES = {".yaml", ".yml"}


@dataclass(frozen=True)
class Folder:
    """What a folder's files say, and what they were made from."""

    path: Path
    items: dict[Ref, Item]
    state: State


def read(path: Path) -> Folder:
    """Raise ConfigurationInvalid, which names file, field and reason of everything that is wrong."""
    if not path.is_dir():
        raise ConfigurationInvalid([f"{path} is no folder"])
    items: dict[Ref, Item] = {}
    faults: list[str] = []
    for file in _files(path):
        source = file.relative_to(path).as_posix()
        try:
            for item in _reader(source)(source, _text(file)):
                _add(item, items)
        except ConfigurationInvalid as invalid:
            faults += invalid.faults
    try:
        made_from = state.read(path)
    except ValueError as error:
        faults.append(str(error))
    if not is_in_use(path):
        faults.append(f"{path} holds no configuration: export it first")
    if faults:
        raise ConfigurationInvalid(faults)
    return Folder(path, items, made_from)


def _files(path: Path) -> Iterator[Path]:
    """The YAML files of a folder and those one level below it, by name; what begins with a dot is another's."""
    for file in sorted([*path.glob("[!.]*"), *path.glob("[!.]*/[!.]*")]):
        if file.suffix in YAML_SUFFIXES and file.is_file() and file != path / state.NAME:
            yield file


def is_in_use(path: Path) -> bool:
    """Whether there is any file that an export might overwrite."""
    return path.exists() and any(_files(path))


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise ConfigurationInvalid([f"{file.name}: is larger than any configuration"])
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationInvalid([f"{file.name}: cannot be read: {error}"]) from error


def _add(item: Item, items: dict[Ref, Item]) -> None:
    earlier = items.setdefault(item.ref, item)
    if earlier is not item:
        where = item.source if item.source == earlier.source else f"{earlier.source} too"
        raise ConfigurationInvalid([f"{item.source}: {item.kind} {item.key} stands in {where}"])


# --- One file -------------------------------------------------------------------------------------


def read_edition(source: str, text: str) -> list[Item]:
    try:
        return [of_edition(edition_files.parse(load_yaml(text)), source)]
    except yaml.YAMLError as broken:
        raise ConfigurationInvalid([f"{source}: not YAML: {broken}"]) from broken
    except EditionInvalid as invalid:
        raise ConfigurationInvalid(
            [_with_line(source, text, fault) for fault in invalid.faults]
        ) from invalid


def _with_line(source: str, text: str, fault: str) -> str:
    path, separator, _ = fault.partition(": ")
    line = line_of(text, path) if separator else None
    return f"{source}, line {line}: {fault}" if line else f"{source}: {fault}"


def read_playbook_file(source: str, text: str) -> list[Item]:
    try:
        return [of_playbook(read_playbook(source, text), source)]
    except CatalogueInvalid as invalid:
        raise ConfigurationInvalid(invalid.faults) from invalid


def read_triggers_file(source: str, text: str) -> list[Item]:
    try:
        return [of_trigger(entry, source) for entry in parse_triggers(source, text)]
    except CatalogueInvalid as invalid:
        raise ConfigurationInvalid(invalid.faults) from invalid


def read_metrics_file(source: str, text: str) -> list[Item]:
    parsed = parse_document(text.encode())
    if parsed.faults:
        raise ConfigurationInvalid([f"{source}: {fault}" for fault in parsed.faults])
    return [of_metric(definition, source) for definition in parsed.definitions]


def _unknown(source: str, _text: str) -> list[Item]:
    raise ConfigurationInvalid(
        [
            f"{source}: is not known here; files are {EDITIONS}/*.yaml, {PLAYBOOKS}/*.yaml, "
            f"{TRIGGERS_FILE} and {METRICS_FILE}"
        ]
    )


READERS: dict[Kind, Callable[[str, str], list[Item]]] = {
    Kind.EDITION: read_edition,
    Kind.PLAYBOOK: read_playbook_file,
    Kind.TRIGGER: read_triggers_file,
    Kind.METRIC: read_metrics_file,
}
PLACES = {
    f"{EDITIONS}/": Kind.EDITION,
    f"{PLAYBOOKS}/": Kind.PLAYBOOK,
    TRIGGERS_FILE: Kind.TRIGGER,
    METRICS_FILE: Kind.METRIC,
}


def _reader(source: str) -> Callable[[str, str], list[Item]]:
    folder, slash, _ = source.rpartition("/")
    kind = PLACES.get(f"{folder}/" if slash else source)
    return READERS[kind] if kind and source.endswith(".yaml") else _unknown
