"""How far a customer has come: what is told by hand, what was bought, and the days it should take."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models.customers import Account
from accounts.models.people import User
from accounts.querysets import BoughtUseCaseQuerySet, MilestoneQuerySet


class MilestoneRule(models.Model):
    """When a milestone counts as reached, and in how many days it should be. Rows of configuration."""

    class Code(models.TextChoices):
        FIRST_ENGAGEMENT = "first_engagement", _("First engagement")
        FIRST_VALUE = "first_value", _("First value")
        ONBOARDED = "onboarded", _("Onboarded")
        HALF_OF_SEATS = "half_of_seats", _("Rolled out")
        MOST_OF_SEATS = "most_of_seats", _("Seats adopted")

    code = models.CharField(max_length=20, choices=Code, unique=True)
    target_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Days from the subscription's start; empty: no target.")
    )
    seat_share = models.FloatField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(1)],
        help_text=_(
            "Reached at this share of the seats: 0.1 is 10 %. Only of those told by seats."
        ),
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(seat_share=None) | Q(seat_share__gt=0, seat_share__lte=1),
                name="milestone_rule_seat_share_in_range",
            ),
            models.CheckConstraint(
                condition=Q(
                    code__in=[
                        "first_engagement", "first_value", "onboarded", "half_of_seats",
                        "most_of_seats",
                    ]
                ),
                name="milestone_rule_code_known",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.get_code_display()


class Milestone(models.Model):
    """What a person says an account has reached, and how they know; it goes before what is found.

    A cleared one stays, so that it can be brought back; it counts for nothing.
    """

    class Code(models.TextChoices):
        FIRST_ENGAGEMENT = "first_engagement", _("First engagement")
        FIRST_VALUE = "first_value", _("First value")
        ONBOARDED = "onboarded", _("Onboarded")
        WILL_CHURN = "will_churn", _("Will churn")
        CHURNED = "churned", _("Churned")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="milestones", db_index=False
    )
    code = models.CharField(max_length=20, choices=Code)
    reached_on = models.DateField()
    source = models.CharField(
        max_length=120, help_text=_("How you know: a call, a system, a person.")
    )
    note = models.TextField(blank=True)
    set_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    set_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[MilestoneQuerySet] = MilestoneQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("account", "pk")
        constraints = [
            models.UniqueConstraint(fields=["account", "code"], name="milestone_once_per_account"),
            models.CheckConstraint(
                condition=Q(
                    code__in=[
                        "first_engagement", "first_value", "onboarded", "will_churn", "churned",
                    ]
                ),
                name="milestone_code_known",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="milestone_has_a_source"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_code_display()} on {self.reached_on}"


class BoughtUseCase(models.Model):
    """A use case that an account bought the product for: adoption is done when it is Green."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="bought_use_cases", db_index=False
    )
    use_case = models.SlugField(
        max_length=40, db_index=False, help_text=_("The code of a use case of the edition.")
    )

    objects: ClassVar[BoughtUseCaseQuerySet] = BoughtUseCaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("account", "use_case")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "use_case"], name="use_case_bought_once_per_account"
            ),
        ]

    def __str__(self) -> str:
        return self.use_case
