"""The numbers of the manager's view. Each is of the rows that its list shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, FilteredRelation, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import Subscription
from playbooks.queries.team.lists import (
    ADOPTED,
    ADOPTED_TOP,
    COVERAGE,
    HEALTH,
    LATE,
    MOVED,
    AccountList,
)
from playbooks.queries.team.scope import Scope
from playbooks.queries.team.work import Age, BurnDown, Worker, ages, burn_down, workers
from usage.periods import Period
from usage.queries.cards import edition_for

ZERO = Decimal(0)


@dataclass(frozen=True)
class Number:
    """How many accounts a list holds; `arr` where it is told of them together."""

    list: AccountList
    count: int
    arr: Decimal | None = None


@dataclass(frozen=True)
class Team:
    customers: int
    arr: Decimal
    late: tuple[Number, ...]
    health: tuple[Number, ...]
    moved: tuple[Number, ...]
    adopted: tuple[Number, ...]
    not_reporting: tuple[Number, ...]
    running_count: int  # accounts with a subscription that ran in the newest complete month
    workers: list[Worker]
    ages: tuple[Age, ...]
    burn_down: BurnDown

    @property
    def numbers(self) -> tuple[Number, ...]:
        return (*self.late, *self.health, *self.moved, *self.adopted, *self.not_reporting)

    @property
    def reporting_share(self) -> float | None:
        missing = sum(number.count for number in self.not_reporting)
        return 1 - missing / self.running_count if self.running_count else None


@dataclass(frozen=True)
class _Standing:
    """Accounts of one colour and one number of adopted use cases."""

    color: str
    adopted: int | None
    count: int
    arr: Decimal


def team(scope: Scope) -> Team:
    """Read all of the page, in a flat number of queries."""
    customers, arr = _customers(scope)
    standings = list(_standings(scope))
    return Team(
        customers=customers,
        arr=arr,
        late=tuple(map(_counted(scope), LATE)),
        health=tuple(_health(standings, customers, arr)),
        moved=tuple(_moved(scope)),
        adopted=tuple(_adopted(standings, customers, arr)),
        not_reporting=tuple(map(_counted(scope), COVERAGE)),
        running_count=scope.running_last_month.count(),
        workers=workers(scope),
        ages=ages(scope),
        burn_down=burn_down(scope),
    )


def _counted(scope: Scope) -> Any:
    return lambda each: Number(each, each.accounts(scope).count())


def _customers(scope: Scope) -> tuple[int, Decimal]:
    """How many there are and what they pay. Two queries."""
    theirs = scope.customers.order_by().values("pk")
    running = Subscription.objects.active_on(scope.today).filter(account__in=theirs)
    return scope.customers.count(), running.aggregate(arr=Sum("arr"))["arr"] or ZERO


def _standings(scope: Scope) -> Iterable[_Standing]:
    """Colours and adopted use cases of all customers that have a current card. One query."""
    running = (
        Subscription.objects.active_on(scope.today)
        .filter(account=OuterRef("account"))
        .order_by()
        .values("account")
        .annotate(total=Sum("arr"))
        .values("total")
    )
    money: DecimalField[Decimal, Decimal] = DecimalField(max_digits=20, decimal_places=2)
    theirs = scope.current_cards.filter(account__in=scope.customers.order_by().values("pk"))
    found = (
        theirs.annotate(account_arr=Coalesce(Subquery(running), ZERO, output_field=money))
        .order_by()
        .values_list("color", "use_cases_adopted")
        .annotate(Count("pk"), Sum("account_arr"))
    )
    return (_Standing(*row) for row in found)


def _health(found: list[_Standing], customers: int, arr: Decimal) -> Iterable[Number]:
    for each in HEALTH[:-1]:
        of_color = [s for s in found if s.color == each.color]
        yield Number(each, sum(s.count for s in of_color), _arr(of_color))
    yield Number(HEALTH[-1], customers - sum(s.count for s in found), arr - _arr(found))


def _adopted(found: list[_Standing], customers: int, arr: Decimal) -> Iterable[Number]:
    told = [s for s in found if s.adopted is not None]
    for count, each in enumerate(ADOPTED[:-1]):
        of_count = [s for s in told if min(s.adopted or 0, ADOPTED_TOP) == count]
        yield Number(each, sum(s.count for s in of_count), _arr(of_count))
    yield Number(ADOPTED[-1], customers - sum(s.count for s in told), arr - _arr(told))


def _arr(found: Iterable[_Standing]) -> Decimal:
    return sum((each.arr for each in found), ZERO)


def _moved(scope: Scope) -> Iterable[Number]:
    """Whose colour in the newest complete month is another one than before. One query."""
    both = scope.customers.annotate(
        was=_card_of(scope.month_before, scope), became=_card_of(scope.last_month, scope)
    )
    pairs = both.order_by().values_list("was__color", "became__color").annotate(Count("pk"))
    counts: Mapping[tuple[str, str], int] = {(was, became): count for was, became, count in pairs}
    for each in MOVED:
        yield Number(each, counts.get((each.before, each.color), 0))


def _card_of(month: Period, scope: Scope) -> FilteredRelation:
    """An account's card of a month by the edition that was in force in it: at most one."""
    edition_id = edition_for(month, scope.ranges)
    of_month = Q(score_cards__period=month, score_cards__edition=edition_id)
    return FilteredRelation("score_cards", condition=of_month)
