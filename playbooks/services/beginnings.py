"""Which use cases an account has begun to use: by its cards of all months, each by the edition in force then.

And what made it seem so: usage, or that another edition judges it now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Account
from playbooks import rules
from playbooks.services.batches import batches
from usage.models import ScoreCard, Transition
from usage.periods import shift, span
from usage.queries import cards as card_queries
from usage.queries.publications import Calendar, Change, calendar
from usage.scoring import Edition
from usage.scoring.transitions import LOOK_BACK_MONTHS
from usage.services import causes, editions

Cause = Transition.Cause
Months = Mapping[date, str]  # month -> a digit of reach per component of the newest month's edition
Begun = Mapping[
    int, Mapping[int, Cause]
]  # account -> position of a component -> what made it begin


@dataclass(frozen=True)
class Month:
    """The month that is looked at, the edition that decides it, and the moment of looking."""

    period: date
    edition: Edition
    now: datetime


def begun(month: Month, accounts: QuerySet[Account]) -> dict[int, dict[int, Cause]]:
    """Account -> positions of components that are above minimum now and never were before, and why.

    Most accounts reach what they reached just before, which the database sees; most others are
    settled by the months just before; of the rest all months are read. Who begins where an edition
    took over from another one is judged by that one too, a batch at a time.
    """
    period, edition = month.period, month.edition
    in_force = card_queries.in_force(card_queries.forces()).filter(period__lte=period)
    recent = in_force.filter(period__gte=shift(period, -LOOK_BACK_MONTHS))
    same_before = recent.filter(
        account=OuterRef("account"),
        edition=OuterRef("edition"),
        component_reach=OuterRef("component_reach"),
        period__lt=period,
    )
    moved = recent.filter(~Exists(same_before), period=period, account__in=accounts)
    just_before = recent.filter(account__in=moved.order_by().values("account"))
    candidates = [
        account_id
        for account_id, months in _reach(just_before, edition).items()
        if period in months and rules.risen(months[period], _earlier(months, period))
    ]
    changes = calendar()
    result: dict[int, dict[int, Cause]] = {}
    for batch in batches(candidates):
        histories = _reach(in_force.filter(account_id__in=batch), edition)
        result |= _with_causes(histories, month, changes)
    return result


def of_data(found: Begun) -> dict[int, dict[int, Cause]]:
    """Those that usage made, of accounts that have any."""
    kept: dict[int, dict[int, Cause]] = {}
    for account_id, begins in found.items():
        for position, cause in begins.items():
            if cause == Cause.DATA:
                kept.setdefault(account_id, {})[position] = cause
    return kept


def earlier_reach(
    account_ids: Sequence[int], edition: Edition, *, before: date
) -> dict[int, list[str]]:
    """What accounts reached in the months before this one, by the cards that are in force."""
    in_force = card_queries.in_force(card_queries.forces()).filter(period__lt=before)
    return {
        account_id: list(months.values())
        for batch in batches(account_ids)
        for account_id, months in _reach(in_force.filter(account_id__in=batch), edition).items()
    }


def _earlier(months: Months, period: date) -> list[str]:
    return [reach for month, reach in months.items() if month != period]


# --- What made it begin ---------------------------------------------------------------------------


def _with_causes(
    histories: Mapping[int, Months], month: Month, changes: Calendar
) -> dict[int, dict[int, Cause]]:
    """The beginnings of a batch of accounts, each by the data unless the former edition denies it."""
    found: dict[int, dict[int, Cause]] = {
        account_id: dict.fromkeys(positions, Cause.DATA)
        for account_id, months in histories.items()
        if (positions := rules.begun(months[month.period], _earlier(months, month.period)))
    }
    change = changes.change_before(month.period)
    if change is None:
        return found
    doubted = {
        account_id: doubts
        for account_id, begins in found.items()
        if (doubts := _doubted(begins, histories[account_id], month.period, change))
    }
    if doubted:
        earliest = min(min(histories[account_id]) for account_id in doubted)
        first = max(earliest, change.since or earliest)
        seen = _seen(editions.load(change.former_id), month, first, list(doubted))
        for account_id, doubts in doubted.items():
            denied = set(doubts).difference(seen.get(account_id, ()))
            found[account_id] |= dict.fromkeys(denied, Cause.EDITION)
    return found


def _doubted(
    begins: Collection[int], months: Months, period: date, change: Change
) -> Collection[int]:
    """Positions that the former edition is asked about.

    All of them where it judged the month itself. Later those alone that were last known before the
    change: where the edition that decides now knew a component at minimum, the rise is its own.
    """
    if change.was_judged:
        return begins
    earlier = {each: reach for each, reach in months.items() if each != period}
    return [
        position
        for position in begins
        if not rules.known_since(earlier, position, change.since or period)
    ]


def _seen(
    former: Edition, month: Month, first: date, account_ids: Sequence[int]
) -> dict[int, list[int]]:
    """Account -> positions that the former edition sees rise in the month, had it judged since `first`."""
    places = _places(former, month.edition)
    judged = causes.reach(former, account_ids, span(first, month.period), now=month.now)
    seen = {}
    for account_id, reached in judged.items():
        months = {each: _placed(digits, places) for each, digits in reached.items()}
        if month.period in months:
            earlier = _earlier(months, month.period)
            seen[account_id] = rules.risen(months[month.period], earlier)
    return seen


# --- Cards as digits ------------------------------------------------------------------------------


def _reach(history: QuerySet[ScoreCard], edition: Edition) -> dict[int, dict[date, str]]:
    found: dict[int, dict[date, str]] = defaultdict(dict)
    places: dict[int, list[int | None]] = {}
    rows = history.values_list("account_id", "period", "edition_id", "component_reach")
    for account_id, month, edition_id, reach in rows.iterator():
        if edition_id not in places:
            places[edition_id] = _places(editions.load(edition_id), edition)
        found[account_id][month] = _placed(reach, places[edition_id])
    return found


def _placed(reach: str, places: Sequence[int | None]) -> str:
    return "".join(rules.NA if place is None else reach[place] for place in places)


def _places(source: Edition, target: Edition) -> list[int | None]:
    """Where the components of one edition stand in another, by their codes."""
    places = {use_case.code: position for position, use_case in enumerate(source.use_cases)}
    return [places.get(use_case.code) for use_case in target.use_cases]
