"""The rules that label Unknown instances Production; a person's label is never touched."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery

from accounts.bulk import update_rows
from accounts.models import Delivery, Job, User
from accounts.services import audit, history
from accounts.services.history import Change
from usage.models import Instance, LabelRule, Snapshot
from usage.services import instances, rescoring

DEFAULT_RULES: Mapping[str, Mapping[str, Any]] = {
    LabelRule.Kind.UTILIZATION: {
        "threshold": 0.2,
        "user_metrics": [
            "license_billable_users",
            "redis_hll_counters.manage.unique_active_users_monthly",
        ],
    },
    LabelRule.Kind.ONLY_INSTANCE: {},
}
SUBSCRIPTIONS_PER_QUERY = 5_000


def load_defaults() -> int:
    """Make the rules that ship where they are missing; return how many."""
    made = [
        LabelRule.objects.get_or_create(kind=kind, defaults=dict(fields))[1]
        for kind, fields in DEFAULT_RULES.items()
    ]
    return sum(made)


@transaction.atomic
def apply_rules(*, subscription_ids: Iterable[int], now: datetime) -> set[int]:
    """Label the subscriptions' Unknown instances; return the accounts that it concerns."""
    rules = list(LabelRule.objects.filter(enabled=True))
    ids = sorted(subscription_ids)
    account_ids: set[int] = set()
    for start in range(0, len(ids) if rules else 0, SUBSCRIPTIONS_PER_QUERY):
        chunk = ids[start : start + SUBSCRIPTIONS_PER_QUERY]
        account_ids |= _apply(rules, chunk, now=now)
    return account_ids


def _apply(rules: list[LabelRule], subscription_ids: list[int], *, now: datetime) -> set[int]:
    instances.lock(_waiting(subscription_ids).values_list("pk", flat=True))
    newest = Snapshot.objects.filter(instance=OuterRef("pk")).order_by("-period")
    labelled = [
        instance
        for instance in _waiting(subscription_ids)
        .select_related("subscription")
        .annotate(newest_metrics=Subquery(newest.values("metrics")[:1]))
        .annotate(sibling_count=Count("subscription__instances"))
        if any(_matches(rule, instance) for rule in rules)
    ]
    label = (Instance.Kind.PRODUCTION.value, Instance.KindSource.RULE.value)
    rows = [(instance.pk, *label) for instance in labelled]
    update_rows(Instance, rows, columns=("id", "kind", "kind_source"), key=("id",))
    ids = [instance.pk for instance in labelled]
    history.record(Instance, ids=ids, change=Change.CHANGED, now=now, reason="label rule")
    return {instance.subscription.account_id for instance in labelled if instance.subscription}


def _waiting(subscription_ids: list[int]) -> Any:
    return (
        Instance.objects.filter(
            subscription__in=subscription_ids,
            kind=Instance.Kind.UNKNOWN,
            kind_source=Instance.KindSource.DEFAULT,
            is_clone=False,
        )
        .exclude(deployment=Delivery.SAAS)
        .order_by("pk")
    )


def _matches(rule: LabelRule, instance: Any) -> bool:
    if rule.kind == LabelRule.Kind.ONLY_INSTANCE:
        return bool(instance.sibling_count == 1)
    metrics = instance.newest_metrics or {}
    users = next((metrics[path] for path in rule.user_metrics if metrics.get(path, -1) >= 0), None)
    seats = instance.subscription.seats
    if seats is None:
        seats = metrics.get("license_user_count", 0)
    if users is None or rule.threshold is None or seats <= 0:
        return False
    return bool(round(users / seats, 6) >= rule.threshold)


# --- By a person ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Labelled:
    """How many instances got another label or another source of it, and the job that scores them."""

    count: int
    job: Job | None


@transaction.atomic
def label(
    *, instance_ids: Collection[int], kind: Instance.Kind, by: User, now: datetime
) -> Labelled:
    """Label instances; no rule changes that again."""
    source = Instance.KindSource.PERSON
    instances.lock(instance_ids)
    changing = Instance.objects.filter(pk__in=instance_ids).exclude(kind=kind, kind_source=source)
    ids = list(changing.values_list("pk", flat=True))
    rows = [(pk, kind.value, source.value) for pk in ids]
    update_rows(Instance, rows, columns=("id", "kind", "kind_source"), key=("id",))
    history.record(
        Instance, ids=ids, change=Change.CHANGED, now=now, by=by, reason="labelled by hand"
    )
    audit.record("instances.labelled", now=now, by=by, detail={"kind": kind.value, "ids": ids})
    job = rescoring.request_all_periods(account_ids=accounts_of(ids), now=now, by=by)
    return Labelled(len(ids), job)


def accounts_of(instance_ids: Collection[int]) -> set[int]:
    """The accounts that instances are mapped to."""
    mapped = Instance.objects.filter(pk__in=instance_ids).exclude(subscription=None)
    return set(mapped.values_list("subscription__account_id", flat=True))
