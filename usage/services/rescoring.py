"""Asks for scores to be made anew where data changed: a queued job, widened while it waits."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Min

from accounts.models import Job, Subscription, User
from accounts.services import jobs
from usage.models import Edition, HealthGroup, ScoreCard, Snapshot, UseCase
from usage.periods import format_period, month_of, parse_period, period_of, shift
from usage.scoring.settling import FOLLOWED_MONTHS, GAP_MONTHS

KIND = "score"
MOST_ACCOUNTS = 500  # of more, all are scored: a list would be longer than the work it saves


@transaction.atomic
def request(
    *,
    account_ids: Collection[int],
    first: date,
    last: date,
    now: datetime,
    by: User | None = None,
) -> Job | None:
    """Queue the scoring of accounts for the changed months and those judged against them.

    Joins a request that still waits, whose row is held until the caller commits; so nothing is
    lost when a worker takes that job meanwhile. Few accounts never join a request for all, which
    waits behind whatever is asked for few. Returns None where no account is concerned.
    """
    if not account_ids:
        return None
    first = max(first, _earliest(account_ids) or first)  # a dead clock asks for no decades
    if first > last:
        return None
    until = max(last, min(shift(last, _months_after()), period_of(now)))
    params = _params(account_ids, first, until)
    is_bulk = len(account_ids) > MOST_ACCOUNTS
    queued = Job.objects.filter(kind=KIND, state=Job.State.QUEUED, is_bulk=is_bulk)
    waiting = (
        queued.select_for_update()
        .filter(dedupe_key="", params__edition=None)
        .order_by("-pk")
        .first()
    )
    if waiting is not None and waiting.params.get("reason") == "data":
        waiting.params = _joined(waiting.params, params)
        waiting.is_bulk = waiting.params["account_ids"] is None
        # the lock is none on SQLite, where nobody else writes meanwhile anyway
        if queued.filter(pk=waiting.pk).update(params=waiting.params, is_bulk=waiting.is_bulk):
            return waiting
    return jobs.enqueue(kind=KIND, params=params, now=now, by=by, is_bulk=is_bulk)


def request_months(months: Collection[tuple[int, date]], *, now: datetime) -> Job | None:
    """Queue the scoring of accounts for months in which each of them has new data.

    Data from before an account's first subscription is nobody's: it widens no request.
    """
    starts = _starts({account_id for account_id, _ in months})
    counted = [
        (account_id, period)
        for account_id, period in months
        if period >= starts.get(account_id, period)
    ]
    if not counted:
        return None
    periods = [period for _, period in counted]
    return request(
        account_ids={account_id for account_id, _ in counted},
        first=min(periods),
        last=max(periods),
        now=now,
    )


def request_all_periods(
    *, account_ids: Collection[int], now: datetime, by: User | None = None
) -> Job | None:
    """Queue the scoring of accounts for every month that they have data or scores of."""
    periods = list(_known_periods(account_ids))
    if not periods:
        return None
    return request(account_ids=account_ids, first=min(periods), last=max(periods), now=now, by=by)


def has_scorecard() -> bool:
    """Whether a published edition judges health by more than usage."""
    return HealthGroup.objects.filter(edition__status=Edition.Status.PUBLISHED).exists()


def request_health(
    *, account_ids: Collection[int], since: date, now: datetime, by: User | None = None
) -> Job | None:
    """Queue the scoring of accounts for the months from `since` on: what their health reads changed.

    None where no edition in force judges by anything but usage.
    """
    if not has_scorecard():
        return None
    last = period_of(now)
    first = min(month_of(since), last)
    return request(account_ids=account_ids, first=first, last=last, now=now, by=by)


def _months_after() -> int:
    """How many later months are judged against a month, by whichever published edition looks furthest."""
    published = UseCase.objects.filter(edition__status=Edition.Status.PUBLISHED).order_by()
    asked = published.aggregate(
        hold=Max("hold_months"), margin=Max("exit_margin"), recovery=Max("recovery_months")
    )
    if asked["margin"] or asked["recovery"]:
        return FOLLOWED_MONTHS
    return GAP_MONTHS * (asked["hold"] or 1)


def _starts(account_ids: Collection[int]) -> dict[int, date]:
    """The month in which each account's first subscription begins."""
    begun = Subscription.objects.filter(account__pk__among=account_ids).order_by()
    rows = (
        begun.values("account_id")
        .annotate(first=Min("start_date"))
        .values_list("account_id", "first")
    )
    return {account_id: month_of(first) for account_id, first in rows}


def _earliest(account_ids: Collection[int]) -> date | None:
    """The first month that accounts can have cards of, or have: a start may have been mended."""
    begun, cards = Subscription.objects.all(), ScoreCard.objects.all()
    if len(account_ids) <= MOST_ACCOUNTS:
        begun, cards = begun.filter(account__in=account_ids), cards.filter(account__in=account_ids)
    start: date | None = begun.order_by().aggregate(first=Min("start_date"))["first"]
    if start is None:
        return None
    scored: date | None = cards.order_by().aggregate(first=Min("period"))["first"]
    start = month_of(start)
    return min(start, scored or start)


def _known_periods(account_ids: Collection[int]) -> Iterable[date]:
    if not account_ids:
        return
    snapshots, cards = Snapshot.objects.all(), ScoreCard.objects.all()
    if len(account_ids) <= MOST_ACCOUNTS:
        snapshots = snapshots.filter(instance__subscription__account__in=account_ids)
        cards = cards.filter(account__in=account_ids)
    for rows in (snapshots, cards):
        found = rows.order_by().aggregate(first=Min("period"), last=Max("period"))
        yield from filter(None, found.values())


def _params(account_ids: Collection[int], first: date, last: date) -> dict[str, Any]:
    return {
        "from": format_period(first),
        "to": format_period(last),
        "account_ids": sorted(account_ids) if len(account_ids) <= MOST_ACCOUNTS else None,
        "edition": None,
        "reason": "data",
    }


def _joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    listed = (one["account_ids"], other["account_ids"])
    everyone = None in listed
    return _params(
        range(MOST_ACCOUNTS + 1) if everyone else {*listed[0], *listed[1]},
        min(parse_period(one["from"]), parse_period(other["from"])),
        max(parse_period(one["to"]), parse_period(other["to"])),
    )
