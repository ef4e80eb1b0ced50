"""Whose accounts the view is of, and on which day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.access import Role
from accounts.models import Account, Subscription, User
from accounts.querysets import AccountQuerySet
from playbooks.models import CallToAction
from playbooks.organisation import organisation_day
from playbooks.querysets import CallToActionQuerySet
from usage.models import ScoreCard
from usage.periods import Period, period_of, shift
from usage.queries import cards
from usage.queries.cards import Force
from usage.querysets import ScoreCardQuerySet

MINE, ALL = "mine", "all"


@dataclass(frozen=True)
class Scope:
    """The accounts that a person may see; `is_mine`: those alone whose CSM they are."""

    user: User
    is_mine: bool
    now: datetime

    @classmethod
    def of(cls, asked: Mapping[str, str], *, user: User, now: datetime) -> Scope:
        """A CSM begins with their own accounts, everybody else with all that they see."""
        who = asked.get("who", "")
        default = MINE if user.role == Role.CSM else ALL
        return cls(user, is_mine=(who if who in {MINE, ALL} else default) == MINE, now=now)

    @property
    def who(self) -> str:
        return MINE if self.is_mine else ALL

    @cached_property
    def today(self) -> date:
        return timezone.localdate(self.now)

    @cached_property
    def ranges(self) -> tuple[Force, ...]:
        return cards.forces()

    def ago(self, days: int) -> datetime:
        return self.now - timedelta(days=days)

    def day_ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    @property
    def visible(self) -> AccountQuerySet:
        found = Account.objects.visible_to(self.user)
        return found.filter(csm=self.user) if self.is_mine else found

    @property
    def customers(self) -> AccountQuerySet:
        """Accounts with a running subscription: what all lists are of."""
        running = Subscription.objects.active_on(self.today).filter(account=OuterRef("pk"))
        return self.visible.filter(Exists(running))

    @property
    def calls(self) -> CallToActionQuerySet:
        """Calls to action that are open and awake."""
        found = CallToAction.objects.awake_on(organisation_day(self.now)).visible_to(self.user)
        return found.filter(account__csm=self.user) if self.is_mine else found

    @property
    def current_cards(self) -> ScoreCardQuerySet:
        """The card of each account that counts today."""
        later = cards.fresh(self.ranges, now=self.now).filter(
            account=OuterRef("account"), period__gt=OuterRef("period")
        )
        return cards.fresh(self.ranges, now=self.now).filter(~Exists(later))

    @property
    def last_month(self) -> Period:
        """The newest complete month: movement is told of it against the month before."""
        return shift(period_of(self.now), -1)

    @property
    def month_before(self) -> Period:
        return shift(self.last_month, -1)

    @property
    def running_last_month(self) -> AccountQuerySet:
        """Accounts with a subscription that ran in the newest complete month."""
        month = self.last_month
        ran = Subscription.objects.filter(
            Q(end_date=None) | Q(end_date__gte=month),
            account=OuterRef("pk"),
            start_date__lt=shift(month, 1),
        )
        return self.visible.filter(Exists(ran))

    def cards_of(self, month: Period) -> ScoreCardQuerySet:
        """Known cards of a month, by the edition that was in force in it."""
        edition_id = cards.edition_for(month, self.ranges)
        return ScoreCard.objects.filter(edition=edition_id, period=month).exclude(color="")
