# ruff: noqa: S608 - built from the constants below
"""Triggers: what an edition says changes while it is a draft only.

SQLite guards insert and update; deletion is left open there because a restore and the test runner
empty tables by DELETE. A later migration that rebuilds one of these tables on SQLite drops its
triggers: it has to make them again (a test looks).
"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

OWNER = {
    "usage_usecase": "{row}.edition_id",
    "usage_maturitylevel": "{row}.edition_id",
    "usage_weight": "{row}.edition_id",
    "usage_measure": "(SELECT edition_id FROM usage_usecase WHERE id = {row}.use_case_id)",
    "usage_band": "(SELECT u.edition_id FROM usage_measure m JOIN usage_usecase u ON u.id = m.use_case_id"
    " WHERE m.id = {row}.measure_id)",
}
FROZEN = (
    "name", "size_metric", "red_points", "yellow_points", "green_points", "red_up_to", "yellow_up_to",
    "platform_adoption_from", "stale_after_days", "in_force_from",
)  # fmt: skip
MESSAGE = "a published edition cannot change"


def create(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    statements = _postgresql() if schema_editor.connection.vendor == "postgresql" else _sqlite()
    for statement in statements:
        schema_editor.execute(statement)


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    for table in (*OWNER, "usage_edition"):
        if on_postgresql:
            schema_editor.execute(f"DROP TRIGGER {table}_frozen ON {table}")
            schema_editor.execute(f"DROP FUNCTION {table}_frozen()")
        else:
            for event in ("insert", "update"):
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_frozen_{event}")


def _changed(operator: str) -> str:
    return " OR ".join(f"NEW.{column} {operator} OLD.{column}" for column in FROZEN)


def _sqlite() -> Iterator[str]:
    for table, owner in OWNER.items():
        for event in ("INSERT", "UPDATE"):
            edition = owner.format(row="NEW")
            yield (
                f"CREATE TRIGGER {table}_frozen_{event.lower()} BEFORE {event} ON {table}"
                f" WHEN (SELECT status FROM usage_edition WHERE id = {edition}) <> 'draft'"
                f" BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
    yield (
        "CREATE TRIGGER usage_edition_frozen_update BEFORE UPDATE ON usage_edition"
        f" WHEN OLD.status <> 'draft' AND (NEW.status = 'draft' OR {_changed('IS NOT')})"
        f" BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    )


def _postgresql() -> Iterator[str]:
    for table, owner in OWNER.items():
        yield _function(
            table,
            f"""
            IF TG_OP <> 'DELETE' AND EXISTS (
                SELECT 1 FROM usage_edition WHERE id = {owner.format(row="NEW")} AND status <> 'draft'
            ) OR TG_OP <> 'INSERT' AND EXISTS (
                SELECT 1 FROM usage_edition WHERE id = {owner.format(row="OLD")} AND status <> 'draft'
            )""",
        )
        yield _trigger(table, "INSERT OR UPDATE OR DELETE")
    yield _function(
        "usage_edition",
        f"""
            IF OLD.status <> 'draft' AND (
                TG_OP = 'DELETE' OR NEW.status = 'draft' OR {_changed("IS DISTINCT FROM")}
            )""",
    )
    yield _trigger("usage_edition", "UPDATE OR DELETE")


def _function(table: str, condition: str) -> str:
    return f"""
        CREATE FUNCTION {table}_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {condition} THEN
                RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        END $$"""


def _trigger(table: str, events: str) -> str:
    return (
        f"CREATE TRIGGER {table}_frozen BEFORE {events} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {table}_frozen()"
    )


class Migration(migrations.Migration):
    dependencies = [("usage", "0001_initial")]

    operations = [migrations.RunPython(create, remove)]
