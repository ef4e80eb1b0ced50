"""Which score card stands for an account: by edition in force, newest known, not stale."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import F, OuterRef, Q, Window
from django.db.models.functions import RowNumber

from accounts import formats
from usage.models import Publication, ScoreCard
from usage.periods import month_of, period_of, shift
from usage.querysets import PublicationQuerySet, ScoreCardQuerySet

TREND_CARDS = 13  # known cards that a page reads per account
NO_CARD = Q(edition_id=0)  # not pk__in=[]: Django cannot sort by a subquery known to be empty


@dataclass(frozen=True)
class Force:
    """The months that one edition decides: from `first` until the month before `until`."""

    edition_id: int
    first: date | None
    until: date | None
    stale_after_days: int

    def decides(self, period: date) -> bool:
        after_start = self.first is None or self.first <= period
        return after_start and (self.until is None or period < self.until)

    @property
    def last(self) -> date | None:
        """The last of its months; None: there is none."""
        return shift(self.until, -1) if self.until else None

    @property
    def months(self) -> Q:
        """The same as a condition on cards."""
        condition = Q(edition_id=self.edition_id)
        if self.first is not None:
            condition &= Q(period__gte=self.first)
        if self.until is not None:
            condition &= Q(period__lt=self.until)
        return condition


@dataclass(frozen=True)
class Standing:
    """An account's health as pages show it: the newest known score until its data is stale."""

    newest: ScoreCard | None  # known, however old
    previous: ScoreCard | None  # the known one before it
    is_stale: bool
    known: tuple[ScoreCard, ...] = ()  # newest first

    @property
    def card(self) -> ScoreCard | None:
        """The card that counts today; None is NA."""
        return None if self.is_stale else self.newest

    @property
    def score(self) -> float | None:
        return self.card.score if self.card else None

    @property
    def color(self) -> str:
        return self.card.color if self.card else formats.NA

    @property
    def change(self) -> float | None:
        """Points since the newest known month before; None where either is not known."""
        cards = (self.card, self.previous)
        scores = [card.score for card in cards if card is not None and card.score is not None]
        return scores[0] - scores[1] if len(scores) == 2 else None

    @property
    def data_at(self) -> datetime | None:
        """When the newest snapshot behind the newest known score was recorded."""
        return self.newest.newest_recorded_at if self.newest else None


NOTHING_KNOWN = Standing(newest=None, previous=None, is_stale=False)


def forces() -> tuple[Force, ...]:
    """Which published edition decides which months, newest first. One query."""
    return forces_of(Publication.objects.by_force())


def forces_of(publications: PublicationQuerySet) -> tuple[Force, ...]:
    """The same of publications in their order of force. One query."""
    found: list[Force] = []
    until: date | None = None
    by_force = publications.values_list("edition", "in_force_from", "edition__stale_after_days")
    for pk, first, stale in by_force:
        if found and found[-1].first in (None, first):
            continue
        if found and found[-1].edition_id == pk:
            until = found.pop().until
        found.append(Force(pk, first, until, stale))
        until = first
    return tuple(found)


def edition_for(period: date, ranges: Iterable[Force]) -> int | None:
    """Id of the edition in force at a month's end."""
    return next((force.edition_id for force in ranges if force.decides(period)), None)


def months_in_force(ranges: Iterable[Force]) -> Q:
    """What is of the edition in force for its month, as a condition on cards or transitions.

    Of one edition it is a plain AND, by which the newest card is found at the end of an index.
    """
    return reduce(or_, [force.months for force in ranges] or [NO_CARD])


def in_force(ranges: Iterable[Force]) -> ScoreCardQuerySet:
    """Cards made by the edition that is in force for their month; without evidence."""
    return ScoreCard.objects.filter(months_in_force(ranges)).defer("evidence", "input_hash")


def known(ranges: Iterable[Force]) -> ScoreCardQuerySet:
    return in_force(ranges).filter(score__isnull=False)


def fresh(ranges: Collection[Force], *, now: datetime) -> ScoreCardQuerySet:
    """Known cards whose data is not stale: the newest of an account is its current one.

    A snapshot is of its card's month, so older months need not be looked at. A known card without any
    was made of health's other groups, as of its month.
    """
    conditions = []
    for force in ranges:
        since = stale_before(force.stale_after_days, now=now)
        is_fresh = Q(newest_recorded_at__gte=since) | Q(newest_recorded_at=None)
        conditions.append(force.months & is_fresh & Q(period__gte=month_of(period_of(since))))
    condition = reduce(or_, conditions or [NO_CARD])
    return ScoreCard.objects.filter(condition, score__isnull=False)


def stale_before(days: int, *, now: datetime) -> datetime:
    """Data recorded before this moment is stale."""
    return now - timedelta(days=days)


def current_of(ranges: Collection[Force], *, now: datetime, outer: str = "pk") -> ScoreCardQuerySet:
    """The current card of an account of an outer query, for a Subquery (take [:1])."""
    return fresh(ranges, now=now).filter(account_id=OuterRef(outer)).order_by("-period")


def standings(
    account_ids: Iterable[int],
    ranges: Collection[Force],
    *,
    now: datetime,
    depth: int = TREND_CARDS,
) -> Mapping[int, Standing]:
    """The standing of each account that ever had a known score, of `depth` known cards. One query."""
    rank = Window(RowNumber(), partition_by="account_id", order_by=F("period").desc())
    newest = (
        known(ranges)
        .filter(account_id__in=list(account_ids))
        .annotate(rank=rank)
        .filter(rank__lte=depth)
        .order_by("account_id", "-period")
    )
    cards: dict[int, list[ScoreCard]] = {}
    for card in newest:
        cards.setdefault(card.account_id, []).append(card)
    stale_days = {force.edition_id: force.stale_after_days for force in ranges}
    return {
        account_id: standing_of(found, stale_days=stale_days, now=now)
        for account_id, found in cards.items()
    }


def standing_of(
    found: Iterable[ScoreCard], *, stale_days: Mapping[int, int], now: datetime
) -> Standing:
    """The standing that known cards of one account, newest first, give."""
    cards = tuple(found)
    if not cards:
        return NOTHING_KNOWN
    newest = cards[0]
    recorded_at, days = newest.newest_recorded_at, stale_days[newest.edition_id]
    since = stale_before(days, now=now)
    is_stale = newest.period < period_of(since) if recorded_at is None else recorded_at < since
    previous = cards[1] if len(cards) > 1 else None
    return Standing(newest=newest, previous=previous, is_stale=is_stale, known=cards)
