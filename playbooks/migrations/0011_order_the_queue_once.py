"""What is open already is ranked by a job: the next sweep starts it."""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils import timezone


def queue_job(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if apps.get_model("playbooks", "CallToAction").objects.filter(closed_at=None).exists():
        apps.get_model("accounts", "Job").objects.get_or_create(
            kind="order_queue",
            dedupe_key="order_queue",
            state="queued",
            defaults={"is_bulk": True, "created_at": timezone.now()},
        )


class Migration(migrations.Migration):
    dependencies = [("playbooks", "0010_index_the_ranks")]

    operations = [migrations.RunPython(queue_job, migrations.RunPython.noop, elidable=True)]
