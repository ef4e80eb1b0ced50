"""How long new customers take: those whose first subscription began lately, one by one and summed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Min, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.filters import is_id
from accounts.keyset import FIRST, Asked, Key, KeysetPage, page_of
from accounts.models import Account, User
from accounts.querysets import AccountQuerySet
from playbooks.milestones import Goal, Summary, summary
from playbooks.queries.life_cycle import LifeCycle, LifeCycles
from usage.periods import month_of, shift

WINDOWS = (3, 6, 12, 24)
DEFAULT_WINDOW = 12
EVER = "all"
PAGE = 50
MOST_SUMMED = (
    1_000  # accounts, the newest ones: medians of more would say the same, and take seconds
)
EXPORT_CHUNK = 200
NO_CSM, NO_TEAM = _("No CSM"), _("No team")
KEYS = (Key("started_on", date.fromisoformat, is_descending=True), Key("pk", int))


@dataclass(frozen=True)
class Filters:
    """What a person asked to see; anything not understood is as if it were not asked."""

    months: int | None = DEFAULT_WINDOW  # None: whenever they began
    csm: int | None = None
    by: str = "csm"

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Filters:
        months, csm = asked.get("months", ""), asked.get("csm", "")
        window = int(months) if months in map(str, WINDOWS) else DEFAULT_WINDOW
        return cls(
            months=None if months == EVER else window,
            csm=int(csm) if is_id(csm) else None,
            by="team" if asked.get("by") == "team" else "csm",
        )


@dataclass(frozen=True)
class Row:
    account: Account
    life_cycle: LifeCycle


@dataclass(frozen=True)
class Group:
    """Accounts of one CSM or team together; one summary for each goal."""

    name: str
    account_count: int
    summaries: tuple[Summary, ...]


@dataclass(frozen=True)
class Report:
    page: KeysetPage[Row]
    total: int
    groups: list[Group]  # all together first
    summed_count: int

    @property
    def is_capped(self) -> bool:
        return self.summed_count < self.total


@dataclass(frozen=True)
class TimeToValue:
    """One person's view of the customers that began within the months asked for."""

    user: User
    filters: Filters
    now: datetime

    @cached_property
    def life_cycles(self) -> LifeCycles:
        return LifeCycles(now=self.now)

    @property
    def today(self) -> date:
        return self.life_cycles.today

    @property
    def goals(self) -> list[Goal]:
        return self.life_cycles.goals

    @property
    def since(self) -> date | None:
        """First day of the month from which on customers count; None: all do."""
        months = self.filters.months
        return None if months is None else shift(month_of(self.today), -months)

    def cohort(self) -> AccountQuerySet:
        found = Account.objects.visible_to(self.user)
        if self.filters.csm is not None:
            found = found.filter(csm_id=self.filters.csm)
        began = found.annotate(started_on=Min("subscriptions__start_date"))
        began = began.filter(started_on__lte=self.today)
        return began if self.since is None else began.filter(started_on__gte=self.since)

    def _ranked(self) -> QuerySet[Account, Any]:
        return self.cohort().values_list(*(key.name for key in KEYS), named=True)

    def report(self, asked: Asked = FIRST) -> Report:
        """The page of accounts and the sums of all, of at most a thousand. A flat number of queries."""
        page = page_of([self._ranked()], KEYS, size=PAGE, asked=asked)
        order = [key.order for key in KEYS]
        summed = [row.pk for row in self._ranked().order_by(*order)[:MOST_SUMMED]]
        shown = [row.pk for row in page.object_list]
        rows = self._rows({*summed, *shown})
        return Report(
            page=page.of([rows[pk] for pk in shown if pk in rows]),
            total=self.cohort().count(),
            groups=self._groups([rows[pk] for pk in summed if pk in rows]),
            summed_count=len(summed),
        )

    def export(self) -> Iterator[Row]:
        """Every account in the page's order, read in chunks."""
        ids = [row.pk for row in self._ranked().order_by(*(key.order for key in KEYS))]
        for start in range(0, len(ids), EXPORT_CHUNK):
            rows = self._rows(set(ids[start : start + EXPORT_CHUNK]))
            yield from (rows[pk] for pk in ids[start : start + EXPORT_CHUNK] if pk in rows)

    def csms(self) -> list[User]:
        """Whose accounts a person sees: what the filter offers. One query."""
        seen = Account.objects.visible_to(self.user).order_by().values("csm")
        return list(User.objects.filter(pk__in=seen))

    def _rows(self, account_ids: set[int]) -> dict[int, Row]:
        accounts = Account.objects.select_related("csm", "team").in_bulk(list(account_ids))
        found = self.life_cycles.of(list(accounts))
        return {pk: Row(account, found[pk]) for pk, account in accounts.items()}

    def _groups(self, rows: Sequence[Row]) -> list[Group]:
        by_name: dict[str, list[Row]] = {}
        for row in rows:
            by_name.setdefault(self._group_name(row.account), []).append(row)
        parts = [self._group(name, by_name[name]) for name in sorted(by_name)]
        return [self._group(gettext("All"), rows), *parts] if rows else []

    def _group_name(self, account: Account) -> str:
        if self.filters.by == "team":
            return str(account.team or NO_TEAM)
        return str(account.csm or NO_CSM)

    def _group(self, name: str, rows: Sequence[Row]) -> Group:
        columns: Iterable[Any] = zip(*(row.life_cycle.milestones for row in rows), strict=True)
        return Group(name, len(rows), tuple(summary(column) for column in columns))
