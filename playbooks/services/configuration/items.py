"""One object of the configuration, the same whether it was read from a file or from the database."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from accounts.yaml_files import dump_yaml
from playbooks.config_plan import Document, Kind, digest_of
from playbooks.shipped import PlaybookEntry, TriggerEntry
from playbooks.shipped_writing import playbook_document, trigger_document
from usage.definitions import Definition, written
from usage.services.edition_files import EditionFile
from usage.services.edition_writing import document

Ref = tuple[Kind, str]


@dataclass(frozen=True)
class Item:
    """`value` is what the services take, `document` what a file says of it, `source` that file."""

    kind: Kind
    key: str
    value: Any  # an EditionFile, a PlaybookEntry, a TriggerEntry or a Definition, by its kind
    document: Document
    source: str = ""

    @property
    def ref(self) -> Ref:
        return self.kind, self.key

    @cached_property
    def digest(self) -> str:
        return digest_of(self.document)

    @cached_property
    def text(self) -> str:
        return dump_yaml(self.document)


def of_edition(file: EditionFile, source: str = "") -> Item:
    return Item(Kind.EDITION, file.edition.name, file, document(file), source)


def of_playbook(entry: PlaybookEntry, source: str = "") -> Item:
    return Item(Kind.PLAYBOOK, entry.code, entry, playbook_document(entry), source)


def of_trigger(entry: TriggerEntry, source: str = "") -> Item:
    return Item(Kind.TRIGGER, entry.code, entry, trigger_document(entry), source)


def of_metric(definition: Definition, source: str = "") -> Item:
    return Item(Kind.METRIC, definition["key_path"], definition, written(definition), source)
