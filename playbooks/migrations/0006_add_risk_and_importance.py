"""What a risk would cost and comes from, a mark of importance, statuses of objectives, kinds of events."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("playbooks", "0005_require_accounts_and_index_lists")]

    operations = [
        migrations.AddField(
            model_name="calltoaction",
            name="is_important",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Marked by a person.",
                verbose_name="important",
            ),
        ),
        migrations.AddField(
            model_name="calltoaction",
            name="risk_impact",
            field=models.CharField(
                blank=True,
                choices=[
                    ("churn", "Churn"),
                    ("tier_downgrade", "Tier downgrade"),
                    ("seat_churn", "Seat churn"),
                    ("sentiment", "Sentiment"),
                    ("competitor", "Competitor"),
                ],
                db_default="",
                default="",
                help_text="Of a risk: what would be lost.",
                max_length=24,
            ),
        ),
        migrations.AddField(
            model_name="calltoaction",
            name="risk_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("adoption", "Lack of adoption"),
                    ("product_gaps", "Product value or gaps"),
                    ("product_quality", "Product quality or availability"),
                    ("engagement", "Lack of engagement or of a sponsor"),
                    ("budget", "Loss of budget"),
                    ("corporate_decision", "Corporate decision"),
                    ("other", "Other"),
                ],
                db_default="",
                default="",
                help_text="Of a risk: what it comes from.",
                max_length=24,
            ),
        ),
        migrations.AlterField(
            model_name="calltoaction",
            name="status",
            field=models.CharField(
                choices=[
                    ("new", "New"),
                    ("in_progress", "Work in progress"),
                    ("success", "Success"),
                    ("lost_not_a_priority", "Lost: not a priority"),
                    ("already_solved", "Already solved"),
                    ("not_relevant", "Not relevant (false alarm)"),
                    ("lack_of_engagement", "Lack of engagement"),
                    ("not_needed", "Not needed"),
                    ("lost_competition", "Lost: competitive loss"),
                    ("lost_product_gaps", "Lost: product gaps"),
                    ("lost_team_unengaged", "Lost: responsible team unengaged"),
                    ("lost_no_value_seen", "Lost: didn't see value"),
                    ("lost_deferred", "Lost: deferred"),
                    ("lost_no_budget", "Lost: lack of budget"),
                ],
                default="new",
                max_length=24,
            ),
        ),
        migrations.AlterField(
            model_name="ctaevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "Opened"),
                    ("signal_added", "Evidence added"),
                    ("started", "Work started"),
                    ("task_done", "Task done"),
                    ("task_reopened", "Task reopened"),
                    ("snoozed", "Snoozed"),
                    ("woke", "Woke"),
                    ("commented", "Comment"),
                    ("closed", "Closed"),
                    ("reopened", "Reopened"),
                    ("reassigned", "Reassigned"),
                    ("risk_assessed", "Risk assessed"),
                    ("marked_important", "Marked as important"),
                    ("unmarked_important", "No longer marked as important"),
                    ("rescheduled", "Due date moved"),
                    ("reschedule_undone", "Due date moved back"),
                    ("linked", "Link added"),
                    ("unlinked", "Link removed"),
                ],
                max_length=20,
            ),
        ),
    ]
