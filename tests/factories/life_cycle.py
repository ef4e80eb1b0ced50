"""What people say an account has reached, and what it bought."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import BoughtUseCase, Milestone
from tests.factories.clock import NOW, TODAY
from tests.factories.customers import AccountFactory


class MilestoneFactory(DjangoModelFactory[Milestone]):
    class Meta:
        model = Milestone

    account = factory.SubFactory(AccountFactory)
    code = Milestone.Code.FIRST_VALUE
    reached_on = TODAY
    source = "Their own report"
    set_at = NOW


class BoughtUseCaseFactory(DjangoModelFactory[BoughtUseCase]):
    class Meta:
        model = BoughtUseCase

    account = factory.SubFactory(AccountFactory)
    use_case = "ci"


def make_milestone(**fields: Any) -> Milestone:
    return MilestoneFactory.create(**fields)


def make_bought_use_case(**fields: Any) -> BoughtUseCase:
    return BoughtUseCaseFactory.create(**fields)
