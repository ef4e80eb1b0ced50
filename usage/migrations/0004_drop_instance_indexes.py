"""Drop what the unique constraints, which begin with the instance, index already.

Not by AlterField alone: that would check the foreign keys of every payload again, and copy both
tables on SQLite.
"""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

INDEXES = {
    "usage_snapshot": "usage_snapshot_instance_id_db64c29c",
    "usage_rawpayload": "usage_rawpayload_instance_id_45d3b180",
}


def _without_index(model_name: str, related_name: str) -> migrations.AlterField:
    return migrations.AlterField(
        model_name=model_name,
        name="instance",
        field=models.ForeignKey(
            db_index=False,
            on_delete=django.db.models.deletion.CASCADE,
            related_name=related_name,
            to="usage.instance",
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("usage", "0003_keep_evidence_as_text")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"DROP INDEX IF EXISTS {name}",
                    f"CREATE INDEX IF NOT EXISTS {name} ON {table} (instance_id)",
                )
                for table, name in INDEXES.items()
            ],
            state_operations=[
                _without_index("snapshot", "snapshots"),
                _without_index("rawpayload", "payloads"),
            ],
        ),
    ]
