"""An installation of the first release, with data, is brought to the newest: nothing is lost, all works."""

# ruff: noqa: S608 - tables and columns are named here
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection
from django.test import Client

from tests.emptying import let_the_audit_log_be_emptied

FIRST_RELEASE = (("playbooks", "0001"), ("usage", "0002"), ("accounts", "0001"))
WHEN = "2026-11-16 09:00:00+00:00"
ROWS: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "accounts_user",
        {"id": 901, "email": "ada@first.example", "role": "admin", "password": "", "is_superuser": True,
         "is_staff": True, "is_active": True, "first_name": "Ada", "last_name": "", "date_joined": WHEN,
         "time_zone": "UTC", "country": ""},
    ),
    (
        "accounts_account",
        {"id": 901, "external_id": "A-901", "name": "Larch Telecom", "customer_since": "2024-01-01",
         "csm_id": 901, "priority": 2, "shares_optional_data": True, "created_at": WHEN,
         "updated_at": WHEN},
    ),
    (
        "accounts_job",
        {"id": 901, "kind": "score", "state": "queued", "params": "{}", "dedupe_key": "", "done_count": 0,
         "summary": "{}", "error": "", "attempts": 0, "created_at": WHEN},
    ),
    (
        "playbooks_calltoaction",
        {"id": 901, "account_id": 901, "dedupe_key": "first:901", "type": "risk", "reason": "Dropped",
         "title": "Look at CI", "summary": "", "status": "new", "priority": 2, "component": "ci",
         "evidence": "{}", "opened_at": WHEN, "due_on": "2026-11-20", "original_due_on": "2026-11-20",
         "owner_id": 901},
    ),
    (
        "playbooks_task",
        {"id": 901, "cta_id": 901, "position": 1, "title": "Call", "instructions": "", "questions": "",
         "links": "[]", "owner_id": 901, "due_on": "2026-11-18", "is_required": False},
    ),
    (
        "playbooks_ctaevent",
        {"id": 901, "cta_id": 901, "kind": "opened", "at": WHEN, "text": "", "detail": "{}"},
    ),
)  # fmt: skip


def columns(table: str) -> dict[str, bool]:
    """Name -> whether a row needs it, as the tables are now."""
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    return {column.name: not column.null_ok for column in described}


def insert(table: str, row: dict[str, Any]) -> None:
    """Write a row as the first release did: the columns that it had, text where nothing is said."""
    there = columns(table)
    filled = {name: "" for name, is_needed in there.items() if is_needed} | row
    named = {name: value for name, value in filled.items() if name in there}
    listed = ", ".join(map(connection.ops.quote_name, named))
    places = ", ".join(["%s"] * len(named))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({listed}) VALUES ({places})", list(named.values()))


def stored(table: str, names: list[str]) -> list[tuple[Any, ...]]:
    listed = ", ".join(map(connection.ops.quote_name, names))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {listed} FROM {table} WHERE id = 901")
        return list(cursor.fetchall())


@pytest.fixture
def first_release(transactional_db: None) -> Iterator[dict[str, list[tuple[Any, ...]]]]:
    """Its tables with a row in each; what is in them, by table. Afterwards all is as it was."""
    for app, name in FIRST_RELEASE:
        call_command("migrate", app, name, verbosity=0)
    try:
        for table, row in ROWS:
            insert(
                table, row | ({"password": make_password("first-4711")} if "email" in row else {})
            )
        yield {table: stored(table, sorted(row)) for table, row in ROWS}
    finally:
        call_command("migrate", verbosity=0)
        let_the_audit_log_be_emptied()


@pytest.mark.slow
def test_an_installation_of_the_first_release_is_upgraded_with_its_data(first_release) -> None:
    call_command("migrate", verbosity=0)
    kept = {table: stored(table, sorted(row)) for table, row in ROWS}
    assert kept == first_release
    browser = Client()
    signed_in = browser.post("/login/", {"username": "ada@first.example", "password": "first-4711"})
    assert signed_in.status_code == 302
    page = browser.get("/ctas/901/")
    assert page.status_code == 200
    assert "Look at CI" in page.content.decode()
    assert browser.get("/queue/").status_code == 200
    closed = browser.post("/ctas/901/close/", {"status": "already_solved"})
    assert closed.status_code == 302
    assert stored("playbooks_calltoaction", ["status"]) == [("already_solved",)]
