"""Whatever is sent to the API: no fault of ours, and no answer that the schema does not know."""

from __future__ import annotations

import pytest

from accounts.models import Account
from tests.contract import keep_to_schema, own_connection

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def test_the_api_keeps_to_its_schema(account: Account) -> None:
    with own_connection():
        statuses = keep_to_schema(account, examples=4, same=True)
    assert {200, 400, 409} <= set(statuses)
