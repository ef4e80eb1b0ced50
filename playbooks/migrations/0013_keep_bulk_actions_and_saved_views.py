"""What somebody does with many calls to action at once, and how somebody likes to see a queue."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_timeline"),
        ("playbooks", "0012_alerts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(unique=True)),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("start", "Start work"),
                            ("snooze", "Snooze"),
                            ("close", "Close"),
                            ("reassign", "Hand on"),
                            ("move", "Move the due date"),
                            ("mark", "Mark as important, or not"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "values",
                    models.JSONField(
                        default=dict,
                        help_text="What was filled in, until it is done: the events keep it then.",
                    ),
                ),
                (
                    "words",
                    models.CharField(
                        help_text="What is done, in words without free text.", max_length=200
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bulk_runs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        help_text="Of a large one.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.job",
                    ),
                ),
            ],
            options={
                "verbose_name": "bulk action",
                "ordering": ("-asked_at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="BulkRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("refused", "Refused")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "reason",
                    models.CharField(blank=True, help_text="Why it was refused.", max_length=300),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "cta",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="playbooks.calltoaction",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="playbooks.bulkrun",
                    ),
                ),
            ],
            options={
                "verbose_name": "row of a bulk action",
                "verbose_name_plural": "rows of bulk actions",
                "ordering": ("run", "pk"),
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                (
                    "params",
                    models.JSONField(blank=True, default=dict, help_text="Of the queue's address."),
                ),
                (
                    "is_shared",
                    models.BooleanField(
                        default=False, help_text="With the owner's team.", verbose_name="shared"
                    ),
                ),
                (
                    "is_default",
                    models.BooleanField(
                        default=False,
                        help_text="What the owner's queue opens with.",
                        verbose_name="default",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("name", "pk"),
            },
        ),
        migrations.AddIndex(
            model_name="bulkrun",
            index=models.Index(fields=["asked_by", "-asked_at"], name="bulk_run_newest"),
        ),
        migrations.AddConstraint(
            model_name="bulkrow",
            constraint=models.UniqueConstraint(
                fields=("run", "account", "cta"), name="bulk_row_once_per_run_and_cta"
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(
                fields=("owner", "name"), name="saved_view_once_per_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_default", True)),
                fields=("owner",),
                name="one_default_view_per_owner",
            ),
        ),
    ]
