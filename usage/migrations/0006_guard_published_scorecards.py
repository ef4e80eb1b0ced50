# ruff: noqa: S608 - built from the constants below
"""Triggers: what an edition says of health changes while it is a draft only, as its other rows do."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

GROUP = "(SELECT edition_id FROM usage_healthgroup WHERE id = {row}.group_id)"
MEASURE = (
    "(SELECT g.edition_id FROM usage_healthmeasure m JOIN usage_healthgroup g ON g.id = m.group_id"
    " WHERE m.id = {row}.measure_id)"
)
OWNER = {
    "usage_healthgroup": "{row}.edition_id",
    "usage_healthmeasure": GROUP,
    "usage_healthband": MEASURE,
}
MESSAGE = "a published edition cannot change"


def create(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    statements = _postgresql() if schema_editor.connection.vendor == "postgresql" else _sqlite()
    for statement in statements:
        schema_editor.execute(statement)


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for table in (*OWNER, "usage_edition"):
            name = _name(table)
            schema_editor.execute(f"DROP TRIGGER {name} ON {table}")
            schema_editor.execute(f"DROP FUNCTION {name}()")
        return
    for table in OWNER:
        for event in ("insert", "update"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {_name(table)}_{event}")
    schema_editor.execute(f"DROP TRIGGER IF EXISTS {_name('usage_edition')}_update")


def _name(table: str) -> str:
    """The edition's own trigger guards its other columns already: this one has a name beside it."""
    return "usage_edition_health_frozen" if table == "usage_edition" else f"{table}_frozen"


def _changed(operator: str) -> str:
    return f"OLD.status <> 'draft' AND NEW.health_first_days {operator} OLD.health_first_days"


def _sqlite() -> Iterator[str]:
    for table, owner in OWNER.items():
        for event in ("INSERT", "UPDATE"):
            edition = owner.format(row="NEW")
            yield (
                f"CREATE TRIGGER {_name(table)}_{event.lower()} BEFORE {event} ON {table}"
                f" WHEN (SELECT status FROM usage_edition WHERE id = {edition}) <> 'draft'"
                f" BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
    yield (
        f"CREATE TRIGGER {_name('usage_edition')}_update BEFORE UPDATE ON usage_edition"
        f" WHEN {_changed('IS NOT')} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
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
    yield _function("usage_edition", f"IF {_changed('IS DISTINCT FROM')}")
    yield _trigger("usage_edition", "UPDATE")


def _function(table: str, condition: str) -> str:
    return f"""
        CREATE FUNCTION {_name(table)}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {condition} THEN
                RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        END $$"""


def _trigger(table: str, events: str) -> str:
    return (
        f"CREATE TRIGGER {_name(table)} BEFORE {events} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {_name(table)}()"
    )


class Migration(migrations.Migration):
    dependencies = [("usage", "0005_health_scorecards")]

    operations = [migrations.RunPython(create, remove)]
