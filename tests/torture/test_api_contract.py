"""The API against its own schema, for minutes."""

from __future__ import annotations

import os

import pytest

from accounts.models import Account
from tests.contract import keep_to_schema, own_connection

pytestmark = [pytest.mark.torture, pytest.mark.django_db]

EXAMPLES = int(os.environ.get("EXAMPLES", "200"))  # of each operation, of good and of bad data each


def test_the_api_keeps_to_its_schema_for_long(account: Account) -> None:
    with own_connection():
        statuses = keep_to_schema(account, examples=EXAMPLES)
    assert {200, 201, 207, 400, 409} <= set(statuses)
