"""How far an account should come with a use case, and why it does not use one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.customers import Account
from accounts.models.people import User
from accounts.querysets import AdoptionGoalQuerySet, NonAdoptionQuerySet


class AdoptionGoal(models.Model):
    """The maturity that an account wants to reach in a use case, and by when."""

    class Level(models.TextChoices):
        """By the names of the editions' maturity levels, the lowest first."""

        MINIMUM = "minimum", _("Minimum")
        BASIC = "basic", _("Basic")
        INTERMEDIATE = "intermediate", _("Intermediate")
        ADVANCED = "advanced", _("Advanced")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="adoption_goals", db_index=False
    )
    use_case = models.SlugField(
        max_length=40, db_index=False, help_text=_("The code of a use case of the edition.")
    )
    level = models.CharField(max_length=12, choices=Level)
    due_on = models.DateField(null=True, blank=True, help_text=_("Its last day; empty: no date."))
    set_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    set_at = models.DateTimeField()

    objects: ClassVar[AdoptionGoalQuerySet] = AdoptionGoalQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("account", "use_case")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "use_case"], name="adoption_goal_once_per_use_case"
            ),
            models.CheckConstraint(
                condition=Q(level__in=["minimum", "basic", "intermediate", "advanced"]),
                name="adoption_goal_level_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.use_case}: {self.get_level_display()}"


class NonAdoption(models.Model):
    """Why an account does not use what it could: the reason that holds now."""

    class Reason(models.TextChoices):
        COST = "cost", _("Cost")
        COMPLIANCE = "compliance", _("Security or compliance workflow")
        LEARNING = "learning", _("Learning")
        ORGANISATION = "organisation", _("Organisation")
        MIGRATION = "migration", _("Migration")
        NO_INTENT = "no_intent", _("No intent")
        OTHER = "other", _("Other")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="non_adoptions", db_index=False
    )
    use_case = models.SlugField(
        max_length=40, db_index=False, help_text=_("The code of a use case of the edition.")
    )
    reason = models.CharField(max_length=12, choices=Reason)
    note = models.TextField(blank=True)
    noted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    objects: ClassVar[NonAdoptionQuerySet] = NonAdoptionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("account", "use_case")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "use_case"], name="non_adoption_once_per_use_case"
            ),
            models.CheckConstraint(
                condition=Q(
                    reason__in=[
                        "cost", "compliance", "learning", "organisation", "migration", "no_intent",
                        "other",
                    ]
                ),
                name="non_adoption_reason_known",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.use_case}: {self.get_reason_display()}"
