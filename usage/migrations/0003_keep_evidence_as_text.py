"""Cards keep their evidence as text, and drop two indexes that others begin with.

PostgreSQL rewrites the table meanwhile: about a minute for a million cards. Code from before reads and
writes the text as it did the JSON.
"""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from usage.models.scores import WholeJSONField


class Migration(migrations.Migration):
    rewrites_a_table = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("usage", "0002_guard_published_editions"),
    ]

    operations = [
        migrations.AlterField(
            model_name="scorecard",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="score_cards",
                to="accounts.account",
            ),
        ),
        migrations.AlterField(
            model_name="scorecard",
            name="edition",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="score_cards",
                to="usage.edition",
            ),
        ),
        migrations.AlterField(
            model_name="scorecard",
            name="evidence",
            field=WholeJSONField(help_text="See usage.evidence for its shape."),
        ),
    ]
