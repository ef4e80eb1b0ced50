"""Everything that the page of one account shows, in a flat number of queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import Account, Contact, Subscription, User
from accounts.services import consents
from playbooks.models import CallToAction
from playbooks.querysets import CallToActionQuerySet
from usage import explain
from usage.models import ScoreCard, Transition
from usage.periods import month_of, period_of, shift, span
from usage.queries import cards, history
from usage.queries.cards import Force, Standing
from usage.queries.coverage import Coverage, SeatUse, coverage, seats_in_use, total_use
from usage.queries.history import Trend
from usage.scoring.edition import Edition
from usage.services import editions

MONTHS = 13
CLOSED_WITHIN_DAYS = 90
CLOSED_SHOWN = 10


@dataclass(frozen=True)
class SubscriptionLine:
    subscription: Subscription
    use: SeatUse | None
    is_running: bool
    is_ended: bool


@dataclass(frozen=True)
class Bought:
    """What the account has now: running subscriptions together."""

    lines: tuple[SubscriptionLine, ...]

    @property
    def running(self) -> list[Subscription]:
        return [line.subscription for line in self.lines if line.is_running]

    @property
    def plans(self) -> list[str]:
        """Highest first."""
        ranked = sorted(
            {subscription.plan for subscription in self.running}, key=lambda p: p.rank, reverse=True
        )
        return [plan.name for plan in ranked]

    @property
    def arr(self) -> Decimal:
        return sum((subscription.arr for subscription in self.running), Decimal(0))

    @property
    def seats(self) -> int | None:
        """Of the subscriptions that say how many; None where none does."""
        known = [each.seats for each in self.running if each.seats is not None]
        return sum(known) if known else None

    @property
    def renews_on(self) -> date | None:
        return min((each.end_date for each in self.running if each.end_date), default=None)

    @property
    def use(self) -> SeatUse | None:
        return total_use(line.use for line in self.lines if line.use)


@dataclass(frozen=True)
class Why:
    """One month's score taken apart."""

    period: date
    card: ScoreCard | None
    edition: Edition | None
    root: explain.Node | None
    earlier: date | None  # the months with a card around it
    later: date | None
    costliest: str  # code of the component that takes most from the score: it stands open

    @property
    def share_codes(self) -> set[str]:
        """Components whose one value is shown as per cent."""
        singles = (
            ((u.code, u.single_measure) for u in self.edition.use_cases) if self.edition else ()
        )
        return {code for code, measure in singles if measure and measure.is_share}


@dataclass(frozen=True)
class Drop:
    """A recorded fall of a component, in words."""

    transition: Transition
    name: str
    from_text: str
    to_text: str


@dataclass(frozen=True)
class Calls:
    open: list[CallToAction]
    snoozed: list[CallToAction]
    closed: list[CallToAction]


@dataclass(frozen=True)
class AccountPage:
    account: Account
    children: list[Account]
    parent: Account | None  # None too where the person may not see it
    bought: Bought
    standing: Standing
    edition: Edition | None  # of the current card, else the one in force
    periods: Sequence[date]
    trends: tuple[Trend, ...]
    why: Why | None
    calls: Calls
    drops: list[Drop]
    coverage: Coverage
    contacts: list[Contact]
    consents: list[consents.Standing]

    @property
    def overall(self) -> Trend | None:
        return self.trends[0] if self.trends else None

    @property
    def components(self) -> tuple[Trend, ...]:
        return self.trends[1:]

    @property
    def use_case_count(self) -> int:
        return sum(u.counts_as_use_case for u in self.edition.use_cases) if self.edition else 0

    @property
    def adopted(self) -> int | None:
        return self.standing.card.use_cases_adopted if self.standing.card else None

    @property
    def adopted_before(self) -> int | None:
        """In the newest known month before, where that is another number."""
        before = self.standing.previous
        if before is None or before.use_cases_adopted == self.adopted:
            return None
        return before.use_cases_adopted

    @property
    def has_platform_adoption(self) -> bool:
        edition, adopted = self.edition, self.adopted
        return bool(edition and adopted and adopted >= edition.platform_adoption_from)


def account_page(
    account: Account, *, user: User, period: date | None, now: datetime
) -> AccountPage:
    """Read the page of an account that the person may see; `period`: the month to explain."""
    today = timezone.localdate(now)
    ranges = cards.forces()
    book = _book(account, ranges, now=now)
    standing = cards.standings([account.pk], ranges, now=now).get(account.pk, cards.NOTHING_KNOWN)
    current = book.cards.get(standing.card.period) if standing.card else None
    edition = _edition_shown(book, standing, ranges, today)
    trends = history.trends(book)
    return AccountPage(
        account=account,
        children=list(account.children.visible_to(user).order_by("name")),
        parent=_visible_parent(account, user),
        bought=_bought(account, seats_in_use(current, edition), today=today),
        standing=standing,
        edition=edition,
        periods=book.periods,
        trends=trends,
        why=_why(account, book, ranges, period=period or _newest_known(book)),
        calls=_calls(account, now=now),
        drops=_drops(account, trends, ranges, since=book.periods[0]),
        coverage=coverage(
            account,
            arr_share=standing.card.reporting_arr_share if standing.card else None,
            stale_after_days=edition.stale_after_days if edition else None,
            now=now,
        ),
        contacts=list(account.contacts.order_by("name")),
        consents=consents.standings(account),
    )


