"""On PostgreSQL the database enters the account of a task or event that code from before leaves out.

It refuses one that is not the CTA's. On SQLite the process that serves is the one that migrates: there
is no code from before.
"""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
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


class Migration(migrations.Migration):
    dependencies = [("playbooks", "0002_give_tasks_and_events_their_account")]

    operations = [migrations.RunPython(create, remove)]
