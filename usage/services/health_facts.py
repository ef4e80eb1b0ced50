"""What health reads besides usage, from the database into frames: only what the edition's scorecard names.

Every read is of one shard and of the days that its months can need, so it does not grow with history.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from django.db.models import BooleanField, Case, Min, Q, Value, When

from accounts.models import (
    Account,
    ManualMeasure,
    Objective,
    SuccessPlan,
    SupportCase,
    SurveyResponse,
)
from usage.periods import shift
from usage.scoring import Edition, Signals
from usage.scoring import health_facts as facts
from usage.scoring.scorecard import Scorecard, Source
from usage.services import timeline_facts
from usage.services.frames import among, frame
from usage.services.reach import Reach, midnight

FEWEST_DAYS = 31  # a month is read whole, whatever a scorecard says


def read(
    account_ids: Collection[int],
    edition: Edition,
    periods: Collection[date],
    *,
    now: datetime | None = None,
    former_accounts: pl.DataFrame | None = None,
    known_at: datetime | None = None,
) -> Signals | None:
    """Signals of the accounts in these months; None where the edition has no scorecard.

    Without `now` every month is judged as of its last day. What was noted after `known_at` does not
    count; `former_accounts` are what the accounts were then.
    """
    card = edition.scorecard
    if card is None:
        return None
    as_of = as_of_days(periods, now=now)
    reach = Reach(account_ids, min(as_of.values()), max(as_of.values()), known_at)
    signals = Signals(
        as_of=as_of,
        accounts=_accounts(account_ids) if former_accounts is None else former_accounts,
        recorded_since=dict(_recorded_since(card, known_at)),
        **_frames(card, reach),
    )
    return signals if known_at is None else facts.known_at(signals, known_at)


def as_of_days(periods: Collection[date], *, now: datetime | None) -> dict[date, date]:
    """The day that each month is judged as of: its last one, or today."""
    today = now.astimezone(UTC).date() if now is not None else date.max
    return {period: min(shift(period, 1) - timedelta(days=1), today) for period in periods}


def _frames(card: Scorecard, reach: Reach) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if card.reads(Source.SENTIMENT, Source.MEETING_AGE):
        days = _longest(card, facts.LOOK_BACK_DAYS)
        found["entries"] = timeline_facts.entries(reach, days=days)
    if card.reads(Source.PERSONAS):
        found["personas"] = timeline_facts.personas(reach)
    if card.reads(Source.SUCCESS_PLAN):
        found["plans"], found["objectives"] = _plans(reach), _objectives(reach)
    if card.reads(Source.SUPPORT_VOLUME, Source.URGENT_CASES):
        found["cases"] = _cases(reach, _longest(card, FEWEST_DAYS))
    if card.reads(Source.NPS, Source.CSAT):
        found["answers"] = _answers(reach, _longest(card, facts.SURVEY_DAYS))
    if card.reads(Source.MANUAL):
        found["manual"] = _manual(reach)
    return found


def _longest(card: Scorecard, least: int) -> int:
    """Days back that any of its measures may look."""
    return max(least, *(measure.stale_after_days or 0 for _, measure in card.measures()))


def _accounts(account_ids: Collection[int]) -> pl.DataFrame:
    rows = Account.objects.filter(among(account_ids, "pk")).order_by()
    return frame(rows.values_list("pk", "segment", "priority", "customer_since"), facts.ACCOUNTS)


def _open_then(reach: Reach, path: str = "") -> Q:
    """A plan that was open on one of the days."""
    closed = f"{path}closed_at"
    still = Q(**{closed: None}) | Q(**{f"{closed}__gte": midnight(reach.first)})
    return still & Q(**{f"{path}created_at__lt": reach.end})


def _plans(reach: Reach) -> pl.DataFrame:
    documented = Case(
        When(~Q(strategy="") & ~Q(highlights=""), then=Value(value=True)),
        default=Value(value=False),
        output_field=BooleanField(),
    )
    rows = reach.rows(SuccessPlan.objects.filter(_open_then(reach)))
    return frame(
        rows.values_list("account_id", "pk", "created_at", "activated_at", "closed_at", documented),
        facts.PLANS,
    )


def _objectives(reach: Reach) -> pl.DataFrame:
    rows = reach.rows(Objective.objects.filter(_open_then(reach, "plan__")))
    return frame(rows.values_list("plan_id", "created_at", "dropped_at"), facts.OBJECTIVES)


def _cases(reach: Reach, days: int) -> pl.DataFrame:
    """Cases opened or closed lately, and urgent ones that are open still."""
    since = reach.before(days)
    lately = Q(opened_at__gte=since) | Q(closed_at__gte=since)
    is_urgent = Q(priority=SupportCase.Priority.URGENT)
    rows = reach.rows(SupportCase.objects.filter(lately | (is_urgent & Q(closed_at=None))))
    urgent = Case(
        When(is_urgent, then=Value(value=True)),
        default=Value(value=False),
        output_field=BooleanField(),
    )
    return frame(
        rows.filter(opened_at__lt=reach.end).values_list(
            "account_id", "pk", "opened_at", "closed_at", urgent
        ),
        facts.CASES,
    )


def _answers(reach: Reach, days: int) -> pl.DataFrame:
    rows = reach.known(reach.rows(SurveyResponse.objects.all()), "updated_at").filter(
        answered_at__gte=reach.before(days), answered_at__lt=reach.end
    )
    return frame(rows.values_list("account_id", "kind", "score", "answered_at"), facts.ANSWERS)


def _manual(reach: Reach) -> pl.DataFrame:
    rows = reach.rows(ManualMeasure.objects.all()).filter(at__lt=reach.end)
    return frame(rows.values_list("account_id", "pk", "measure", "color", "at"), facts.MANUAL)


def _recorded_since(card: Scorecard, known_at: datetime | None) -> Iterator[tuple[str, date]]:
    """Since when the organisation records what a source reads, whoever's it is."""
    yield from timeline_facts.recorded_since(card, known_at)
    if card.reads(Source.SUCCESS_PLAN):
        plans = SuccessPlan.objects.order_by()
        if known_at is not None:
            plans = plans.filter(created_at__lte=known_at)
        first = plans.aggregate(first=Min("created_at"))["first"]
        if first is not None:
            yield Source.SUCCESS_PLAN.value, first.astimezone(UTC).date()
