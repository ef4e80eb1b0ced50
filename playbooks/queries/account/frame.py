"""What stands above every tab of an account: its health, and what it has bought."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from django.db.models import Count, Min, Sum
from django.utils import timezone

from accounts.models import Account, Subscription, User
from playbooks.organisation import organisation_day
from usage.periods import month_of
from usage.queries import cards
from usage.queries.cards import Force, Standing
from usage.scoring.edition import Edition
from usage.services import editions


@dataclass(frozen=True)
class Bought:
    """The running subscriptions of one plan, or of all together."""

    plan: str
    count: int
    arr: Decimal
    seats: int | None  # of the subscriptions that say how many; None where none does
    renews_on: date | None


@dataclass(frozen=True)
class Frame:
    account: Account
    parent: Account | None  # None too where the person may not see it
    plans: tuple[Bought, ...]  # highest first
    standing: Standing
    ranges: tuple[Force, ...]
    now: datetime

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    @property
    def organisation_day(self) -> date:
        """The day by which calls to action sleep."""
        return organisation_day(self.now)

    @property
    def bought(self) -> Bought:
        return Bought(
            plan=", ".join(each.plan for each in self.plans),
            count=sum(each.count for each in self.plans),
            arr=sum((each.arr for each in self.plans), Decimal(0)),
            seats=known_sum(each.seats for each in self.plans),
            renews_on=min((each.renews_on for each in self.plans if each.renews_on), default=None),
        )

    @cached_property
    def edition(self) -> Edition | None:
        """Of the current card, else the one in force."""
        card = self.standing.card
        wanted = card.edition_id if card else cards.edition_for(month_of(self.today), self.ranges)
        return None if wanted is None else editions.load(wanted)

    @property
    def is_stale(self) -> bool:
        return self.standing.is_stale and self.standing.newest is not None


def known_sum(values: Iterable[int | None]) -> int | None:
    """Of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def frame(account: Account, *, user: User, now: datetime) -> Frame:
    """Read what every tab says of an account that the person may see. Four queries at most."""
    ranges = cards.forces()
    found = cards.standings([account.pk], ranges, now=now)
    return Frame(
        account=account,
        parent=_visible_parent(account, user),
        plans=tuple(_plans(account, today=timezone.localdate(now))),
        standing=found.get(account.pk, cards.NOTHING_KNOWN),
        ranges=ranges,
        now=now,
    )


def _visible_parent(account: Account, user: User) -> Account | None:
    if account.parent_id is None:
        return None
    return Account.objects.visible_to(user).filter(pk=account.parent_id).first()


def _plans(account: Account, *, today: date) -> Iterable[Bought]:
    found = (
        Subscription.objects.filter(account=account)
        .active_on(today)
        .order_by("-plan__rank")
        .values("plan__name")
        .annotate(
            count=Count("pk"), arr_sum=Sum("arr"), seat_sum=Sum("seats"), renews_on=Min("end_date")
        )
        .values_list("plan__name", "count", "arr_sum", "seat_sum", "renews_on")
    )
    return (Bought(*row) for row in found)
