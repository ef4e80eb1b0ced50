"""Models and migrations agree, and a migration's name says what it does."""

from __future__ import annotations

import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations import (
    AddField,
    DeleteModel,
    Migration,
    RemoveField,
    RenameField,
    RenameModel,
    RunPython,
    RunSQL,
)
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

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


# --- The version that still runs ------------------------------------------------------------------
# Old processes work on the new tables until they are replaced: null → fill → tighten. A column or table
# goes in a release of its own, after the one that stopped to use it; it is then named here.

DROPPED: frozenset[str] = frozenset()


def later_migrations() -> list[tuple[str, Migration]]:
    """Those after the tables were first made."""
    loader = MigrationLoader(None)
    return [
        (f"{app}.{name}", migration)
        for (app, name), migration in sorted(loader.disk_migrations.items())
        if app in APPS and not migration.initial and not name.startswith("0001")
    ]


def test_a_new_column_may_be_left_out_by_the_version_before() -> None:
    needed = [
        f"{name}: {operation.model_name}.{operation.name}"
        for name, migration in later_migrations()
        for operation in migration.operations
        if isinstance(operation, AddField) and not _may_be_left_out(operation)
    ]
    assert needed == []


def _may_be_left_out(operation: AddField) -> bool:
    field = operation.field
    return field.null or field.many_to_many or field.db_default is not NOT_PROVIDED


def test_nothing_goes_that_the_version_before_uses() -> None:
    gone = [
        f"{name}: {operation.describe()}"
        for name, migration in later_migrations()
        if name not in DROPPED
        for operation in migration.operations
        if isinstance(operation, RemoveField | DeleteModel | RenameField | RenameModel)
    ]
    assert gone == []


def test_data_is_filled_in_apart_from_changes_of_the_schema() -> None:
    mixed = [
        name
        for name, migration in later_migrations()
        if any(isinstance(operation, RunPython) for operation in migration.operations)
        and not all(isinstance(operation, RunPython | RunSQL) for operation in migration.operations)
    ]
    assert mixed == []


def test_each_migration_can_be_taken_back() -> None:
    final = [
        f"{name}: {operation.describe()}"
        for name, migration in later_migrations()
        for operation in migration.operations
        if not operation.reversible
    ]
    assert final == []
