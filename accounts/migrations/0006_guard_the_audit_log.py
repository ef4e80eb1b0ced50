"""Triggers: an audit entry is never changed, and goes only where a purge is on record that covers it.

The record of a purge is itself an entry. A later migration that rebuilds the table on SQLite drops
its triggers: it has to make them again (a test looks).
"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLE = "accounts_auditentry"
MESSAGE = "an audit entry is kept as it is"
IS_PURGED = f"EXISTS (SELECT 1 FROM {TABLE} WHERE purged_before > OLD.at)"  # noqa: S608 - constants


def create(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    statements = _postgresql() if schema_editor.connection.vendor == "postgresql" else _sqlite()
    for statement in statements:
        schema_editor.execute(statement)


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    of_table = f" ON {TABLE}" if on_postgresql else ""
    for event in ("update", "delete", "truncate") if on_postgresql else ("update", "delete"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_kept_{event}{of_table}")
    if on_postgresql:
        schema_editor.execute(f"DROP FUNCTION {TABLE}_kept()")


def _sqlite() -> Iterator[str]:
    stop = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    yield f"CREATE TRIGGER {TABLE}_kept_update BEFORE UPDATE ON {TABLE} {stop}"
    yield (
        f"CREATE TRIGGER {TABLE}_kept_delete BEFORE DELETE ON {TABLE} WHEN NOT {IS_PURGED} {stop}"
    )


def _postgresql() -> Iterator[str]:
    yield f"""
        CREATE FUNCTION {TABLE}_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                IF {IS_PURGED} THEN
                    RETURN OLD;
                END IF;
            END IF;
            RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
        END $$"""
    for event, each in (("update", "ROW"), ("delete", "ROW"), ("truncate", "STATEMENT")):
        yield (
            f"CREATE TRIGGER {TABLE}_kept_{event} BEFORE {event.upper()} ON {TABLE}"
            f" FOR EACH {each} EXECUTE FUNCTION {TABLE}_kept()"
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_audit_log_and_idempotency_keys")]

    operations = [migrations.RunPython(create, remove)]
