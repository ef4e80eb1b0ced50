"""Coverage of everything a person sees: who reports usage, and what keeps the others from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Generic, TypeVar

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import Job, Subscription, User
from usage.models import CardDrift, Instance, RawPayload, RejectedRow, Snapshot
from usage.periods import period_of, shift

SILENT_AFTER_DAYS = 60
LISTED = 20  # of each kind; the admin lists them all
MONTHS = 3

Row = TypeVar("Row", CardDrift, Instance, RejectedRow)


@dataclass(frozen=True)
class MonthCoverage:
    """Which share of the accounts with a running subscription reported in a month."""

    period: date
    accounts: int
    reporting_accounts: int
    total_arr: Decimal
    reporting_arr: Decimal

    @property
    def account_share(self) -> float | None:
        return self.reporting_accounts / self.accounts if self.accounts else None

    @property
    def arr_share(self) -> float | None:
        return float(self.reporting_arr / self.total_arr) if self.total_arr else None


@dataclass(frozen=True)
class Listed(Generic[Row]):
    """The first of many rows, and how many there are."""

    rows: list[Row]
    count: int

    @property
    def rest(self) -> int:
        return self.count - len(self.rows)


@dataclass(frozen=True)
class Report:
    months: tuple[MonthCoverage, ...]  # newest first
    unmapped: Listed[Instance]
    unknown: Listed[Instance]
    silent: Listed[Instance]
    rejected: Listed[RejectedRow]
    jobs: list[Job]


def report(user: User, *, now: datetime) -> Report:
    """Instances of nobody and rejected rows are shown to those alone who see all accounts."""
    this_month = period_of(now)
    return Report(
        months=tuple(_months(user, this_month)),
        unmapped=_first(unmapped(user).order_by(F("last_reported_at").desc(nulls_last=True))),
        unknown=_first(unknown(user).order_by("-subscription__arr", "pk")),
        silent=_first(silent(user, now=now).order_by("-subscription__arr", "pk")),
        rejected=_first(rejected(user)),
        jobs=list(Job.objects.select_related("created_by")[:5]),
    )


def unmapped(user: User) -> QuerySet[Instance]:
    """Instances of no subscription, with the number of payloads that wait."""
    payloads = RawPayload.objects.filter(instance=OuterRef("pk")).order_by().values("instance")
    waiting = Subquery(payloads.annotate(count=Count("pk")).values("count"))
    return Instance.objects.visible_to(user).unmapped().annotate(waiting=Coalesce(waiting, 0))


def unknown(user: User) -> QuerySet[Instance]:
    """Instances of a subscription that nobody has labelled: they do not count."""
    mapped = Instance.objects.visible_to(user).exclude(subscription=None)
    return mapped.filter(kind=Instance.Kind.UNKNOWN).select_related("subscription__account")


def silent(user: User, *, now: datetime) -> QuerySet[Instance]:
    """Production instances of running subscriptions that reported once, and no more."""
    since = now - timedelta(days=SILENT_AFTER_DAYS)
    running = Q(subscription__end_date=None) | Q(subscription__end_date__gte=now.date())
    return (
        Instance.objects.visible_to(user)
        .filter(
            running,
            subscription__start_date__lte=now.date(),
            kind=Instance.Kind.PRODUCTION,
            opted_out_of_health=False,
            last_reported_at__lt=since,
        )
        .select_related("subscription__account")
    )


def rejected(user: User) -> QuerySet[RejectedRow]:
    """Rows that wait to be mended, newest first; they may be about any account."""
    waiting = RejectedRow.objects.filter(resolved_at=None)
    return waiting if user.sees_all else waiting.none()


def drifts(user: User) -> Listed[CardDrift]:
    """Score cards that came out otherwise when they were made anew, newest first. Two queries."""
    return _first(CardDrift.objects.visible_to(user).select_related("account", "edition"))


def _months(user: User, newest: date) -> Iterator[MonthCoverage]:
    for back in range(MONTHS):
        yield month_coverage(user, shift(newest, -back))


def month_coverage(user: User, period: date) -> MonthCoverage:
    """Count what subscriptions that run in the month report. One query."""
    reported = Snapshot.objects.filter(
        instance__subscription=OuterRef("pk"),
        instance__kind=Instance.Kind.PRODUCTION,
        instance__opted_out_of_health=False,
        period=period,
    )
    running = Subscription.objects.visible_to(user).filter(
        Q(end_date=None) | Q(end_date__gte=period), start_date__lt=shift(period, 1)
    )
    found = running.annotate(reports=Exists(reported)).aggregate(
        accounts=Count("account", distinct=True),
        reporting_accounts=Count("account", distinct=True, filter=Q(reports=True)),
        total_arr=Coalesce(Sum("arr"), Decimal()),
        reporting_arr=Coalesce(Sum("arr", filter=Q(reports=True)), Decimal()),
    )
    return MonthCoverage(period=period, **found)


def _first(rows: QuerySet[Row]) -> Listed[Row]:
    listed = list(rows[: LISTED + 1])
    if len(listed) <= LISTED:
        return Listed(listed, len(listed))
    return Listed(listed[:LISTED], rows.count())
