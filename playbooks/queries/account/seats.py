"""Subscriptions of an account: what was bought, and month by month how much of it is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Case, F, IntegerField, Q, Value, When, Window
from django.db.models.functions import RowNumber

from accounts.keyset import FIRST, Asked, Key, KeysetPage, page_of
from accounts.models import License, Subscription
from accounts.querysets import runs_on
from playbooks.queries.account.frame import Frame
from playbooks.queries.account.months import months
from usage.models import ScoreCard
from usage.queries.coverage import SeatUse, primary_snapshots, seats_in_use
from usage.scoring.edition import Edition
from usage.services import editions

PAGE = 25
LICENSES = 5  # of each subscription, the newest
SHARES = (0.1, 0.5, 0.8)
RUNNING, COMING, ENDED = range(3)
KEYS = (
    Key("turn", int),
    Key("arr", Decimal, is_descending=True),
    Key("pk", int),
)


@dataclass(frozen=True)
class Reached:
    """When a share of the seats was first seen in use; `days` None: not in the months shown."""

    share: float
    days: int | None = None  # from the subscription's start to the snapshot that says so
    on: date | None = None
    is_earlier: bool = False  # it was so already in the first month that is shown


@dataclass(frozen=True)
class MonthUse:
    period: date
    use: SeatUse | None

    @property
    def is_over(self) -> bool:
        """More users than seats."""
        return bool(self.use and self.use.seats and self.use.users > self.use.seats)


@dataclass(frozen=True)
class LicenseLine:
    license: License

    @property
    def short(self) -> str:
        """The start of its hash, as the admin names it."""
        return f"{(self.license.sha256 or self.license.md5 or '')[:8]}…"


@dataclass(frozen=True)
class SubscriptionLine:
    subscription: Subscription
    is_running: bool
    is_ended: bool
    months: tuple[MonthUse, ...]  # oldest first
    reached: tuple[Reached, ...]
    licenses: tuple[LicenseLine, ...]

    @property
    def newest(self) -> MonthUse | None:
        """The newest month that is known."""
        return next((month for month in reversed(self.months) if month.use), None)

    @property
    def use(self) -> SeatUse | None:
        return self.newest.use if self.newest else None

    @property
    def over(self) -> float | None:
        """Users beyond the seats in the newest known month."""
        newest = self.newest
        if newest is None or newest.use is None or not newest.is_over:
            return None
        return newest.use.users - newest.use.seats


@dataclass(frozen=True)
class Seats:
    page: KeysetPage[SubscriptionLine]
    periods: Sequence[date]


@dataclass(frozen=True)
class _Used:
    """What the primary instances of a month said, by the subscription's external id."""

    uses: Mapping[str, SeatUse] = field(default_factory=dict)
    snapshots: Mapping[str, datetime] = field(default_factory=dict)


def seats(frame: Frame, *, asked: Asked = FIRST) -> Seats:
    """A page of an account's subscriptions, those that run first. Three queries."""
    found = months(frame, with_evidence=True)
    loaded = {pk: editions.load(pk) for pk in {card.edition_id for card in found.cards.values()}}
    used = {period: _used(found.cards.get(period), loaded) for period in found.periods}
    rows = frame.account.subscriptions.select_related("plan").annotate(turn=_turn(frame.today))
    page = page_of([rows], KEYS, size=PAGE, asked=asked)
    keys = _licenses([each.pk for each in page.object_list])
    lines = [_line(each, found.periods, used, keys) for each in page.object_list]
    return Seats(page.of(lines), found.periods)


def _turn(today: date) -> Case:
    return Case(
        When(runs_on(today), then=Value(RUNNING)),
        When(Q(start_date__gt=today), then=Value(COMING)),
        default=Value(ENDED),
        output_field=IntegerField(),
    )


def _used(card: ScoreCard | None, loaded: Mapping[int, Edition]) -> _Used:
    if card is None:
        return _Used()
    return _Used(seats_in_use(card, loaded[card.edition_id]), primary_snapshots(card))


def _licenses(subscription_ids: list[int]) -> Mapping[int, list[LicenseLine]]:
    """The newest of each subscription. One query."""
    newest_first = (F("issued_on").desc(nulls_last=True), F("pk").desc())
    rank = Window(RowNumber(), partition_by="subscription_id", order_by=newest_first)
    found: dict[int, list[LicenseLine]] = {}
    theirs = License.objects.filter(subscription__in=subscription_ids).annotate(rank=rank)
    for each in theirs.filter(rank__lte=LICENSES).order_by("subscription_id", "rank"):
        found.setdefault(each.subscription_id, []).append(LicenseLine(each))
    return found


def _line(
    subscription: Subscription,
    periods: Sequence[date],
    used: Mapping[date, _Used],
    keys: Mapping[int, list[LicenseLine]],
) -> SubscriptionLine:
    code = subscription.external_id
    turn = subscription.turn  # type: ignore[attr-defined]  # annotated
    shown = tuple(MonthUse(period, used[period].uses.get(code)) for period in periods)
    moments = {period: used[period].snapshots.get(code) for period in periods}
    days = {period: moment.date() if moment else None for period, moment in moments.items()}
    return SubscriptionLine(
        subscription=subscription,
        is_running=turn == RUNNING,
        is_ended=turn == ENDED,
        months=shown,
        reached=tuple(_reached(subscription.start_date, shown, days)),
        licenses=tuple(keys.get(subscription.pk, [])),
    )


# --- Time to a share of the seats -------------------------------------------------------------------


def _reached(
    start: date, found: Sequence[MonthUse], recorded: Mapping[date, date | None]
) -> Iterator[Reached]:
    """When 10, 50 and 80 % of the seats were first seen in use; it may be before the start."""
    for share in SHARES:
        month = first_month(found, share)
        on = recorded.get(month) if month else None
        if month is not None and month == found[0].period and start < month:
            yield Reached(share, is_earlier=True)
        elif on is None:
            yield Reached(share)
        else:
            yield Reached(share, days=(on - start).days, on=on)


def first_month(found: Iterable[MonthUse], share: float) -> date | None:
    for month in found:
        used = month.use.share if month.use else None
        if used is not None and round(used, 6) >= share:
            return month.period
    return None
