"""Indexes that migrations build while others work, and that searches are answered by them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.state import ProjectState
from django.db.models import Index, Q, QuerySet, UniqueConstraint

from accounts.concurrently import (
    AddIndexConcurrently,
    AddTrigramIndex,
    AddUniqueConcurrently,
    ExtensionMissing,
)
from accounts.models import Account, Contact
from playbooks.models import CallToAction
from tests.factories import make_account, make_contact

TABLE = Contact._meta.db_table
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own")

OPERATIONS: dict[str, Any] = {
    "an index": AddIndexConcurrently("contact", Index(fields=["title"], name="bench_title")),
    "a partial one": AddIndexConcurrently(
        "contact", Index(fields=["title"], condition=Q(persona="other"), name="bench_title")
    ),
    "a unique key": AddUniqueConcurrently(
        "contact", UniqueConstraint(fields=["account", "name"], name="bench_title")
    ),
    "a partial unique key": AddUniqueConcurrently(
        "contact",
        UniqueConstraint(fields=["name"], condition=Q(persona="other"), name="bench_title"),
    ),
    "trigrams": AddTrigramIndex(table=TABLE, column="title", name="bench_title"),
}
each_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


@pytest.fixture
def states() -> tuple[ProjectState, ProjectState]:
    from django.db.migrations.loader import MigrationLoader

    before = MigrationLoader(connection).project_state()
    return before, before.clone()


@pytest.fixture
def no_index_is_left(transactional_db: None) -> Iterator[None]:
    yield
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT IF EXISTS bench_title")
            cursor.execute("DROP INDEX IF EXISTS bench_title")


def forwards(operation: Any, states: tuple[ProjectState, ProjectState]) -> None:
    before, after = states
    operation.state_forwards("accounts", after)
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("accounts", editor, before, after)


def backwards(operation: Any, states: tuple[ProjectState, ProjectState]) -> None:
    before, after = states
    with connection.schema_editor(atomic=False) as editor:
        operation.database_backwards("accounts", editor, after, before)


def keys() -> dict[str, Any]:
    with connection.cursor() as cursor:
        return dict(connection.introspection.get_constraints(cursor, TABLE))


@on_postgresql
@pytest.mark.services
@pytest.mark.usefixtures("no_index_is_left")
@each_operation
def test_it_is_built_and_taken_back(operation: Any, states: Any) -> None:
    forwards(operation, states)
    assert keys()["bench_title"]["unique"] == isinstance(operation, AddUniqueConcurrently)
    backwards(operation, states)
    assert "bench_title" not in keys()


@on_postgresql
@pytest.mark.services
@pytest.mark.usefixtures("no_index_is_left")
@each_operation
def test_a_second_run_keeps_what_the_first_one_built(operation: Any, states: Any) -> None:
    forwards(operation, states)
    before, after = states
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("accounts", editor, before, after)
    assert "bench_title" in keys()


@on_postgresql
@pytest.mark.services
@pytest.mark.usefixtures("no_index_is_left")
def test_what_a_killed_run_left_is_built_anew(states: Any) -> None:
    operation = OPERATIONS["a unique key"]
    first = make_contact(name="Twice")
    twin = make_contact(account=first.account, name="Twice")
    with pytest.raises(Exception, match="Twice"):
        forwards(operation, states)  # leaves an index that is not valid
    assert "bench_title" in keys()
    twin.delete()
    before, after = states
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("accounts", editor, before, after)
    make_contact(account=first.account, name="Once")
    with pytest.raises(Exception, match="bench_title"):
        make_contact(account=first.account, name="Once")


@on_postgresql
@pytest.mark.services
@pytest.mark.django_db
def test_a_role_that_may_not_create_the_extension_is_told_what_to_do() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE foothold_without_rights")
        cursor.execute("DROP EXTENSION IF EXISTS pg_trgm CASCADE")
        cursor.execute("SET LOCAL ROLE foothold_without_rights")
    with (
        pytest.raises(ExtensionMissing, match="CREATE EXTENSION pg_trgm"),
        connection.schema_editor(atomic=False) as editor,
    ):
        OPERATIONS["trigrams"].database_forwards("accounts", editor, None, None)


def plan(rows: QuerySet[Any]) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # a few rows are read sooner than an index
    return rows.explain()


SEARCHES = {
    "accounts by name": lambda: (Account.objects.named("oak"), "account_name_trigrams"),
    "as the API and the admin ask": lambda: (
        Account.objects.filter(name__icontains="oak"), "account_name_trigrams",
    ),
    "calls by title": lambda: (
        CallToAction.objects.filter(title__icontains="oak"), "cta_title_trigrams",
    ),
    "calls by the name of the account": lambda: (
        CallToAction.objects.filter(account__in=Account.objects.named("oak").values("pk")),
        "account_name_trigrams",
    ),
}  # fmt: skip


@on_postgresql
@pytest.mark.services
@pytest.mark.django_db
@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)
def test_a_search_reads_the_trigrams(search: Any) -> None:
    rows, index = search()
    assert index in plan(rows.order_by())


@pytest.mark.django_db
def test_a_search_finds_any_case_of_any_letter() -> None:
    account = make_account(name="Ökohaus 100 % Øst")
    make_account(name="Okohaus 100 km")
    for text in ("Ökohaus", "100 % ", "haus 100 % "):
        assert list(Account.objects.named(text)) == [account]
    assert Account.objects.named("_").count() == 0


@pytest.mark.skipif(connection.vendor == "postgresql", reason="of databases without trigrams")
@pytest.mark.django_db(transaction=True)
def test_elsewhere_there_are_no_trigrams(states: Any) -> None:
    forwards(OPERATIONS["trigrams"], states)
    backwards(OPERATIONS["trigrams"], states)
    assert "bench_title" not in keys()
