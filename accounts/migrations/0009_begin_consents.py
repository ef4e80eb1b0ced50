"""The present state of each account's optional data becomes the first row of its history."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ROWS_PER_INSERT = 5_000
NOTE = "As it was when the history of consents began."


def begin(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    account_model = apps.get_model("accounts", "Account")
    consent = apps.get_model("accounts", "Consent")
    last_id = 0
    while accounts := list(
        account_model.objects.filter(pk__gt=last_id)
        .order_by("pk")
        .only("shares_optional_data", "created_at", "updated_at")[:ROWS_PER_INSERT]
    ):
        consent.objects.bulk_create(
            [
                consent(
                    account=account,
                    category="optional",
                    number=1,
                    state="granted" if account.shares_optional_data else "withdrawn",
                    since=account.created_at
                    if account.shares_optional_data
                    else account.updated_at,
                    source="contract" if account.shares_optional_data else "customer",
                    note=NOTE,
                )
                for account in accounts
            ],
            ignore_conflicts=True,
        )
        last_id = accounts[-1].pk


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_guard_consents")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop, elidable=True)]
