"""Scoring as a loop over accounts by the ORM would do it: what the product is measured against."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import polars as pl
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from usage import scoring as pure
from usage.models import Edition, ScoreCard, Snapshot, Transition
from usage.scoring import edition as scored
from usage.scoring import frames
from usage.services import card_rows
from usage.services import scoring as usage_scoring


def score_alone(account_id: int, row: Edition, edition: scored.Edition, months: list[date]) -> None:
    """What a loop over accounts does: read by the ORM, score, save, compare with the months before."""
    with transaction.atomic():
        data = _by_orm(account_id, edition, months)
        scores = pure.score(data, edition, months, explained=months[-1:])
        for card in scores.accounts.iter_rows(named=True):
            values = {name: card[name] for name in card_rows.CARD_VALUES[1:-2]}
            ScoreCard.objects.update_or_create(
                account_id=account_id,
                period=card["period"],
                edition=row,
                defaults=values
                | {
                    "score": card["overall"],
                    "evidence": json.loads(card["evidence"]),
                    "input_hash": "",
                    "scored_at": timezone.now(),
                },
            )
        for drop in scores.drops.iter_rows(named=True):
            key = {name: drop[name] for name in ("account_id", "period", "component")}
            values = {name: drop[name] for name in usage_scoring.TRANSITION_VALUES}
            Transition.objects.update_or_create(
                **key, edition=row, defaults=values | {"detected_at": timezone.now()}
            )


def _by_orm(account_id: int, edition: scored.Edition, months: list[date]) -> pure.Readings:
    account = Account.objects.prefetch_related(
        "subscriptions__plan", "subscriptions__instances"
    ).get(pk=account_id)
    subscriptions, instances, snapshots = [], [], []
    for subscription in account.subscriptions.all():
        label = f'"subscription":"{subscription.external_id}"'
        subscriptions.append(
            (account.pk, subscription.pk, account.customer_since, subscription.plan.name,
             float(subscription.arr), subscription.seats, subscription.start_date,
             subscription.end_date, label)
        )  # fmt: skip
        for instance in subscription.instances.all():
            label = f'"instance":"{instance.external_id}"'
            instances.append(
                (instance.pk, subscription.pk, instance.kind, instance.deployment,
                 instance.opted_out_of_health, label)
            )  # fmt: skip
            for snapshot in Snapshot.objects.filter(instance=instance, period__in=months):
                metrics = [snapshot.metrics.get(key) for key in edition.metric_keys]
                snapshots.append((instance.pk, snapshot.period, snapshot.recorded_at, *metrics))
    return pure.Readings(
        _frame(subscriptions, frames.SUBSCRIPTIONS),
        _frame(instances, frames.INSTANCES),
        _frame(snapshots, frames.snapshots_schema(edition)),
    )


def _frame(rows: list[tuple[Any, ...]], schema: pl.Schema) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row", strict=False)
