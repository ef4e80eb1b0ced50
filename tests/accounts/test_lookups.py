"""Thousands of keys in one question."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from accounts.models import Account
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(lambda keys: keys, id="a list"),
        pytest.param(set, id="a set"),
        pytest.param(iter, id="what can be read once"),
        pytest.param(lambda keys: [*keys, *(f"none-{n}" for n in range(5_000))], id="many"),
    ],
)
def test_rows_are_found_among_keys(values: Callable[[list[str]], Iterable[str]]) -> None:
    wanted = [factories.make_account().external_id for _ in range(2)]
    factories.make_account()
    found = Account.objects.filter(external_id__among=values(wanted))
    assert sorted(found.values_list("external_id", flat=True)) == sorted(wanted)


def test_among_no_keys_there_is_nothing() -> None:
    factories.make_account()
    assert not Account.objects.filter(external_id__among=[]).exists()


def test_a_related_row_is_found_by_its_id() -> None:
    subscription = factories.make_subscription()
    found = Account.objects.filter(subscriptions__pk__among=[subscription.pk])
    assert list(found) == [subscription.account]
