"""In batches, each its own transaction: nobody waits for long, and a killed run goes on where it was."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Max, OuterRef, Subquery

BATCH = 20_000


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    ctas = apps.get_model("playbooks", "CallToAction").objects
    account = Subquery(ctas.filter(pk=OuterRef("cta_id")).values("account_id"))
    for name in ("Task", "CTAEvent"):
        rows = apps.get_model("playbooks", name).objects
        last = rows.aggregate(last=Max("pk"))["last"] or 0
        for first in range(1, last + 1, BATCH):
            batch = rows.filter(pk__range=(first, first + BATCH - 1), account=None)
            batch.update(account_id=account)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("playbooks", "0003_enter_accounts_that_are_left_out")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
