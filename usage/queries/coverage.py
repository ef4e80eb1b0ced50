"""How much of an account reports usage: its instances, and the ARR that they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Account
from usage.models import Instance, ScoreCard
from usage.queries.cards import stale_before
from usage.scoring.edition import SEATS, Edition

STALE_AFTER_DAYS = 60  # where no edition is in force to say it


@dataclass(frozen=True)
class SeenInstance:
    """An instance of an account and whether it still reports."""

    instance: Instance
    is_silent: bool

    @property
    def counts(self) -> bool:
        """Whether it may stand for its subscription in a score."""
        instance = self.instance
        return instance.kind == Instance.Kind.PRODUCTION and not instance.opted_out_of_health


@dataclass(frozen=True)
class Coverage:
    """Which instances of an account report; `arr_share` is of its current card."""

    instances: tuple[SeenInstance, ...]
    arr_share: float | None

    @property
    def reporting_count(self) -> int:
        return sum(seen.counts and not seen.is_silent for seen in self.instances)

    @property
    def unknown_count(self) -> int:
        return sum(seen.instance.kind == Instance.Kind.UNKNOWN for seen in self.instances)

    @property
    def silent_count(self) -> int:
        """Instances that count and went silent."""
        return sum(seen.counts and seen.is_silent for seen in self.instances)


def coverage(
    account: Account, *, arr_share: float | None, stale_after_days: int | None, now: datetime
) -> Coverage:
    """Look at all instances of an account, Production first. One query."""
    since = stale_before(stale_after_days or STALE_AFTER_DAYS, now=now)
    instances = Instance.objects.filter(subscription__account=account).select_related(
        "subscription"
    )
    return Coverage(instances=tuple(_ranked(_seen(instances, since))), arr_share=arr_share)


def _seen(instances: Iterable[Instance], since: datetime) -> Iterable[SeenInstance]:
    for instance in instances:
        reported_at = instance.last_reported_at
        yield SeenInstance(instance, is_silent=reported_at is None or reported_at < since)


def _ranked(seen: Iterable[SeenInstance]) -> list[SeenInstance]:
    return sorted(seen, key=lambda each: (not each.counts, each.is_silent, str(each.instance)))


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
