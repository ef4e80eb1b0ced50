"""What is stored of a customer, app by app: the one list that export, erasure and dry runs go by.

Each app names its own in settings.CUSTOMER_DATA, in the order in which they are erased. What refers
to others comes before them; a row's history and its lines of the admin's log go with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from django.utils.module_loading import import_string

from accounts.models import ErasedKey

Rows = QuerySet[Any]


@dataclass(frozen=True)
class Holding:
    """One table: which of its rows are an account's, and what becomes of them.

    `of` is given the account's key. `former` finds more rows of its history: of rows that were
    deleted before. `encode` says how a column is told where it is no plain value. `purge` is for rows
    that stay and only lose their content; it returns how many did. `buried` are the columns whose
    values must not come back, and what they are keys of.
    """

    name: str
    of: Callable[[int], Rows]
    former: Callable[[int], Q] | None = None
    encode: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    purge: Callable[[Rows], int] | None = None
    buried: tuple[ErasedKey.Kind, tuple[str, ...]] | None = None

    def history(self, account_id: int) -> Rows | None:
        """Rows of the history, or None where the table has none."""
        rows = self.of(account_id)
        if not hasattr(rows.model, "history"):
            return None
        condition = Q(id__in=rows.order_by().values("pk"))
        if self.former is not None:
            condition |= self.former(account_id)
        history: Rows = rows.model.history.filter(condition).order_by("history_id")
        return history


@dataclass(frozen=True)
class FreeText:
    """Columns in which people write, so that a contact may be named in them."""

    name: str
    of: Callable[[int], Rows]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """What an app stores of an account. `hold` keeps its writers away until the caller commits."""

    holdings: tuple[Holding, ...]
    hold: Callable[[int], None]
    texts: tuple[FreeText, ...] = ()


def parts() -> list[Part]:
    return [import_string(path) for path in settings.CUSTOMER_DATA]


def holdings() -> Iterator[Holding]:
    for part in parts():
        yield from part.holdings


def log_entries(model: type[Model], ids: list[int]) -> QuerySet[LogEntry]:
    """Lines of the admin's log about rows: they quote names."""
    content_type = ContentType.objects.get_for_model(model)
    return LogEntry.objects.filter(content_type=content_type, object_id__in=map(str, ids))
