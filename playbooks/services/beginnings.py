"""Which use cases an account has begun to use: by its cards of all months, each by the edition in force then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Account
from playbooks import rules
from playbooks.services.batches import batches
from usage.models import ScoreCard
from usage.periods import shift
from usage.queries import cards as card_queries
from usage.scoring import Edition
from usage.scoring.transitions import LOOK_BACK_MONTHS
from usage.services import editions

Months = Mapping[date, str]  # month -> a digit of reach per component of the newest month's edition


def begun(period: date, edition: Edition, accounts: QuerySet[Account]) -> dict[int, list[int]]:
    """Account -> positions of components that are above minimum now and never were before.

    Most accounts reach what they reached just before, which the database sees; most others are
    settled by the months just before; of the rest all months are read.
    """
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
        if period in months and _rose(months, period)
    ]
    result = {}
    for batch in batches(candidates):
        for account_id, months in _reach(in_force.filter(account_id__in=batch), edition).items():
            earlier = [reach for month, reach in months.items() if month != period]
            if positions := rules.begun(months[period], earlier):
                result[account_id] = positions
    return result


def _rose(months: Months, period: date) -> bool:
    """Whether some component is above minimum in the month and was not in the ones just before."""
    now = months[period]
    before = [reach for month, reach in months.items() if month != period]
    return any(
        level > rules.MINIMUM and not any(reach[position] > rules.MINIMUM for reach in before)
        for position, level in enumerate(now)
    )


def _reach(history: QuerySet[ScoreCard], edition: Edition) -> dict[int, dict[date, str]]:
    found: dict[int, dict[date, str]] = defaultdict(dict)
    places: dict[int, list[int | None]] = {}
    rows = history.values_list("account_id", "period", "edition_id", "component_reach")
    for account_id, month, edition_id, reach in rows.iterator():
        if edition_id not in places:
            places[edition_id] = _places(editions.load(edition_id), edition)
        found[account_id][month] = "".join(
            rules.NA if place is None else reach[place] for place in places[edition_id]
        )
    return found


def _places(source: Edition, target: Edition) -> list[int | None]:
    """Where the components of one edition stand in another, by their codes."""
    places = {use_case.code: position for position, use_case in enumerate(source.use_cases)}
    return [places.get(use_case.code) for use_case in target.use_cases]
