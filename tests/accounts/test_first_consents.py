"""What the migration that begins the history of consents makes of accounts that are there."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps

from accounts.models import Account, Consent
from tests import factories

pytestmark = pytest.mark.django_db

migration = import_module("accounts.migrations.0009_begin_consents")


@pytest.mark.parametrize(
    ("shares", "state", "source"),
    [(True, "granted", "contract"), (False, "withdrawn", "customer")],
)
def test_the_present_state_is_the_first_row(shares: bool, state: str, source: str) -> None:  # noqa: FBT001 - a parameter
    account = factories.make_account(shares_optional_data=shares)
    migration.begin(apps, None)
    row = account.consents.get()
    assert (row.category, row.number, row.state, row.source) == ("optional", 1, state, source)
    assert row.since == (account.created_at if shares else account.updated_at)


def test_every_page_of_accounts_begins_and_none_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, "ROWS_PER_INSERT", 2)
    for _ in range(5):
        factories.make_account()
    for _ in range(2):
        migration.begin(apps, None)
    assert Consent.objects.count() == Account.objects.count() == 5
