"""What became of customers: what the table refuses, and what subscriptions tell."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError

from accounts.models import Account, AuditEntry, Outcome, Subscription
from accounts.services.outcomes import Derived, derive_outcomes
from tests import factories as make

pytestmark = pytest.mark.django_db

END = date(2026, 6, 30)


def ended(account: Account | None = None, **fields: object) -> Subscription:
    given = {"start_date": date(2025, 7, 1), "end_date": END, "arr": Decimal(900), **fields}
    return make.make_subscription(account=account or make.make_account(), **given)


def told() -> list[tuple[str, date, Decimal, Decimal]]:
    rows = Outcome.objects.order_by("occurred_on")
    return list(rows.values_list("kind", "occurred_on", "arr_before", "arr_after"))


@pytest.mark.parametrize(
    ("kind", "after"), [("renewed", 5), ("expanded", 10), ("contracted", 10), ("churned", 1)]
)
def test_the_kind_is_what_the_arr_says(kind: str, after: int) -> None:
    with pytest.raises(IntegrityError, match="outcome_kind_is_what_arr_says"):
        make.make_outcome(kind=kind, arr_before=10, arr_after=after)


def test_an_outcome_comes_once_to_an_account() -> None:
    outcome = make.make_outcome()
    with pytest.raises(IntegrityError):
        make.make_outcome(account=outcome.account, external_id=outcome.external_id)


def test_a_subscription_that_ended_is_a_loss() -> None:
    subscription = ended()
    assert derive_outcomes(now=make.NOW) == Derived(created=1)
    outcome = Outcome.objects.get()
    assert (outcome.subscription, outcome.source) == (subscription, Outcome.Source.RENEWAL)
    assert told() == [("churned", END, Decimal(900), Decimal(0))]


def test_a_subscription_whose_end_was_moved_is_a_renewal() -> None:
    subscription = ended()
    subscription.end_date = END + timedelta(days=365)
    subscription.arr = Decimal(1_200)
    subscription.save()
    derive_outcomes(now=make.NOW)
    assert told() == [("expanded", END, Decimal(900), Decimal(1_200))]


def test_derived_again_nothing_changes() -> None:
    ended()
    derive_outcomes(now=make.NOW)
    assert derive_outcomes(now=make.NOW) == Derived(unchanged=1)


def test_an_outcome_that_is_none_any_more_goes_and_one_that_changed_changes() -> None:
    gone, changed = ended(), ended()
    derive_outcomes(now=make.NOW)
    Subscription.objects.filter(pk=gone.pk).update(end_date=None)
    history: Any = Subscription.history
    history.filter(id=gone.pk).delete()
    ended(changed.account, start_date=END, end_date=None, arr=Decimal(10))
    assert derive_outcomes(now=make.NOW) == Derived(updated=1, removed=1)
    assert told() == [("contracted", END, Decimal(900), Decimal(10))]


def test_what_somebody_told_of_these_days_stands_alone() -> None:
    subscription = ended()
    derive_outcomes(now=make.NOW)
    make.make_outcome(account=subscription.account, occurred_on=END + timedelta(days=9))
    assert derive_outcomes(now=make.NOW) == Derived(removed=1)
    assert Outcome.objects.get().source == Outcome.Source.CSV


def test_accounts_are_told_apart() -> None:
    make.make_outcome(occurred_on=END)
    ended()
    assert derive_outcomes(now=make.NOW).created == 1


def test_the_command_tells_the_counts() -> None:
    ended()
    out = io.StringIO()
    call_command("derive_outcomes", "--grace-days", "14", stdout=out)
    assert out.getvalue().split() == ["created", "1", "updated", "0", "unchanged", "0", "removed", "0"]  # fmt: skip
    assert AuditEntry.objects.get(verb="outcomes.derived").detail["created"] == 1
