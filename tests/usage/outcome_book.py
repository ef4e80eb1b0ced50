"""A generated book of customers with outcomes: usage that foretells them, or that says nothing of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from random import Random

import orjson
import zstandard

from accounts.models import Account, Outcome, Subscription
from tests import factories as make
from tests.factories.customers import AccountFactory
from tests.factories.usage import BILLABLE
from usage.models import Instance, RawPayload, Snapshot
from usage.periods import Period, shift

OUTCOME_ON = date(2026, 10, 14)
FIRST = date(2025, 9, 1)
MONTHS = 13
SINCE = date(2024, 1, 1)
GOOD = {BILLABLE: 80.0, "counts.ci_builds": 80.0}
POOR = {BILLABLE: 5.0, "counts.ci_builds": 0.0}
"""Of 100 seats: all Green, and all Red, by the small edition of the factories."""

Metrics = dict[str, float]
Usage = Callable[[bool, Period], Metrics]


@dataclass(frozen=True)
class Customer:
    account: Account
    instance: Instance


def make_customer(number: int = 0, *, segment: str = "SMB") -> Customer:
    account = make.make_account(segment=segment, customer_since=SINCE)
    subscription = make.make_subscription(
        account=account, seats=100, arr=1_000 + number, start_date=SINCE, end_date=None
    )
    return Customer(account, make.make_instance(subscription=subscription))


def report(customer: Customer, period: Period, metrics: Metrics) -> Snapshot:
    return make.make_snapshot(instance=customer.instance, period=period, metrics=metrics)


def receive(
    customer: Customer, recorded_at: datetime, received_at: datetime, metrics: Metrics
) -> None:
    """Store a payload and, where it is the newest of its month, the snapshot, as ingest does."""
    body: dict[str, object] = {}
    for path, value in metrics.items():
        *parents, leaf = path.split(".")
        place = body
        for parent in parents:
            place = place.setdefault(parent, {})  # type: ignore[assignment]
        place[leaf] = value
    RawPayload.objects.update_or_create(
        instance=customer.instance,
        recorded_at=recorded_at,
        defaults={
            "received_at": received_at,
            "digest": f"{received_at.timestamp():032.0f}",
            "body": zstandard.compress(orjson.dumps(body)),
        },
    )
    period = recorded_at.date().replace(day=1)
    known = Snapshot.objects.filter(instance=customer.instance, period=period).first()
    if known is None or known.recorded_at <= recorded_at:
        Snapshot.objects.update_or_create(
            instance=customer.instance,
            period=period,
            defaults={"recorded_at": recorded_at, "metrics": metrics},
        )


def at(day: int, month: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, 3, tzinfo=UTC)


def build(size: int, usage: Usage, *, seed: int = 1, lost_share: float = 0.3) -> None:
    """So many accounts, a share of them lost in the same month, each with thirteen months of usage."""
    chance = Random(seed)  # noqa: S311
    lost = [chance.random() < lost_share for _ in range(size)]
    accounts = Account.objects.bulk_create(
        AccountFactory.build(segment=("SMB", "Enterprise")[number % 2], customer_since=SINCE)
        for number in range(size)
    )
    plan = make.make_plan()
    bought = Subscription.objects.bulk_create(
        Subscription(
            account=account, plan=plan, external_id=f"S-{number}", delivery="SaaS", seats=100,
            arr=1_000 + number, start_date=SINCE,
        )
        for number, account in enumerate(accounts)
    )  # fmt: skip
    kind = Instance.Kind.PRODUCTION
    instances = Instance.objects.bulk_create(
        Instance(external_id=f"I-{number}", subscription=subscription, kind=kind)
        for number, subscription in enumerate(bought)
    )
    Outcome.objects.bulk_create(_outcome(*pair) for pair in zip(accounts, lost, strict=True))
    months = [shift(FIRST, later) for later in range(MONTHS)]
    Snapshot.objects.bulk_create(
        Snapshot(
            instance=instance,
            period=period,
            recorded_at=at(28, period.month, period.year),
            metrics=usage(is_lost, period),
        )
        for instance, is_lost in zip(instances, lost, strict=True)
        for period in months
    )


def _outcome(account: Account, is_lost: bool) -> Outcome:  # noqa: FBT001
    return Outcome(
        account=account,
        external_id="R-1",
        kind=Outcome.Kind.CHURNED if is_lost else Outcome.Kind.RENEWED,
        occurred_on=OUTCOME_ON,
        arr_before=1_000,
        arr_after=0 if is_lost else 1_000,
        source=Outcome.Source.CSV,
        updated_at=make.NOW,
    )


def planted(seed: int = 2) -> Usage:
    """Of the lost seven in ten look poor in the last five months, of the others two in ten."""
    chance = Random(seed)  # noqa: S311

    def usage(is_lost: bool, period: Period) -> Metrics:  # noqa: FBT001
        share = 0.7 if is_lost and period >= date(2026, 5, 1) else 0.2
        return POOR if chance.random() < share else GOOD

    return usage


def random_usage(seed: int = 3) -> Usage:
    """Three in ten look poor, whatever becomes of them."""
    chance = Random(seed)  # noqa: S311

    def usage(is_lost: bool, period: Period) -> Metrics:  # noqa: FBT001
        return POOR if chance.random() < 0.3 else GOOD

    return usage
