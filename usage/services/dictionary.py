"""Loads metric definitions from YAML files; what a person decides (`tracked`) is never overwritten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import transaction

from accounts.bulk import differs, merge_rows
from accounts.errors import FileUnusable
from accounts.models import Job, User
from accounts.services import history
from accounts.services.history import Change
from usage.definitions import LENGTHS, LISTS, Definition, parse_document
from usage.models import MetricDefinition
from usage.services import consent, metric_breaks, metrics

SHIPPED = Path(__file__).resolve().parent.parent / "metrics"
SUFFIXES = {".yml", ".yaml"}
LARGEST_FILE = 50 * 1024 * 1024
LOADED = (*LENGTHS, *LISTS, "options", "extra")


@dataclass
class Loaded:
    """How many definitions were new, changed, as they were; and a sentence for each bad one."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    versions: int = 0  # of those that say otherwise how they are measured
    breaks: int = 0
    faults: list[str] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.created} created, {self.updated} updated, {self.unchanged} unchanged, "
            f"{len(self.faults)} rejected" + self._changes()
        )

    def _changes(self) -> str:
        if not self.versions and not self.breaks:
            return ""
        return f"; {self.versions} new versions, {self.breaks} breaks"


def load_shipped(*, now: datetime) -> Loaded:
    """Load the definitions that ship, as far as nobody loaded others in their place."""
    definitions, loaded = _read([SHIPPED])
    known = set(MetricDefinition.objects.values_list("key_path", flat=True))
    loaded.unchanged += len(definitions.keys() & known)
    new = {path: value for path, value in definitions.items() if path not in known}
    _store(new, loaded, now=now)
    return loaded


def shipped() -> dict[str, Definition]:
    """The definitions that ship, by key path; no query."""
    return _read([SHIPPED])[0]


def store_exactly(
    definitions: dict[str, Definition], *, now: datetime, by: User | None = None
) -> Loaded:
    """Store definitions as they are given, with whether they are tracked: somebody decided on it."""
    loaded = Loaded()
    _store(definitions, loaded, now=now, by=by, compared=(*LOADED, "tracked"))
    return loaded


def load(paths: Iterable[Path], *, now: datetime) -> Loaded:
    """Load files and folders with all below them; bad files and entries are named, the rest goes in.

    Raises FileUnusable where a path does not exist.
    """
    definitions, loaded = _read(paths)
    _store(definitions, loaded, now=now)
    return loaded


def _read(paths: Iterable[Path]) -> tuple[dict[str, Definition], Loaded]:
    loaded = Loaded()
    definitions: dict[str, Definition] = {}
    sources: dict[str, Path] = {}
    for path in _files(paths):
        if path.stat().st_size > LARGEST_FILE:
            loaded.faults.append(f"{path}: is larger than any dictionary")
            continue
        parsed = parse_document(path.read_bytes())
        loaded.faults += [f"{path}: {fault}" for fault in parsed.faults]
        for definition in parsed.definitions:
            key_path = definition["key_path"]
            earlier = definitions.setdefault(key_path, definition)
            if earlier != definition:
                source = sources[key_path]
                loaded.faults.append(f"{path}: {key_path} is defined in {source} otherwise")
            sources.setdefault(key_path, path)
    return definitions, loaded


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES)
        elif path.is_file():
            yield path
        else:
            raise FileUnusable(str(path), "there is no such file or folder")


@transaction.atomic
def _store(
    definitions: dict[str, Definition],
    loaded: Loaded,
    *,
    now: datetime,
    by: User | None = None,
    compared: Sequence[str] = LOADED,
) -> None:
    before = {row["key_path"]: row for row in MetricDefinition.objects.values(*compared)}
    created = [path for path in definitions if path not in before]
    updated = [
        path
        for path, definition in definitions.items()
        if path in before and any(definition[name] != before[path][name] for name in compared)
    ]
    loaded.created += len(created)
    loaded.updated += len(updated)
    loaded.unchanged += len(definitions) - len(created) - len(updated)
    tracked = metrics.tracked_key_paths()
    optional = metrics.optional_key_paths()
    _write([definitions[path] for path in (*created, *updated)], compared)
    _record(created, Change.CREATED, now=now, by=by)
    _record(updated, Change.CHANGED, now=now, by=by)
    loaded.versions += metric_breaks.note_versions(
        before, {path: definitions[path] for path in updated}, now=now
    )
    told = {path: definition.get("breaks", ()) for path, definition in definitions.items()}
    loaded.breaks += metric_breaks.load_breaks(told, now=now)
    if metrics.optional_key_paths() - optional:
        job = consent.erase_what_became_optional(now=now)
        loaded.jobs += [job] if job else []
    if more := metrics.tracked_key_paths() - tracked:
        job = metrics.request_backfill(key_paths=more, now=now)
        loaded.jobs += [job] if job else []


def _write(definitions: Iterable[Definition], compared: Sequence[str]) -> None:
    columns = (*LOADED, "tracked")
    merge_rows(
        MetricDefinition,
        (tuple(definition[name] for name in columns) for definition in definitions),
        columns=columns,
        key=("key_path",),
        update=[name for name in compared if name != "key_path"],
        where=differs(MetricDefinition, compared),
    )


def _record(key_paths: Iterable[str], change: Change, *, now: datetime, by: User | None) -> None:
    rows = MetricDefinition.objects.filter(key_path__in=list(key_paths))
    ids = rows.values_list("pk", flat=True)
    reason = "dictionary loaded"
    history.record(MetricDefinition, ids=ids, change=change, now=now, by=by, reason=reason)
