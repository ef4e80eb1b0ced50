"""The months of an account that its tabs show: cards of the editions in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from accounts import formats
from playbooks.queries.account.frame import Frame
from usage.models import ScoreCard
from usage.periods import period_of, shift, span
from usage.queries import cards, history, metric_breaks
from usage.services import editions

MONTHS = 13


@dataclass(frozen=True)
class Months:
    """Cards by month, without their evidence; this month counts once it has a card."""

    cards: dict[date, ScoreCard]
    periods: Sequence[date]


@dataclass(frozen=True)
class Cell:
    """A component in a month."""

    period: date
    color: str
    level: str = ""
    is_scored: bool = True  # there is a card; what it says may still be NA

    @property
    def is_known(self) -> bool:
        return self.color != formats.NA


def months(frame: Frame, *, count: int = MONTHS, with_evidence: bool = False) -> Months:
    """The last months of an account. One query, of no more than so many rows."""
    this_month = period_of(frame.now)
    found = cards.in_force(frame.ranges)
    if with_evidence:
        found = found.defer(None).defer("input_hash")
    recent = found.filter(account=frame.account, period__gte=shift(this_month, -count))
    by_month = {card.period: card for card in recent if card.period <= this_month}
    last = this_month if this_month in by_month else shift(this_month, -1)
    periods = span(shift(last, 1 - count), last)
    shown = {period: card for period, card in by_month.items() if period in periods}
    return Months(shown, periods)


def book(frame: Frame) -> history.Book:
    """The last 13 months with what each component and measure said."""
    found = months(frame, with_evidence=True)
    ids = {card.edition_id for card in found.cards.values()}
    return history.Book(
        found.cards,
        {pk: editions.load(pk) for pk in sorted(ids)},
        found.periods,
        metric_breaks.breaks(found.periods[0], found.periods[-1]),
    )
