"""Accounts with months of usage behind them, scored as in life."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from accounts.models import Account
from tests import factories
from usage.models import Instance
from usage.services.scoring import ScoreRequest, score

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
SEATS, USERS = 1_000, 710


def make_reporting(account: Account, **fields: Any) -> Instance:
    """Make a Production instance of a new subscription with 1,000 seats."""
    defaults = {"seats": SEATS, "arr": 412_300, "plan": factories.make_plan("Premium")}
    subscription = factories.make_subscription(account=account, **(defaults | fields))
    return factories.make_instance(
        subscription=subscription, last_reported_at=datetime(2026, 11, 12, 3, tzinfo=UTC)
    )


def report(instance: Instance, builds: Mapping[date, float], *, users: int = USERS) -> None:
    """Keep a snapshot per month: so many users, so many CI builds per user."""
    for period, per_user in builds.items():
        factories.make_snapshot(
            instance=instance,
            period=period,
            metrics={
                "license_billable_users": users,
                "counts.ci_builds": per_user * users,
                "counts.scans": -1,
            },
        )


def score_months(first: date = date(2025, 10, 1), last: date = OCTOBER) -> None:
    """Score all accounts by `make_edition()`: CI is Green above 0.33 builds per user, Red to 0.1."""
    factories.make_edition()
    score(ScoreRequest(first, last), now=factories.NOW)
