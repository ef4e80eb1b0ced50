"""A task and an event say whose they are, as large tables need it to be spread over machines.

The column comes empty, so that code from before it goes on writing.
"""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


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
    ]
