"""Jobs have parts, and those that nobody waits for go last; code from before makes neither."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_job_request_id_and_heartbeat"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="is_bulk",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Nobody waits for it: whatever is not bulk goes first.",
            ),
        ),
        migrations.AddField(
            model_name="job",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                help_text="The job that this one is a part of.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="parts",
                to="accounts.job",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("state", "queued")),
                fields=["is_bulk", "created_at"],
                name="job_queued",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.UniqueConstraint(
                condition=models.Q(("parent__isnull", False)),
                fields=("parent", "dedupe_key"),
                name="one_part_per_key",
            ),
        ),
    ]
