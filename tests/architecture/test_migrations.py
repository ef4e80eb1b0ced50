"""Models and migrations agree, and a migration's name says what it does."""

from __future__ import annotations

import re

import pytest
from django.core.management import call_command
from django.db import connection

from tests.architecture.repository import APPS, ROOT


@pytest.mark.django_db
def test_no_model_change_is_without_its_migration(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        call_command("makemigrations", "--check", "--dry-run")
    except SystemExit:
        pytest.fail(capsys.readouterr().out)


def test_migrations_are_named() -> None:
    migrations = [path.stem for app in APPS for path in (ROOT / app / "migrations").glob("0*.py")]
    assert [name for name in migrations if re.search(r"_auto_\d|_and_more", name)] == []


@pytest.mark.django_db
def test_every_table_belongs_to_a_model() -> None:
    # PostgreSQL cannot truncate, nor a test flush, what an unknown table refers to.
    known = {*connection.introspection.django_table_names(), "django_migrations"}
    assert set(connection.introspection.table_names()) - known == set()
