"""Which accounts may belong to which: a parent is known, and nobody is their own ancestor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from accounts.rows import Record
from accounts.services.upserts import KEY, Outcome


def accept(
    records: Iterable[Record], outcome: Outcome, *, known: Mapping[str, str | None]
) -> list[Record]:
    """Leave out the records whose parent is unknown or stands below them.

    `known` holds the stored accounts, each with its parent's external id.
    """
    kept = _with_known_parent(list(records), outcome, known=known)
    parents = dict(known) | {record.values[KEY]: record.values["parent"] for record in kept}
    accepted = []
    for record in kept:
        if _is_own_ancestor(record.values[KEY], parents):
            parents[record.values[KEY]] = None
            outcome.reject(record, "parent", "makes the account its own ancestor")
        else:
            accepted.append(record)
    return _with_known_parent(accepted, outcome, known=known)


def _with_known_parent(
    records: list[Record], outcome: Outcome, *, known: Mapping[str, str | None]
) -> list[Record]:
    """Drop rows with an unknown parent, and in turn those whose parent was dropped."""
    kept = records
    while True:
        coming = {record.values[KEY] for record in kept}
        orphans = {
            record.line
            for record in kept
            if (parent := record.values["parent"]) and parent not in coming and parent not in known
        }
        if not orphans:
            return kept
        for record in kept:
            if record.line in orphans:
                outcome.reject(record, "parent", f"is unknown: {record.values['parent'][:80]!r}")
        kept = [record for record in kept if record.line not in orphans]


def _is_own_ancestor(key: str, parents: Mapping[str, str | None]) -> bool:
    seen = set()
    ancestor = parents.get(key)
    while ancestor and ancestor not in seen:
        if ancestor == key:
            return True
        seen.add(ancestor)
        ancestor = parents.get(ancestor)
    return False
