"""A status closes calls to action of its types only; only risks have an impact and a reason."""

from __future__ import annotations

from django.db import migrations, models

from accounts.concurrently import AddCheckConcurrently


class Migration(migrations.Migration):
    atomic = False  # old rows are looked at while others read and write

    dependencies = [("playbooks", "0006_add_risk_and_importance")]

    operations = [
        AddCheckConcurrently(
            "calltoaction",
            models.CheckConstraint(
                condition=models.Q(
                    ("type", "risk"),
                    models.Q(("risk_impact", ""), ("risk_reason", "")),
                    _connector="OR",
                ),
                name="cta_risk_fields_of_risks_only",
            ),
        ),
        AddCheckConcurrently(
            "calltoaction",
            models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        [
                            "new",
                            "in_progress",
                            "success",
                            "lost_not_a_priority",
                            "already_solved",
                            "not_relevant",
                            "lack_of_engagement",
                        ],
                    ),
                    models.Q(("status__in", ["not_needed"]), ("type", "lifecycle")),
                    models.Q(
                        (
                            "status__in",
                            [
                                "lost_competition",
                                "lost_product_gaps",
                                "lost_team_unengaged",
                                "lost_no_value_seen",
                                "lost_deferred",
                                "lost_no_budget",
                            ],
                        ),
                        ("type", "objective"),
                    ),
                    _connector="OR",
                ),
                name="cta_status_fits_type",
            ),
        ),
    ]
