from __future__ import annotations

import pytest
from django.core.checks.registry import registry

from config import checks


@pytest.mark.parametrize(
    ("embedded", "is_sqlite", "expected"),
    [
        pytest.param(True, True, [], id="one process with SQLite is how it starts"),
        pytest.param(False, False, [], id="Redis with PostgreSQL is how it grows"),
        pytest.param(True, False, ["foothold.W001"], id="PostgreSQL without Redis"),
        pytest.param(False, True, ["foothold.W002"], id="Redis without PostgreSQL"),
    ],
)
def test_broker_and_database_fit_together(embedded, is_sqlite, expected) -> None:
    found = checks.misfits(embedded=embedded, is_sqlite=is_sqlite)
    assert [message.id for message in found] == expected


@pytest.mark.parametrize(
    ("debug", "hosts", "expected"),
    [
        pytest.param(True, ["localhost", "127.0.0.1"], [], id="debugging at home"),
        pytest.param(False, ["foothold.example"], [], id="serving others"),
        pytest.param(True, ["*"], ["foothold.W003"], id="debugging for everyone to see"),
        pytest.param(True, ["foothold.example"], ["foothold.W003"], id="debugging in public"),
    ],
)
def test_debug_stays_at_home(settings, debug, hosts, expected) -> None:
    settings.DEBUG = debug
    settings.ALLOWED_HOSTS = hosts
    assert [message.id for message in checks.debug_beyond_loopback(None)] == expected


def test_the_checks_are_made_at_the_start() -> None:
    made = registry.get_checks(include_deployment_checks=False)
    assert {checks.broker_and_database, checks.debug_beyond_loopback} <= set(made)
