"""A task and an event say whose they are, as large tables need it to be spread over machines.

The column comes empty, so that code from before it goes on writing. On PostgreSQL the database
itself enters the account where that code leaves it out, and refuses one that is not the CTA's. On
SQLite the process that serves is the one that migrates: there is no code from before.
"""

from __future__ import annotations

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLES = ("playbooks_task", "playbooks_ctaevent")
FUNCTION = """
    CREATE OR REPLACE FUNCTION playbooks_account_of_cta() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        known bigint := (SELECT account_id FROM playbooks_calltoaction WHERE id = NEW.cta_id);
    BEGIN
        IF NEW.account_id IS NULL THEN
            NEW.account_id := known;
        ELSIF NEW.account_id IS DISTINCT FROM known THEN
            RAISE EXCEPTION 'the account is not the one of the call to action'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$"""


def create(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(FUNCTION)
    for table in TABLES:
        schema_editor.execute(
            f"CREATE TRIGGER {table}_account BEFORE INSERT OR UPDATE OF cta_id, account_id ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION playbooks_account_of_cta()"
        )


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in TABLES:
        schema_editor.execute(f"DROP TRIGGER {table}_account ON {table}")
    schema_editor.execute("DROP FUNCTION playbooks_account_of_cta()")


def account() -> models.ForeignKey[object, object]:
    return models.ForeignKey(
        to="accounts.account",
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        null=True,
        db_index=False,
        editable=False,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_index_names_by_trigrams"),
        ("playbooks", "0001_initial"),
    ]

    operations = [
        migrations.AddField(model_name="task", name="account", field=account()),
        migrations.AddField(model_name="ctaevent", name="account", field=account()),
        migrations.RunPython(create, remove),
    ]
