"""Triggers: a noted consent never changes; what a customer says next is another row.

Who noted it may be lost with the user. Rows go with their account alone, which is the application's
to hold: a restore and the test runner empty tables too.
"""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLE = "accounts_consent"
FIXED = ("account_id", "category", "number", "state", "since", "source", "note", "erased")
MESSAGE = "a noted consent cannot change"


def create(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"""
            CREATE FUNCTION {TABLE}_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF {_changed("IS DISTINCT FROM")} THEN
                    RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN NEW;
            END $$""")
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_fixed BEFORE UPDATE ON {TABLE}"
            f" FOR EACH ROW EXECUTE FUNCTION {TABLE}_fixed()"
        )
    else:
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_fixed BEFORE UPDATE ON {TABLE} WHEN {_changed('IS NOT')}"
            f" BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER {TABLE}_fixed ON {TABLE}")
        schema_editor.execute(f"DROP FUNCTION {TABLE}_fixed()")
    else:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_fixed")


def _changed(operator: str) -> str:
    return " OR ".join(f"NEW.{column} {operator} OLD.{column}" for column in FIXED)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_privacy")]

    operations = [migrations.RunPython(create, remove)]
