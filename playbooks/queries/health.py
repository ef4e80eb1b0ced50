"""Everything that the health page of one account shows, in a flat number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch

from accounts.models import Account, ManualMeasure, Objective, SuccessPlan, TimelineActivity
from usage.explain_health import HealthTree, MeasureLine, tree
from usage.models import ScoreCard
from usage.periods import period_of, shift, span
from usage.queries import cards, history
from usage.queries.cards import Force
from usage.queries.history import Trend
from usage.scoring.edition import Edition
from usage.scoring.scorecard import HealthMeasure, Source
from usage.services import editions

MONTHS = 13
SENTIMENTS_SHOWN = 12
JUDGEMENTS_SHOWN = 12
PLANS_SHOWN = 20


@dataclass(frozen=True)
class GroupMonths:
    """A group's colours, month by month; None where the month has no card that tells groups."""

    name: str
    months: tuple[tuple[date, str | None, float | None], ...]


@dataclass(frozen=True)
class ByHand:
    """A measure that is set by hand: what holds, and all that was judged before."""

    measure: HealthMeasure
    judgements: tuple[ManualMeasure, ...]  # newest first

    @property
    def newest(self) -> ManualMeasure | None:
        return self.judgements[0] if self.judgements else None


@dataclass(frozen=True)
class HealthPage:
    edition: Edition | None
    period: date | None
    card: ScoreCard | None
    tree: HealthTree | None
    earlier: date | None
    later: date | None
    overall: Trend | None
    groups: tuple[GroupMonths, ...]
    periods: Sequence[date]
    entries: Mapping[int, TimelineActivity]  # that measures come from
    sentiments: list[TimelineActivity]
    plans: list[SuccessPlan]
    by_hand: tuple[ByHand, ...]

    @property
    def has_scorecard(self) -> bool:
        return self.edition is not None and self.edition.scorecard is not None

    def source_of(self, line: MeasureLine) -> TimelineActivity | None:
        """The entry of the timeline that a measure comes from."""
        if line.ref is None or line.measure.source not in {Source.SENTIMENT, Source.MEETING_AGE}:
            return None
        return self.entries.get(line.ref)


def health_page(account: Account, *, period: date | None, now: datetime) -> HealthPage:
    """Read the health of an account that the person may see; `period`: the month to take apart."""
    ranges = cards.forces()
    book = _book(account, ranges, now=now)
    trees = _trees(book)
    chosen = period if period in book.cards else max(book.cards, default=None)
    months = sorted(book.cards)
    shown = trees.get(chosen) if chosen is not None else None
    edition = _edition(book, ranges, now=now)
    return HealthPage(
        edition=edition,
        period=chosen,
        card=book.cards.get(chosen) if chosen is not None else None,
        tree=shown,
        earlier=max((month for month in months if chosen and month < chosen), default=None),
        later=min((month for month in months if chosen and month > chosen), default=None),
        overall=history.overall_trend(book, edition) if edition and book.cards else None,
        groups=_groups(trees, book.periods),
        periods=book.periods,
        entries=_entries(account, shown),
        sentiments=_sentiments(account),
        plans=_plans(account),
        by_hand=_by_hand(account, edition),
    )


def _book(account: Account, ranges: tuple[Force, ...], *, now: datetime) -> history.Book:
    this_month = period_of(now)
    periods = span(shift(this_month, 1 - MONTHS), this_month)
    found = cards.in_force(ranges).defer(None).filter(account=account, period__in=periods)
    by_month = {card.period: card for card in found}
    ids = {card.edition_id for card in by_month.values()}
    return history.Book(by_month, {pk: editions.load(pk) for pk in sorted(ids)}, periods)


def _trees(book: history.Book) -> dict[date, HealthTree]:
    found = {
        period: tree(card.evidence, book.editions[card.edition_id])
        for period, card in book.cards.items()
    }
    return {period: each for period, each in found.items() if each is not None}


def _edition(book: history.Book, ranges: tuple[Force, ...], *, now: datetime) -> Edition | None:
    """The one in force now."""
    in_force = cards.edition_for(period_of(now), ranges)
    if in_force is None:
        return None
    return book.editions.get(in_force) or editions.load(in_force)


def _groups(trees: Mapping[date, HealthTree], periods: Sequence[date]) -> tuple[GroupMonths, ...]:
    """The groups of the newest month that tells any, over all months."""
    if not trees:
        return ()
    newest = trees[max(trees)]
    return tuple(
        GroupMonths(group.name, tuple(_month(group.code, trees.get(p), p) for p in periods))
        for group in newest.groups
    )


def _month(
    code: str, shown: HealthTree | None, period: date
) -> tuple[date, str | None, float | None]:
    group = next((each for each in shown.groups if each.code == code), None) if shown else None
    return (period, group.color, group.score) if group else (period, None, None)


def _entries(account: Account, shown: HealthTree | None) -> dict[int, TimelineActivity]:
    sources = {Source.SENTIMENT, Source.MEETING_AGE}
    lines = shown.measures if shown else ()
    ids = {line.ref for line in lines if line.measure.source in sources and line.ref is not None}
    entries = TimelineActivity.objects.filter(account=account, pk__in=ids)
    return {entry.pk: entry for entry in entries.select_related("author")}


def _sentiments(account: Account) -> list[TimelineActivity]:
    told = TimelineActivity.objects.kept().filter(account=account).exclude(sentiment="")
    ordered = told.select_related("author").order_by("-happened_at", "-pk")
    return list(ordered[:SENTIMENTS_SHOWN])


def _plans(account: Account) -> list[SuccessPlan]:
    """Open ones first, then the newest."""
    objectives = Prefetch("objectives", Objective.objects.order_by("pk"))
    plans = account.success_plans.select_related("owner").prefetch_related(objectives)
    found = list(plans.order_by("-created_at", "-pk")[:PLANS_SHOWN])
    return sorted(found, key=lambda plan: plan.state == SuccessPlan.State.CLOSED)


def _by_hand(account: Account, edition: Edition | None) -> tuple[ByHand, ...]:
    measures = manual_measures(edition)
    if not measures:
        return ()
    codes = [measure.code for measure in measures]
    judged = account.manual_measures.filter(measure__in=codes).select_related("author")
    found: dict[str, list[ManualMeasure]] = {}
    for judgement in judged.order_by("-at", "-pk"):
        found.setdefault(judgement.measure, []).append(judgement)
    return tuple(
        ByHand(measure, tuple(found.get(measure.code, ())[:JUDGEMENTS_SHOWN]))
        for measure in measures
    )


def manual_measures(edition: Edition | None) -> list[HealthMeasure]:
    """The measures of an edition that are set by hand."""
    card = edition.scorecard if edition else None
    measures = card.measures() if card else ()
    return [measure for _, measure in measures if measure.source == Source.MANUAL]
