"""A book of business in the database: customers that report from month to month, and its scoring."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from accounts.models import Account, User
from playbooks.models import CallToAction, Trigger
from playbooks.services import scoring as main_job
from playbooks.services.scoring import Outcome
from tests.factories import (
    NOW,
    make_account,
    make_instance,
    make_plan,
    make_subscription,
    make_trigger,
)
from tests.scoring import ALL_SCANS, BILLABLE, BUILDS, PIPELINES, SCANNING
from usage.models import Edition, Instance, MetricDefinition, Snapshot
from usage.services import edition_files, editions
from usage.services.scoring import ScoreRequest

AUGUST, SEPTEMBER, OCTOBER = (date(2026, month, 1) for month in (8, 9, 10))
RATES = {"G": 50, "Y": 38, "R": 1}  # builds per billable user
USERS = 100
SCANS = {SCANNING: 90, PIPELINES: 10} | dict.fromkeys(ALL_SCANS, 9)
NO_SCANS = {SCANNING: 0, PIPELINES: 10} | dict.fromkeys(ALL_SCANS, 0)


def load_edition(name: str = "2025", **fields: Any) -> Edition:
    """Put a shipped edition in force."""
    file = edition_files.read(editions.SHIPPED / f"{name}.yaml")
    for key in file.edition.metric_keys:
        MetricDefinition.objects.get_or_create(key_path=key)
    loaded = editions.store(file, now=NOW)
    Edition.objects.filter(pk=loaded.edition.pk).update(**fields)
    return editions.publish(edition_id=loaded.edition.pk, now=NOW, note="For a test.")


def publish(draft: Edition, month: date | None, *, opens_ctas: bool = False) -> None:
    """Put a draft in force from a month on, an hour after the edition before."""
    editions.publish(
        edition_id=draft.pk,
        now=NOW + timedelta(hours=1),
        note="For a test.",
        in_force_from=month,
        opens_ctas=opens_ctas,
    )


def make_triggers() -> tuple[Trigger, Trigger]:
    drop = make_trigger(code="drop", components=["ci", "security"], priority=2, priority_to_red=1)
    begun = make_trigger(
        code="begun",
        kind=Trigger.Kind.NEW_USE_CASE,
        components=["ci", "security"],
        cta_type="expansion",
    )
    return drop, begun


def make_customer(csm: User | None, *, plan: str = "Ultimate", **fields: Any) -> Instance:
    """The one instance of an account's one subscription of 100 seats."""
    account = make_account(csm=csm, **fields)
    subscription = make_subscription(account=account, plan=make_plan(plan), seats=USERS)
    return make_instance(subscription=subscription)


def account_of(instance: Instance) -> Account:
    assert instance.subscription is not None
    return instance.subscription.account


def report(instance: Instance, month: date, metrics: Mapping[str, float]) -> Snapshot:
    """What the instance reports for a month, in place of what it reported before."""
    snapshot, _ = Snapshot.objects.update_or_create(
        instance=instance,
        period=month,
        defaults={
            "recorded_at": datetime(month.year, month.month, 28, 3, tzinfo=UTC),
            "metrics": {BILLABLE: USERS, **metrics},
        },
    )
    return snapshot


def build(instance: Instance, colors: str, last: date = OCTOBER) -> None:
    """Report builds of these CI colours in the months up to the last one; - reports nothing."""
    first = date(last.year, last.month - len(colors) + 1, 1)
    for place, color in enumerate(colors):
        if color != "-":
            month = first.replace(month=first.month + place)
            report(instance, month, {BUILDS: RATES[color] * USERS})


def score(
    last: date = OCTOBER, *, first: date = AUGUST, now: datetime = NOW, **request: Any
) -> Outcome:
    return main_job.score(ScoreRequest(first, last, **request), now=now)


def live_ctas() -> list[CallToAction]:
    return list(CallToAction.objects.live().order_by("pk"))
