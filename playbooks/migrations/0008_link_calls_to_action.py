"""Links from a call to action to objects of its account and to addresses elsewhere."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_timeline"),
        ("playbooks", "0007_hold_statuses_and_risks_to_types"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CTALink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("objective", "Objective"),
                            ("renewal", "Renewal"),
                            ("timeline", "Timeline entry"),
                            ("escalation", "Escalation"),
                            ("opportunity", "Opportunity"),
                            ("other", "Other"),
                        ],
                        max_length=20,
                    ),
                ),
                ("label", models.CharField(blank=True, max_length=200)),
                ("url", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "activity",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cta_links",
                        to="accounts.timelineactivity",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "cta",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="playbooks.calltoaction",
                    ),
                ),
                (
                    "objective",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cta_links",
                        to="accounts.objective",
                    ),
                ),
                (
                    "other_cta",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="linked_from",
                        to="playbooks.calltoaction",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cta_links",
                        to="accounts.subscription",
                    ),
                ),
            ],
            options={
                "verbose_name": "CTA link",
                "ordering": ("cta", "pk"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("url", ""),
                                ("objective__isnull", False),
                                ("subscription__isnull", True),
                                ("activity__isnull", True),
                                ("other_cta__isnull", True),
                            ),
                            models.Q(
                                ("url", ""),
                                ("objective__isnull", True),
                                ("subscription__isnull", False),
                                ("activity__isnull", True),
                                ("other_cta__isnull", True),
                            ),
                            models.Q(
                                ("url", ""),
                                ("objective__isnull", True),
                                ("subscription__isnull", True),
                                ("activity__isnull", False),
                                ("other_cta__isnull", True),
                            ),
                            models.Q(
                                ("url", ""),
                                ("objective__isnull", True),
                                ("subscription__isnull", True),
                                ("activity__isnull", True),
                                ("other_cta__isnull", False),
                            ),
                            models.Q(
                                ("activity", None),
                                ("objective", None),
                                ("other_cta", None),
                                ("subscription", None),
                                models.Q(
                                    ("url__startswith", "https://"),
                                    ("url__startswith", "http://"),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="cta_link_leads_to_one",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("url", ""), _negated=True),
                        fields=("account", "cta", "url"),
                        name="cta_link_to_url_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("objective__isnull", False)),
                        fields=("account", "cta", "objective"),
                        name="cta_link_to_objective_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("subscription__isnull", False)),
                        fields=("account", "cta", "subscription"),
                        name="cta_link_to_subscription_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("activity__isnull", False)),
                        fields=("account", "cta", "activity"),
                        name="cta_link_to_activity_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("other_cta__isnull", False)),
                        fields=("account", "cta", "other_cta"),
                        name="cta_link_to_other_cta_once",
                    ),
                ],
            },
        ),
    ]
