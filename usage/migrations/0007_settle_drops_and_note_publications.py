"""What makes a drop may be asked of components, and each publishing of an edition is noted.

The columns of editions' parts are nullable, so that SQLite adds them without rebuilding the tables:
that would drop the triggers which guard published editions.
"""

from __future__ import annotations

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0014_adoption_goals"),
        ("usage", "0006_guard_published_scorecards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Publication",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="publications",
                        to="usage.edition",
                    ),
                ),
                (
                    "former",
                    models.ForeignKey(
                        blank=True,
                        help_text="The edition that decided its first month before.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="usage.edition",
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "in_force_from",
                    models.DateField(
                        blank=True,
                        help_text="First month it decides; empty: from the beginning.",
                        null=True,
                    ),
                ),
                ("published_at", models.DateTimeField()),
                ("note", models.CharField(help_text="Why it was put in force.", max_length=1000)),
                (
                    "opens_ctas",
                    models.BooleanField(
                        default=False,
                        help_text="What only the change of edition made fall or begin opens CTAs too.",
                    ),
                ),
                (
                    "known_until",
                    models.DateField(
                        blank=True,
                        help_text="Newest month that had been reported by then.",
                        null=True,
                    ),
                ),
                (
                    "withdrawn_at",
                    models.DateTimeField(
                        blank=True, help_text="When the edition was retired.", null=True
                    ),
                ),
            ],
            options={
                "ordering": ("-published_at", "-pk"),
            },
        ),
        migrations.AddField(
            model_name="historicalmeasure",
            name="minimum_sample",
            field=models.FloatField(
                blank=True,
                help_text="NA where the denominator is smaller; empty: never for that reason.",
                null=True,
                validators=[django.core.validators.MinValueValidator(0)],
            ),
        ),
        migrations.AddField(
            model_name="historicalusecase",
            name="exit_margin",
            field=models.FloatField(
                blank=True,
                help_text="How far beyond a bound, in its unit, a drop begins; empty: at the bound.",
                null=True,
                validators=[django.core.validators.MinValueValidator(0)],
            ),
        ),
        migrations.AddField(
            model_name="historicalusecase",
            name="hold_months",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Known months that a lower colour must stand to be a drop; empty: 1.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(6),
                ],
            ),
        ),
        migrations.AddField(
            model_name="historicalusecase",
            name="recovery_months",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Known months back where it fell from, after which a drop to no new low opens a call to action again; empty: every drop does.",
                null=True,
                validators=[django.core.validators.MaxValueValidator(12)],
            ),
        ),
        migrations.AddField(
            model_name="measure",
            name="minimum_sample",
            field=models.FloatField(
                blank=True,
                help_text="NA where the denominator is smaller; empty: never for that reason.",
                null=True,
                validators=[django.core.validators.MinValueValidator(0)],
            ),
        ),
        migrations.AddField(
            model_name="transition",
            name="cause",
            field=models.CharField(
                choices=[("data", "Data"), ("edition", "Change of edition")],
                db_default="data",
                default="data",
                help_text="What made it fall: usage, or that another edition judges.",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="transition",
            name="repeats",
            field=models.DateField(
                help_text="Month of the drop in the same episode that it only repeats; empty: it is news.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="usecase",
            name="exit_margin",
            field=models.FloatField(
                blank=True,
                help_text="How far beyond a bound, in its unit, a drop begins; empty: at the bound.",
                null=True,
                validators=[django.core.validators.MinValueValidator(0)],
            ),
        ),
        migrations.AddField(
            model_name="usecase",
            name="hold_months",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Known months that a lower colour must stand to be a drop; empty: 1.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(6),
                ],
            ),
        ),
        migrations.AddField(
            model_name="usecase",
            name="recovery_months",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Known months back where it fell from, after which a drop to no new low opens a call to action again; empty: every drop does.",
                null=True,
                validators=[django.core.validators.MaxValueValidator(12)],
            ),
        ),
        migrations.AddConstraint(
            model_name="transition",
            constraint=models.CheckConstraint(
                condition=models.Q(("cause__in", ["data", "edition"])),
                name="transition_cause_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="publication",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("in_force_from", None),
                    ("in_force_from__day", 1),
                    _connector="OR",
                ),
                name="publication_from_first_of_month",
            ),
        ),
        migrations.AddConstraint(
            model_name="publication",
            constraint=models.CheckConstraint(
                condition=models.Q(("note", ""), _negated=True), name="publication_has_note"
            ),
        ),
    ]
