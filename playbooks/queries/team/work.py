"""Who has how much to do, how long it has lain, and whether what is late becomes less."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.filters import is_id
from accounts.keyset import FIRST, Asked, Key, KeysetPage, page_of
from accounts.models import User
from playbooks.models import CallToAction, CTAType
from playbooks.queries.team.scope import Scope
from playbooks.querysets import CallToActionQuerySet

WEEKS = 12
PAGE = 50
WIDTH, HEIGHT, TOP, BOTTOM = 780, 110, 18, 20  # of the drawing: the plot, and what stands around it
AGES: Mapping[str, tuple[int, int | None]] = {  # days since it was opened, both included
    "week": (0, 7),
    "month": (8, 30),
    "quarter": (31, 90),
    "older": (91, None),
}
AGE_NAMES = {
    "week": _("Up to 7 days"),
    "month": _("8 to 30 days"),
    "quarter": _("31 to 90 days"),
    "older": _("More than 90 days"),
}
NOBODY = "none"
KEYS = (Key("due_on", date.fromisoformat), Key("pk", int))


@dataclass(frozen=True)
class WorkFilter:
    """Which open calls to action; anything not understood is as if it were not asked."""

    owner: str = ""  # a person's id, or "none"
    type: str = ""
    age: str = ""
    late: bool = False

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> WorkFilter:
        owner, type_, age = (asked.get(name, "") for name in ("owner", "type", "age"))
        return cls(
            owner=owner if owner == NOBODY or is_id(owner) else "",
            type=type_ if type_ in CTAType.values else "",
            age=age if age in AGES else "",
            late=asked.get("late") == "1",
        )

    def rows(self, scope: Scope) -> CallToActionQuerySet:
        found = scope.calls
        if self.owner:
            owner = None if self.owner == NOBODY else int(self.owner)
            found = found.filter(owner=owner)
        if self.type:
            found = found.filter(type=self.type)
        if self.age:
            found = found.filter(opened(self.age, scope))
        return found.filter(is_late(scope)) if self.late else found


def opened(age: str, scope: Scope) -> Q:
    youngest, oldest = AGES[age]
    after = Q() if oldest is None else Q(opened_at__gt=scope.ago(oldest + 1))
    return after & (Q(opened_at__lte=scope.ago(youngest)) if youngest else Q())


def is_late(scope: Scope) -> Q:
    return Q(due_on__lt=scope.today)


@dataclass(frozen=True)
class Cell:
    """Calls of one person, or of all, that are of one type."""

    type: str
    count: int

    @property
    def name(self) -> str:
        return str(CTAType(self.type).label)


@dataclass(frozen=True)
class Worker:
    owner: User | None
    cells: tuple[Cell, ...]  # of each type in their order
    late: int

    @property
    def key(self) -> str:
        return str(self.owner.pk) if self.owner else NOBODY

    @property
    def count(self) -> int:
        return sum(cell.count for cell in self.cells)


@dataclass(frozen=True)
class Age:
    code: str
    count: int
    late: int

    @property
    def name(self) -> str:
        return str(AGE_NAMES[self.code])


@dataclass(frozen=True)
class Bar:
    """One day's column; `middle` is where its labels stand."""

    day: date
    count: int
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)

    @property
    def label_y(self) -> float:
        return round(self.y - 4, 1)


@dataclass(frozen=True)
class Drawn:
    bars: tuple[Bar, ...]
    width: float = WIDTH
    height: float = TOP + HEIGHT + BOTTOM

    @property
    def label(self) -> str:
        first, last = self.bars[0], self.bars[-1]
        return ngettext(
            "Late calls to action, %(weeks)s week: from %(first)s on %(first_day)s to"
            " %(last)s on %(last_day)s.",
            "Late calls to action, %(weeks)s weeks: from %(first)s on %(first_day)s to"
            " %(last)s on %(last_day)s.",
            len(self.bars),
        ) % {
            "weeks": len(self.bars),
            "first": f"{first.count:,}",
            "first_day": date_format(first.day, "d M"),
            "last": f"{last.count:,}",
            "last_day": date_format(last.day, "d M"),
        }


@dataclass(frozen=True)
class BurnDown:
    """How many calls to action were late at the end of each of the last weeks, oldest first."""

    days: tuple[tuple[date, int], ...]
    chart: Drawn


def work(scope: Scope, chosen: WorkFilter, *, asked: Asked = FIRST) -> KeysetPage[CallToAction]:
    """A page of open calls to action, what is due first. One query."""
    rows = chosen.rows(scope).select_related("account", "owner").defer("evidence")
    return page_of([rows], KEYS, size=PAGE, asked=asked)


def workers(scope: Scope) -> list[Worker]:
    """Who has most late first. Two queries."""
    found = scope.calls.order_by().values_list("owner", "type")
    counted = found.annotate(Count("pk"), late=Count("pk", filter=is_late(scope)))
    by_owner: dict[int | None, dict[str, tuple[int, int]]] = {}
    for owner, type_, count, late in counted:
        by_owner.setdefault(owner, {})[type_] = (count, late)
    people = User.objects.in_bulk([owner for owner in by_owner if owner is not None])
    rows = [
        Worker(
            owner=people.get(owner) if owner is not None else None,
            cells=tuple(Cell(each, types.get(each, (0, 0))[0]) for each in CTAType.values),
            late=sum(late for _, late in types.values()),
        )
        for owner, types in by_owner.items()
    ]
    return sorted(rows, key=lambda row: (-row.late, -row.count, str(row.owner)))


def ages(scope: Scope) -> tuple[Age, ...]:
    """One query."""
    wanted = {
        name: Count("pk", filter=opened(code, scope) & extra)
        for code in AGES
        for name, extra in ((code, Q()), (f"{code}_late", is_late(scope)))
    }
    counts = scope.calls.aggregate(**wanted)
    return tuple(Age(code, counts[code], counts[f"{code}_late"]) for code in AGES)


# --- Burn-down --------------------------------------------------------------------------------------


def burn_down(scope: Scope) -> BurnDown:
    """Late on a day: due before it, opened by then, and not closed by its end. One query.

    By the due dates of today: where one was moved, the former is not told, nor what slept then.
    """
    days = [scope.today - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    since = _end(days[0])
    still_open = Q(closed_at=None) | Q(closed_at__gte=since)
    found = CallToAction.objects.visible_to(scope.user).filter(still_open, due_on__lt=scope.today)
    if scope.is_mine:
        found = found.filter(account__csm=scope.user)
    counts = found.aggregate(
        **{f"week_{n}": Count("pk", filter=_late_on(day)) for n, day in enumerate(days)}
    )
    pairs = tuple((day, counts[f"week_{n}"]) for n, day in enumerate(days))
    return BurnDown(pairs, _chart(pairs))


def _end(day: date) -> datetime:
    """The moment that a day is over, in the person's zone."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def _late_on(day: date) -> Q:
    ended = _end(day)
    return Q(due_on__lt=day, opened_at__lt=ended) & (Q(closed_at=None) | Q(closed_at__gte=ended))


def _chart(pairs: tuple[tuple[date, int], ...]) -> Drawn:
    """Bars side by side: weeks are days apart that a chart of months would not tell."""
    most = max((count for _, count in pairs), default=0)
    step = WIDTH / len(pairs)
    bars = []
    for slot, (day, count) in enumerate(pairs):
        height = round(HEIGHT * count / most, 1) if most else 0
        x, y = round(slot * step + step * 0.15, 1), round(TOP + HEIGHT - height, 1)
        bars.append(Bar(day, count, x, y, round(step * 0.7, 1), height))
    return Drawn(tuple(bars))
