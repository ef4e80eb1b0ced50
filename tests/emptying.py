"""Tests that commit empty all tables after themselves: of the audit log too, which refuses that."""

from __future__ import annotations

from django.db import connection

TABLE = "accounts_auditentry"


def let_the_audit_log_be_emptied() -> None:
    """Take away what refuses deletion, and only that; tests of the log put it back."""
    on_postgresql = connection.vendor == "postgresql"
    of_table = f" ON {TABLE}" if on_postgresql else ""
    with connection.cursor() as cursor:
        for event in ("delete", "truncate") if on_postgresql else ("delete",):
            cursor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_kept_{event}{of_table}")
