"""Rows of a file into a table by their external id: what differs is written, with its history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.bulk import differs, merge_rows
from accounts.rows import Record, Rejection, Values
from accounts.services import history
from accounts.services.history import Change

KEY = "external_id"
IDS_PER_QUERY = 5_000


@dataclass(frozen=True)
class Target:
    """A table with an `external_id`: what a new row holds where the file does not say."""

    model: Any
    defaults: Mapping[str, Any]
    stamps: Mapping[str, Any] = field(default_factory=dict)  # set at every write, never compared


@dataclass
class Outcome:
    """What became of a file's rows: the four add up to the rows that were read."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    affected_account_ids: set[int] = field(default_factory=set)
    moved_subscription_ids: set[int] = field(default_factory=set)
    new_license_ids: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def read(self) -> int:
        return self.created + self.updated + self.unchanged + len(self.rejections)

    def reject(self, record: Record, name: str, reason: str) -> None:
        self.rejections.append(Rejection(record.line, name, reason, record.text))

    def withhold(self, record: Record, name: str, reason: str) -> None:
        """Reject a row whose text must not be kept."""
        row = Rejection(record.line, name, reason, record.text, is_withheld=True)
        self.rejections.append(row)


@dataclass(frozen=True)
class Difference:
    """Stored and wanted values of the rows that are to be written, by external id."""

    created: dict[str, Values]
    updated: dict[str, Values]
    before: dict[str, Values]


def without_repeats(records: Iterable[Record], outcome: Outcome) -> list[Record]:
    """Keep the first row of each external id; the same again is unchanged, another one is rejected."""
    first: dict[str, Record] = {}
    for record in records:
        earlier = first.setdefault(record.values[KEY], record)
        if earlier is record:
            continue
        if earlier.values == record.values:
            outcome.unchanged += 1
        else:
            outcome.reject(
                record, KEY, f"has come on line {earlier.line} already, with other values"
            )
    return list(first.values())


def compare(model: Any, wanted: Mapping[str, Values], outcome: Outcome) -> Difference:
    """Sort wanted rows by whether they are new, differ or are stored like that; counts them."""
    columns = next(iter(wanted.values()), {}).keys()
    before = stored(model, wanted, columns)
    created = {key: values for key, values in wanted.items() if key not in before}
    updated = {
        key: values for key, values in wanted.items() if key in before and before[key] != values
    }
    outcome.created += len(created)
    outcome.updated += len(updated)
    outcome.unchanged += len(wanted) - len(created) - len(updated)
    return Difference(created, updated, before)


def stored(model: Any, keys: Iterable[str], columns: Iterable[str]) -> dict[str, Values]:
    names = [KEY, *(column for column in columns if column != KEY)]
    found: dict[str, Values] = {}
    for chunk in chunks(list(keys)):
        rows = model.objects.filter(external_id__in=chunk).order_by().values(*names)
        found.update((row[KEY], row) for row in rows)
    return found


def write(
    target: Target,
    difference: Difference,
    *,
    now: datetime,
    reason: str,
    complete: Callable[[], None] | None = None,
) -> None:
    """Store the rows that are new or differ, and their history. Call inside atomic().

    `complete` sets, before the history is written, what needs all rows to be there.
    """
    rows = difference.created | difference.updated
    if not rows:
        return
    given = [name for name in next(iter(rows.values())) if name != KEY]
    defaults = {name: value for name, value in target.defaults.items() if name not in given}
    columns = (KEY, *given, *defaults, *target.stamps)
    filling = (*defaults.values(), *target.stamps.values())
    merge_rows(
        target.model,
        ((key, *(values[name] for name in given), *filling) for key, values in rows.items()),
        columns=columns,
        key=(KEY,),
        update=(*given, *(name for name in target.stamps if name != "created_at")),
        where=differs(target.model, given) if given else "false",
    )
    if complete is not None:
        complete()
    for change, keys in (
        (Change.CREATED, difference.created),
        (Change.CHANGED, difference.updated),
    ):
        ids = ids_of(target.model, keys).values()
        history.record(target.model, ids=ids, change=change, now=now, reason=reason)


def ids_of(model: Any, keys: Iterable[str]) -> dict[str, int]:
    """The primary keys of the external ids that are known."""
    found: dict[str, int] = {}
    for chunk in chunks(list(keys)):
        rows = model.objects.filter(external_id__in=chunk).values_list(KEY, "pk")
        found.update(rows)
    return found


def chunks(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), IDS_PER_QUERY):
        yield items[start : start + IDS_PER_QUERY]
