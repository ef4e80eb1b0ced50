"""What people say of an account's adoption."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import AdoptionGoal, NonAdoption
from tests.factories.clock import NOW
from tests.factories.customers import AccountFactory


class AdoptionGoalFactory(DjangoModelFactory[AdoptionGoal]):
    class Meta:
        model = AdoptionGoal

    account = factory.SubFactory(AccountFactory)
    use_case = "ci"
    level = AdoptionGoal.Level.INTERMEDIATE
    set_at = NOW


class NonAdoptionFactory(DjangoModelFactory[NonAdoption]):
    class Meta:
        model = NonAdoption

    account = factory.SubFactory(AccountFactory)
    use_case = "security"
    reason = NonAdoption.Reason.COMPLIANCE
    at = NOW


def make_adoption_goal(**fields: Any) -> AdoptionGoal:
    return AdoptionGoalFactory.create(**fields)


def make_non_adoption(**fields: Any) -> NonAdoption:
    return NonAdoptionFactory.create(**fields)
