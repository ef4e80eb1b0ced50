"""Keys of large tables carry the account; each list has the index that it is read by.

The new keys come before the old ones go: at no moment may a call to action have a live twin.
"""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Index, Q, UniqueConstraint

from accounts.concurrently import AddIndexConcurrently, AddTrigramIndex, AddUniqueConcurrently

LIVE = Q(("closed_at", None))


def account() -> models.ForeignKey[object, object]:
    return models.ForeignKey(
        to="accounts.account",
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        db_index=False,
        editable=False,
    )


class Migration(migrations.Migration):
    atomic = False  # built while others read and write

    dependencies = [("playbooks", "0004_fill_accounts_of_tasks_and_events")]

    operations = [
        migrations.AlterField(model_name="task", name="account", field=account()),
        migrations.AlterField(model_name="ctaevent", name="account", field=account()),
        AddUniqueConcurrently(
            "calltoaction",
            UniqueConstraint(
                fields=["dedupe_key", "account"],
                condition=LIVE,
                name="one_live_cta_per_account_and_key",
            ),
        ),
        migrations.RemoveConstraint("calltoaction", "one_live_cta_per_key"),
        AddUniqueConcurrently(
            "task",
            UniqueConstraint(
                fields=["account", "cta", "position"],
                name="task_position_once_per_account_and_cta",
            ),
        ),
        migrations.RemoveConstraint("task", "task_position_once_per_cta"),
        AddUniqueConcurrently(
            "ctaevent",
            UniqueConstraint(
                fields=["signal_key", "account"],
                condition=Q(("signal_key__isnull", False)),
                name="signal_used_once_per_account",
            ),
        ),
        migrations.RemoveConstraint("ctaevent", "signal_used_once"),
        AddIndexConcurrently("ctaevent", Index(fields=["account", "at"], name="cta_event_account")),
        AddIndexConcurrently(
            "calltoaction",
            Index(
                fields=["priority", "due_on", "id", "snoozed_until", "type"],
                condition=LIVE,
                name="cta_open_everyones",
            ),
        ),
        AddIndexConcurrently(
            "calltoaction",
            Index(fields=["due_on", "snoozed_until"], condition=LIVE, name="cta_open_due"),
        ),
        AddIndexConcurrently(
            "calltoaction",
            Index(fields=["type", "due_on", "snoozed_until"], condition=LIVE, name="cta_open_type"),
        ),
        AddIndexConcurrently(
            "calltoaction",
            Index(
                fields=["component", "due_on", "snoozed_until", "type"],
                condition=LIVE,
                name="cta_open_component",
            ),
        ),
        AddIndexConcurrently(
            "calltoaction",
            Index(
                fields=["snoozed_until", "due_on"],
                condition=Q(("closed_at", None), ("snoozed_until__isnull", False)),
                name="cta_open_snoozed",
            ),
        ),
        AddIndexConcurrently(
            "calltoaction",
            Index(fields=["account", "owner", "id"], condition=LIVE, name="cta_open_account"),
        ),
        migrations.AlterField(  # `cta_account_newest` begins with it
            model_name="calltoaction",
            name="account",
            field=models.ForeignKey(
                to="accounts.account",
                on_delete=django.db.models.deletion.CASCADE,
                related_name="ctas",
                db_index=False,
            ),
        ),
        AddTrigramIndex(table="playbooks_calltoaction", column="title", name="cta_title_trigrams"),
    ]
