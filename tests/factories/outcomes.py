"""What became of customers, and what scores said of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import Outcome
from tests.factories.clock import NOW, TODAY
from tests.factories.customers import AccountFactory
from tests.factories.usage import make_edition
from usage.models import Backtest

AFTER = {
    Outcome.Kind.RENEWED: Decimal(1),
    Outcome.Kind.EXPANDED: Decimal(2),
    Outcome.Kind.CONTRACTED: Decimal("0.5"),
    Outcome.Kind.CHURNED: Decimal(0),
}


class OutcomeFactory(DjangoModelFactory[Outcome]):
    class Meta:
        model = Outcome

    account = factory.SubFactory(AccountFactory)
    external_id = factory.Sequence(lambda n: f"R-{n:05}")
    kind = Outcome.Kind.CHURNED
    occurred_on = TODAY
    arr_before = Decimal("1000.00")
    arr_after = factory.LazyAttribute(lambda row: AFTER[Outcome.Kind(row.kind)] * row.arr_before)
    source = Outcome.Source.CSV
    updated_at = NOW


class BacktestFactory(DjangoModelFactory[Backtest]):
    class Meta:
        model = Backtest

    edition = factory.LazyFunction(make_edition)
    edition_digest = "0" * 32
    leads = [3, 6, 9]
    resamples = 10
    seed = 1
    asked_at = NOW


def make_outcome(**fields: Any) -> Outcome:
    """Make an outcome; its ARR afterwards follows its kind."""
    return OutcomeFactory.create(**fields)


def make_backtest(**fields: Any) -> Backtest:
    """Make a backtest that was asked for and is not done."""
    return BacktestFactory.create(**fields)
