from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_split_jobs_into_parts"),
    ]

    operations = [
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("caller", models.CharField(max_length=80)),
                ("key", models.CharField(max_length=255)),
                ("method", models.CharField(max_length=10)),
                ("path", models.CharField(max_length=500)),
                ("body_digest", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(db_index=True)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("answer", models.TextField(blank=True)),
                ("parts", models.JSONField(default=dict)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("caller", "key"), name="idempotency_key_once_per_caller"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_index=True)),
                ("verb", models.CharField(db_index=True, max_length=60)),
                ("actor_label", models.CharField(blank=True, max_length=255, verbose_name="who")),
                ("token_label", models.CharField(blank=True, max_length=160, verbose_name="token")),
                ("address", models.GenericIPAddressField(null=True)),
                ("via", models.CharField(blank=True, max_length=255)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("object_type", models.CharField(blank=True, max_length=80, verbose_name="of")),
                ("object_id", models.CharField(blank=True, max_length=128)),
                ("object_label", models.CharField(blank=True, max_length=255, verbose_name="what")),
                ("detail", models.JSONField(default=dict)),
                ("purged_before", models.DateTimeField(null=True)),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit log",
                "ordering": ("-at", "-pk"),
                "indexes": [
                    models.Index(fields=["object_type", "object_id"], name="audit_of_object"),
                    models.Index(
                        condition=models.Q(("purged_before__isnull", False)),
                        fields=["purged_before"],
                        name="audit_purges",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("purged_before", None),
                            ("purged_before__lt", models.F("at")),
                            _connector="OR",
                        ),
                        name="audit_purge_is_of_the_past",
                    )
                ],
            },
        ),
    ]