def _visible_parent(account: Account, user: User) -> Account | None:
    if account.parent_id is None:
        return None
    return Account.objects.visible_to(user).filter(pk=account.parent_id).first()


def _book(account: Account, ranges: tuple[Force, ...], *, now: datetime) -> history.Book:
    """Cards of the last 13 months with evidence; this month counts once it has a card."""
    this_month = period_of(now)
    since = shift(this_month, -MONTHS)
    found = cards.in_force(ranges).defer(None).filter(account=account, period__gte=since)
    by_month = {card.period: card for card in found if card.period <= this_month}
    last = this_month if this_month in by_month else shift(this_month, -1)
    periods = span(shift(last, 1 - MONTHS), last)
    shown = {period: card for period, card in by_month.items() if period in periods}
    ids = {card.edition_id for card in shown.values()}
    return history.Book(shown, {pk: editions.load(pk) for pk in sorted(ids)}, periods)


def _edition_shown(
    book: history.Book, standing: Standing, ranges: tuple[Force, ...], today: date
) -> Edition | None:
    wanted = standing.card.edition_id if standing.card else None
    if wanted is None:
        wanted = cards.edition_for(month_of(today), ranges)
    if wanted is None:
        return None
    return book.editions.get(wanted) or editions.load(wanted)


def _newest_known(book: history.Book) -> date | None:
    """The newest month with a score, else the newest with a card."""
    known = [period for period, card in book.cards.items() if card.score is not None]
    return max(known or book.cards, default=None)


def _why(
    account: Account, book: history.Book, ranges: tuple[Force, ...], *, period: date | None
) -> Why | None:
    """Explain a month; one that the page does not show otherwise costs a query."""
    if period is None:
        return None
    card = book.cards.get(period)
    if card is None and period not in book.periods:
        wanted = cards.in_force(ranges).defer(None)
        card = wanted.filter(account=account, period=period).first()
    edition = None
    if card is not None:
        edition = book.editions.get(card.edition_id) or editions.load(card.edition_id)
    root = explain.explain(card.evidence, edition) if card and edition else None
    months = sorted(book.cards)
    return Why(
        period=period,
        card=card,
        edition=edition,
        root=root,
        earlier=max((month for month in months if month < period), default=None),
        later=min((month for month in months if month > period), default=None),
        costliest=_costliest(root, edition) if root and edition else "",
    )


def _costliest(root: explain.Node, edition: Edition) -> str:
    """Code of the component, not Green, that takes most points from the overall score."""
    composites = {composite.code for composite in edition.composites}
    losses = {
        node.code: loss
        for node, loss in _losses(root, composites, share=1)
        if node.color != "Green"
    }
    return max(losses, key=lambda code: losses[code], default="")


def _losses(
    node: explain.Node, composites: Collection[str], *, share: float
) -> Iterator[tuple[explain.Node, float]]:
    """Each component below with the points that it takes from the overall score."""
    for child in node.children:
        weight = share * (child.weight_share or 0)
        if child.code in composites:
            yield from _losses(child, composites, share=weight)
        elif child.score is not None:
            yield child, weight * (100 - child.score)


def _bought(account: Account, uses: Mapping[str, SeatUse], *, today: date) -> Bought:
    found = account.subscriptions.select_related("plan").order_by("-arr", "external_id")
    lines = (_line(each, uses.get(each.external_id), today=today) for each in found)
    return Bought(tuple(sorted(lines, key=lambda line: (not line.is_running, line.is_ended))))


def _line(subscription: Subscription, use: SeatUse | None, *, today: date) -> SubscriptionLine:
    is_ended = subscription.end_date is not None and subscription.end_date < today
    is_running = subscription.start_date <= today and not is_ended
    return SubscriptionLine(subscription, use if is_running else None, is_running, is_ended)


def _calls(account: Account, *, now: datetime) -> Calls:
    today = timezone.localdate(now)
    live = list(_with_tasks(account.ctas.live()).order_by("priority", "due_on", "pk"))
    asleep = [cta for cta in live if cta.snoozed_until and cta.snoozed_until > today]
    closed = _with_tasks(account.ctas.all()).filter(
        closed_at__gte=now - timedelta(days=CLOSED_WITHIN_DAYS)
    )
    return Calls(
        open=[cta for cta in live if cta not in asleep],
        snoozed=asleep,
        closed=list(closed.order_by("-closed_at")[:CLOSED_SHOWN]),
    )


def _with_tasks(ctas: CallToActionQuerySet) -> CallToActionQuerySet:
    return ctas.select_related("owner").annotate(
        task_count=Count("tasks"), done_count=Count("tasks", filter=Q(tasks__done_at__isnull=False))
    )


def _drops(
    account: Account, trends: Iterable[Trend], ranges: tuple[Force, ...], *, since: date
) -> list[Drop]:
    """Recorded drops of the months shown, newest first, each by the edition in force there."""
    by_code = {trend.code: trend for trend in trends}
    found = account.transitions.filter(cards.months_in_force(ranges), period__gte=since)
    ordered = found.order_by("-period", "component")
    return [_drop(transition, by_code.get(transition.component)) for transition in ordered]


def _drop(transition: Transition, trend: Trend | None) -> Drop:
    if trend is None:  # a component of an earlier edition
        return Drop(transition, transition.component, "", "")
    return Drop(
        transition, trend.name, trend.text(transition.from_value), trend.text(transition.to_value)
    )
