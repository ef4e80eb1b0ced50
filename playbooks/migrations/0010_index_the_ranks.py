"""Each list of the queue is read by its ranks in an index; the index of the former order goes last."""

from __future__ import annotations

from django.db import migrations
from django.db.models import Index, Q

from accounts.concurrently import AddIndexConcurrently

LIVE = Q(("closed_at", None))


class Migration(migrations.Migration):
    atomic = False  # built while others read and write

    dependencies = [("playbooks", "0009_rank_the_queue_by_score")]

    operations = [
        AddIndexConcurrently(
            "calltoaction",
            Index(
                condition=LIVE,
                fields=["owner", "queue_rank", "due_on", "id"],
                name="cta_open_ranked",
            ),
        ),
        AddIndexConcurrently(
            "calltoaction",
            Index(
                condition=LIVE,
                fields=["queue_rank", "due_on", "id", "snoozed_until", "type", "priority"],
                name="cta_open_everyones_ranked",
            ),
        ),
        AddIndexConcurrently(
            "calltoaction",
            Index(
                condition=Q(("closed_at", None), ("woke_on__isnull", False)),
                fields=["woke_on", "due_on"],
                name="cta_open_woke",
            ),
        ),
        AddIndexConcurrently(
            "calltoaction",
            Index(
                condition=LIVE,
                fields=["reason", "due_on", "snoozed_until", "type"],
                name="cta_open_reason",
            ),
        ),
        migrations.RemoveIndex("calltoaction", "cta_open_queue"),
    ]
