"""Pages of long lists by key: the thousandth costs what the first one does, and nothing is counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value
from django.db.models.expressions import OrderBy
from django.db.models.lookups import (
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
    Lookup,
)

SALT = "accounts.keyset"
Row = TypeVar("Row")
Other = TypeVar("Other")


@dataclass(frozen=True)
class Key:
    """A column, or an annotation, that a list is ordered by; unknown values come last.

    `parse` reads what `str` made of a value.
    """

    name: str
    parse: Callable[[str], Any]
    is_descending: bool = False
    is_nullable: bool = False
    is_backwards: bool = False

    @property
    def falls(self) -> bool:
        return self.is_descending is not self.is_backwards

    @property
    def order(self) -> OrderBy:
        nulls = {"nulls_first": True} if self.is_backwards else {"nulls_last": True}
        return OrderBy(F(self.name), descending=self.falls, **(nulls if self.is_nullable else {}))

    def rank(self, row: Any) -> tuple[bool, Any]:
        """What sorts rows as the database does: `falls` turns it around."""
        value = getattr(row, self.name)
        return (value is None) is not self.is_descending, value

    def past(self, value: Any) -> Q:
        """Rows whose value comes after this one."""
        null = Q(**{f"{self.name}__isnull": True})
        if value is None:
            return ~null if self.is_backwards else Q(pk__in=[])
        beyond = Q(**{f"{self.name}__{'lt' if self.falls else 'gt'}": value})
        return beyond | null if self.is_nullable and not self.is_backwards else beyond

    def same(self, value: Any) -> Q:
        return Q(**({f"{self.name}__isnull": True} if value is None else {self.name: value}))


@dataclass(frozen=True)
class Place:
    """A row by its keys, and how many rows stand before the page that it begins or ends."""

    values: tuple[Any, ...]
    count_before: int


@dataclass(frozen=True)
class Asked:
    """Where a page is asked for: after a place, before one, or neither: the first page."""

    after: str = ""
    before: str = ""

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Asked:
        return cls(after=parameters.get("after", ""), before=parameters.get("before", ""))


FIRST = Asked()


@dataclass(frozen=True)
class KeysetPage(Generic[Row]):
    """Some rows of a list with the ways to those before and behind; empty: there is none."""

    object_list: list[Row]
    count_before: int
    previous: str
    next: str

    @property
    def has_other_pages(self) -> bool:
        return bool(self.previous or self.next)

    @property
    def start_index(self) -> int:
        return self.count_before + 1

    @property
    def end_index(self) -> int:
        return self.count_before + len(self.object_list)

    def of(self, rows: Sequence[Other]) -> KeysetPage[Other]:
        """The same page with other rows: what is known of each."""
        return KeysetPage(list(rows), self.count_before, self.previous, self.next)


def page_of(
    lists: Sequence[QuerySet[Any, Any]], keys: Sequence[Key], *, size: int, asked: Asked = FIRST
) -> KeysetPage[Any]:
    """The page that is asked for; the first one where an address is of another order, made up, or
    nothing is left there.

    Of several lists, which have no row in common, the page is of all together: each is read by an
    index of its own, no further than the page goes. One query for each. The last key has to tell
    any two rows apart; rows carry their keys as attributes.
    """
    if (place := _read(asked.after, keys)) and (found := _fetch(lists, keys, size, behind=place)):
        return _page(found[:size], keys, place.count_before, behind=len(found) > size, before=True)
    backwards = [replace(key, is_backwards=True) for key in keys]
    if (place := _read(asked.before, keys)) and (
        found := _fetch(lists, backwards, size, behind=place)
    ):
        is_first = len(found) <= size
        shown = found[:size][::-1]
        count_before = 0 if is_first else max(place.count_before - len(shown), 0)
        return _page(shown, keys, count_before, behind=True, before=not is_first)
    found = _fetch(lists, keys, size)
    return _page(found[:size], keys, 0, behind=len(found) > size, before=False)


def _fetch(
    lists: Sequence[QuerySet[Any, Any]],
    keys: Sequence[Key],
    size: int,
    behind: Place | None = None,
) -> list[Any]:
    condition = _beyond(keys, behind.values) if behind else Q()
    order = [key.order for key in keys]
    found = [row for rows in lists for row in rows.filter(condition).order_by(*order)[: size + 1]]
    if len(lists) > 1:
        for key in reversed(keys):  # a sort leaves what is equal in its order
            found.sort(key=key.rank, reverse=key.falls)
    return found[: size + 1]


def _page(
    shown: list[Any], keys: Sequence[Key], count_before: int, *, behind: bool, before: bool
) -> KeysetPage[Any]:
    def place(row: Any, count: int) -> str:
        return _written(keys, Place(tuple(getattr(row, key.name) for key in keys), count))

    return KeysetPage(
        object_list=shown,
        count_before=count_before,
        previous=place(shown[0], count_before) if shown and before else "",
        next=place(shown[-1], count_before + len(shown)) if shown and behind else "",
    )


# --- Where a row stands -----------------------------------------------------------------------------


def _beyond(keys: Sequence[Key], values: Sequence[Any]) -> Q:
    """Rows behind a row: the first key that differs decides.

    As many keys as run one way are compared as a whole, which a database finds in an index; what is
    worked out for each row is named no more often than it must be.
    """
    leading = _running_one_way(keys)
    if leading == len(keys):
        return _compared(keys, values, LessThan if keys[0].falls else GreaterThan)
    condition = Q(pk__in=[])
    for key, value in reversed(list(zip(keys, values, strict=True))):
        condition = key.past(value) | (key.same(value) & condition)
    if leading < 2:
        return condition
    loosely = LessThanOrEqual if keys[0].falls else GreaterThanOrEqual
    return _compared(keys[:leading], values[:leading], loosely) & condition


def _running_one_way(keys: Sequence[Key]) -> int:
    """How many keys from the first one on are never null and run as it does."""
    alike = (not key.is_nullable and key.falls == keys[0].falls for key in keys)
    return sum(1 for _ in takewhile(bool, alike))


def _compared(keys: Sequence[Key], values: Sequence[Any], compare: type[Lookup[Any]]) -> Q:
    columns = _RowValue(*(F(key.name) for key in keys))
    return Q(compare(columns, _RowValue(*(Value(value) for value in values))))


class _RowValue(Func):
    template = "(%(expressions)s)"
    output_field = BooleanField()  # of several columns; nothing converts it

    def get_group_by_cols(self) -> list[Any]:
        """Its columns: rows are not grouped by what they are compared with."""
        sources = self.get_source_expressions()
        return [column for each in sources for column in each.get_group_by_cols()]


# --- Addresses --------------------------------------------------------------------------------------


def _written(keys: Sequence[Key], place: Place) -> str:
    values = [None if value is None else str(value) for value in place.values]
    return signing.Signer(salt=SALT).sign_object([_name(keys), place.count_before, values])


def _read(text: str, keys: Sequence[Key]) -> Place | None:
    if not text:
        return None
    try:
        name, count_before, values = signing.Signer(salt=SALT).unsign_object(text)
    except signing.BadSignature:
        return None
    if name != _name(keys):  # of the same list in another order
        return None
    pairs = zip(keys, values, strict=True)
    parsed = (None if value is None else key.parse(value) for key, value in pairs)
    return Place(tuple(parsed), count_before)


def _name(keys: Sequence[Key]) -> str:
    return " ".join(f"-{key.name}" if key.is_descending else key.name for key in keys)
