"""How many of an account's seats are in use, as its cards say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from usage.models import ScoreCard
from usage.scoring.edition import SEATS, Edition


@dataclass(frozen=True)
class SeatUse:
    """People who use their seats, of the seats there are."""

    users: float
    seats: float

    @property
    def share(self) -> float | None:
        return self.users / self.seats if self.seats else None


def seats_in_use(card: ScoreCard | None, edition: Edition | None) -> Mapping[str, SeatUse]:
    """Seat use by a subscription's external id, from the primary instances of a card's evidence.

    The measure that divides by seats says who counts as a user; an edition without one knows nothing.
    """
    if card is None or edition is None:
        return {}
    position = _seat_measure(edition)
    if position is None:
        return {}
    found = {}
    for row in card.evidence["rows"]:
        if not row["primary"] or not row["measures"]:
            continue
        users, seats, *_ = row["measures"][position]
        if users is not None and seats is not None:
            found[row["subscription"]] = SeatUse(users, seats)
    return found


def primary_snapshots(card: ScoreCard) -> Mapping[str, datetime]:
    """When a card's primary instances recorded theirs, by a subscription's external id."""
    return {
        row["subscription"]: datetime.fromisoformat(row["snapshot"])
        for row in card.evidence["rows"]
        if row["primary"] and row["snapshot"] is not None
    }


def total_use(uses: Iterable[SeatUse]) -> SeatUse | None:
    """Of all subscriptions together; None where none is known."""
    known = list(uses)
    if not known:
        return None
    return SeatUse(sum(use.users for use in known), sum(use.seats for use in known))


def _seat_measure(edition: Edition) -> int | None:
    """Where in evidence the measure stands that divides by seats."""
    for position, (_, measure) in enumerate(edition.measures()):
        if measure.denominator is not None and SEATS in measure.denominator.keys:
            return position
    return None
