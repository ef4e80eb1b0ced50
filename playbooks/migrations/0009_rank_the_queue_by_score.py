"""A call to action has the rank that its score gives it, and the day on which it came back.

Nobody is ranked here: the first night does it, or the button of the weights in the admin; until then
the due date orders.
"""

from __future__ import annotations

from decimal import Decimal

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_begin_consents"),
        ("playbooks", "0008_link_calls_to_action"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalQueueWeights",
            fields=[
                ("id", models.PositiveSmallIntegerField(db_index=True, default=1, editable=False)),
                (
                    "high_priority",
                    models.PositiveSmallIntegerField(
                        default=40, validators=[MaxValueValidator(1000)]
                    ),
                ),
                (
                    "medium_priority",
                    models.PositiveSmallIntegerField(
                        default=20, validators=[MaxValueValidator(1000)]
                    ),
                ),
                (
                    "low_priority",
                    models.PositiveSmallIntegerField(
                        default=0, validators=[MaxValueValidator(1000)]
                    ),
                ),
                (
                    "late",
                    models.PositiveSmallIntegerField(
                        default=30,
                        help_text="From the first day after the due date.",
                        validators=[MaxValueValidator(1000)],
                    ),
                ),
                (
                    "long_late",
                    models.PositiveSmallIntegerField(
                        default=40, validators=[MaxValueValidator(1000)]
                    ),
                ),
                (
                    "long_late_days",
                    models.PositiveSmallIntegerField(
                        default=14, help_text="Late for so many days, and more."
                    ),
                ),
                (
                    "due_today",
                    models.PositiveSmallIntegerField(
                        default=20, validators=[MaxValueValidator(1000)]
                    ),
                ),
                (
                    "due_soon",
                    models.PositiveSmallIntegerField(
                        default=10, validators=[MaxValueValidator(1000)]
                    ),
                ),
                (
                    "due_soon_days",
                    models.PositiveSmallIntegerField(
                        default=7, help_text="Due within so many days."
                    ),
                ),
                (
                    "red_health",
                    models.PositiveSmallIntegerField(
                        default=15, validators=[MaxValueValidator(1000)]
                    ),
                ),
                (
                    "yellow_health",
                    models.PositiveSmallIntegerField(
                        default=5, validators=[MaxValueValidator(1000)]
                    ),
                ),
                (
                    "large_arr",
                    models.PositiveSmallIntegerField(
                        default=10, validators=[MaxValueValidator(1000)], verbose_name="large ARR"
                    ),
                ),
                (
                    "large_arr_from",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("250000"),
                        max_digits=14,
                        verbose_name="large ARR from",
                    ),
                ),
                (
                    "medium_arr",
                    models.PositiveSmallIntegerField(
                        default=5, validators=[MaxValueValidator(1000)], verbose_name="medium ARR"
                    ),
                ),
                (
                    "medium_arr_from",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("50000"),
                        max_digits=14,
                        verbose_name="medium ARR from",
                    ),
                ),
                (
                    "near_renewal",
                    models.PositiveSmallIntegerField(
                        default=15, validators=[MaxValueValidator(1000)]
                    ),
                ),
                ("near_renewal_days", models.PositiveSmallIntegerField(default=60)),
                (
                    "far_renewal",
                    models.PositiveSmallIntegerField(
                        default=5,
                        validators=[MaxValueValidator(1000)],
                        verbose_name="renewal ahead",
                    ),
                ),
                (
                    "far_renewal_days",
                    models.PositiveSmallIntegerField(
                        default=120, verbose_name="renewal ahead days"
                    ),
                ),
                (
                    "important",
                    models.PositiveSmallIntegerField(
                        default=25,
                        help_text="Marked as important.",
                        validators=[MaxValueValidator(1000)],
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
            ],
            options={
                "verbose_name": "historical weights of the queue",
                "verbose_name_plural": "historical weights of the queue",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="QueueWeights",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(
                        default=1, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "high_priority",
                    models.PositiveSmallIntegerField(
                        default=40, validators=[MaxValueValidator(1000)]
                    ),
                ),
                (
                    "medium_priority",
                    models.PositiveSmallIntegerField(
                        default=20, validators=[MaxValueValidator(1000)]
                    ),
                ),
                (
                    "low_priority",
                    models.PositiveSmallIntegerField(
                        default=0, validators=[MaxValueValidator(1000)]
                    ),
                ),
                (
                    "late",
                    models.PositiveSmallIntegerField(
                        default=30,
                        help_text="From the first day after the due date.",
                        validators=[MaxValueValidator(1000)],
                    ),
                ),
                (
                    "long_late",
                    models.PositiveSmallIntegerField(
                        default=40, validators=[MaxValueValidator(1000)]
                    ),
                ),
                (
                    "long_late_days",
                    models.PositiveSmallIntegerField(
                        default=14, help_text="Late for so many days, and more."
                    ),
                ),
                (
                    "due_today",
                    models.PositiveSmallIntegerField(
                        default=20, validators=[MaxValueValidator(1000)]
                    ),
                ),
                (
                    "due_soon",
                    models.PositiveSmallIntegerField(
                        default=10, validators=[MaxValueValidator(1000)]
                    ),
                ),
                (
                    "due_soon_days",
                    models.PositiveSmallIntegerField(
                        default=7, help_text="Due within so many days."
                    ),
                ),
                (
                    "red_health",
                    models.PositiveSmallIntegerField(
                        default=15, validators=[MaxValueValidator(1000)]
                    ),
                ),
                (
                    "yellow_health",
                    models.PositiveSmallIntegerField(
                        default=5, validators=[MaxValueValidator(1000)]
                    ),
                ),
                (
                    "large_arr",
                    models.PositiveSmallIntegerField(
                        default=10, validators=[MaxValueValidator(1000)], verbose_name="large ARR"
                    ),
                ),
                (
                    "large_arr_from",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("250000"),
                        max_digits=14,
                        verbose_name="large ARR from",
                    ),
                ),
                (
                    "medium_arr",
                    models.PositiveSmallIntegerField(
                        default=5, validators=[MaxValueValidator(1000)], verbose_name="medium ARR"
                    ),
                ),
                (
                    "medium_arr_from",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("50000"),
                        max_digits=14,
                        verbose_name="medium ARR from",
                    ),
                ),
                (
                    "near_renewal",
                    models.PositiveSmallIntegerField(
                        default=15, validators=[MaxValueValidator(1000)]
                    ),
                ),
                ("near_renewal_days", models.PositiveSmallIntegerField(default=60)),
                (
                    "far_renewal",
                    models.PositiveSmallIntegerField(
                        default=5,
                        validators=[MaxValueValidator(1000)],
                        verbose_name="renewal ahead",
                    ),
                ),
                (
                    "far_renewal_days",
                    models.PositiveSmallIntegerField(
                        default=120, verbose_name="renewal ahead days"
                    ),
                ),
                (
                    "important",
                    models.PositiveSmallIntegerField(
                        default=25,
                        help_text="Marked as important.",
                        validators=[MaxValueValidator(1000)],
                    ),
                ),
            ],
            options={
                "verbose_name": "weights of the queue",
                "verbose_name_plural": "weights of the queue",
            },
        ),
        migrations.AddField(
            model_name="calltoaction",
            name="queue_rank",
            field=models.SmallIntegerField(
                db_default=10000,
                default=10000,
                editable=False,
                help_text="The lower, the sooner it is to be worked: see `playbooks.queue`.",
            ),
        ),
        migrations.AddField(
            model_name="calltoaction",
            name="woke_on",
            field=models.DateField(
                blank=True, editable=False, help_text="The day on which a snooze ended.", null=True
            ),
        ),
        migrations.AddField(
            model_name="historicalqueueweights",
            name="history_user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="queueweights",
            constraint=models.CheckConstraint(
                condition=models.Q(("id", 1)), name="queue_weights_are_one_row"
            ),
        ),
    ]
