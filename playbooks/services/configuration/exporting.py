"""Writes the configuration into a folder, the same files each time, and keeps what is not applied yet."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.utils.text import slugify

from accounts.errors import FileUnusable
from accounts.yaml_files import dump_yaml
from playbooks.config_plan import Kind
from playbooks.errors import ConfigurationInvalid, ExportWouldOverwrite
from playbooks.services.configuration import folder as folders
from playbooks.services.configuration import schemas, state, stored
from playbooks.services.configuration.items import Item, Ref

SAFE = re.compile(r"[a-z0-9][a-z0-9._-]{0,80}")
HEADS = {
    Kind.EDITION: "# Bands are intervals: a round bracket is an open bound, a square one is closed.\n",
    Kind.PLAYBOOK: "",
    Kind.TRIGGER: "# What opens calls to action.\n",
    Kind.METRIC: "# Metrics that do not ship, or not like this. `tracked`: kept though no edition names them.\n",
}
FOLDERS = {Kind.EDITION: folders.EDITIONS, Kind.PLAYBOOK: folders.PLAYBOOKS}
LISTS = {Kind.TRIGGER: folders.TRIGGERS_FILE, Kind.METRIC: folders.METRICS_FILE}


@dataclass(frozen=True)
class Exported:
    """How many objects are in the folder, and a sentence for each that cannot be said in a file."""

    count: int
    left_out: tuple[str, ...]


def export(path: Path, *, overwrite: bool = False) -> Exported:
    """Write what is stored as files; raise ExportWouldOverwrite where something is not applied yet."""
    everything = stored.items()
    here = stored.exported(everything)
    stale = _stale(path, everything, overwrite=overwrite)
    items, left_out = _sayable(here.values())
    files = _files(items)
    said = {item.key for item in items if item.kind == Kind.EDITION}
    order = [name for name in stored.publishing_order() if name in said]
    try:
        write(path, files)
        for name in stale - files.keys():
            (path / name).unlink()
        state.write(path / state.NAME, state.text_of(items, order))
    except OSError as error:
        raise FileUnusable(str(path), f"cannot be written: {error.strerror}") from error
    return Exported(len(items), tuple(left_out))


def write(path: Path, files: Mapping[str, str]) -> None:
    """Write texts to their places below a folder."""
    for name, text in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def file_name(name: str) -> str:
    """A name that every file system takes, another one for each object."""
    if SAFE.fullmatch(name):
        return f"{name}.yaml"
    digest = hashlib.blake2b(name.encode(), digest_size=4).hexdigest()
    return f"{slugify(name)[:60] or 'named'}-{digest}.yaml"


def _files(items: Iterable[Item]) -> dict[str, str]:
    """Texts by the paths of their files."""
    files: dict[str, str] = {}
    lists: dict[Kind, list[Item]] = {kind: [] for kind in LISTS}
    for item in sorted(items, key=lambda item: item.ref):
        if item.kind in LISTS:
            lists[item.kind].append(item)
        else:
            head = schemas.reference(item.kind, up="../") + HEADS[item.kind]
            files[f"{FOLDERS[item.kind]}/{file_name(item.key)}"] = head + item.text
    for kind, listed in lists.items():
        files[LISTS[kind]] = schemas.reference(kind) + HEADS[kind] + _list_text(listed)
    return files | {f"{schemas.FOLDER}/{name}": text for name, text in schemas.texts().items()}


def _list_text(items: Iterable[Item]) -> str:
    """Entries with an empty line between them."""
    return "\n".join(dump_yaml([item.document]) for item in items) or "[]\n"


def _sayable(items: Iterable[Item]) -> tuple[list[Item], list[str]]:
    """The items whose files give them back as they are, and why the others do not."""
    said: list[Item] = []
    left_out: list[str] = []
    for item in items:
        text = _list_text([item]) if item.kind in LISTS else item.text
        try:
            (read,) = folders.READERS[item.kind](item.key, text)
        except ConfigurationInvalid as invalid:
            left_out += [f"{item.kind} {fault}" for fault in invalid.faults]
            continue
        if read.digest == item.digest:
            said.append(item)
        else:
            left_out.append(f"{item.kind} {item.key}: no file gives it back as it is")
    return said, left_out


def _stale(path: Path, here: Mapping[Ref, Item], *, overwrite: bool) -> set[str]:
    """Files whose objects are no longer here; raise unless all others are stored as they say."""
    if not folders.is_in_use(path):
        return set()
    try:
        found = folders.read(path)
    except ConfigurationInvalid:
        if overwrite:
            return set()
        raise
    bases = found.state.digests
    unsaved = {
        item.source
        for ref, item in found.items.items()
        if item.digest not in {bases.get(ref), here[ref].digest if ref in here else None}
    }
    if unsaved and not overwrite:
        raise ExportWouldOverwrite(sorted(unsaved))
    return {item.source for ref, item in found.items.items() if ref not in here and ref in bases}
