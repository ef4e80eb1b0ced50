"""The rows that a run can need: of its accounts, and of the days that its months look back on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet

from usage.services.frames import among


@dataclass(frozen=True)
class Reach:
    """Which accounts, and the first and last of the days that months are judged as of.

    `known_at`: only what was known at that moment; None: all that is known.
    """

    account_ids: Collection[int]
    first: date
    last: date
    known_at: datetime | None = None

    @property
    def end(self) -> datetime:
        return midnight(self.last + timedelta(days=1))

    def known(self, rows: QuerySet[Any], path: str = "created_at") -> QuerySet[Any]:
        """The rows that somebody had noted by then."""
        return rows if self.known_at is None else rows.filter(**{f"{path}__lte": self.known_at})

    def before(self, days: int) -> datetime:
        """So many days before the first day."""
        return midnight(self.first - timedelta(days=days + 1))

    def rows(self, rows: QuerySet[Any], path: str = "account_id") -> QuerySet[Any]:
        return rows.filter(among(self.account_ids, path)).order_by()


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
