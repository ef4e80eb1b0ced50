"""What became of customers at their renewals: what a backtest holds the scores of earlier months against."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.commercial import Subscription
from accounts.models.customers import Account
from accounts.querysets import OutcomeQuerySet


class Outcome(models.Model):
    """A renewal, an expansion, a contraction or a loss, with the ARR on either side of its day."""

    class Kind(models.TextChoices):
        RENEWED = "renewed", _("Renewed")
        EXPANDED = "expanded", _("Expanded")
        CONTRACTED = "contracted", _("Contracted")
        CHURNED = "churned", _("Churned")

    class Source(models.TextChoices):
        CSV = "csv", _("CSV file")
        API = "api", _("API")
        RENEWAL = "renewal", _("Derived from subscriptions")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="outcomes", db_index=False
    )
    subscription = models.ForeignKey(
        Subscription, null=True, blank=True, on_delete=models.SET_NULL, related_name="outcomes"
    )
    external_id = models.CharField(
        max_length=120, help_text=_("The id in the system it comes from.")
    )
    kind = models.CharField(max_length=10, choices=Kind)
    occurred_on = models.DateField()
    arr_before = models.DecimalField("ARR before", max_digits=14, decimal_places=2)
    arr_after = models.DecimalField("ARR after", max_digits=14, decimal_places=2)
    source = models.CharField(max_length=10, choices=Source)
    updated_at = models.DateTimeField()

    objects: ClassVar[OutcomeQuerySet] = OutcomeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-occurred_on", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "external_id"], name="outcome_once_per_account"
            ),
            models.CheckConstraint(
                condition=Q(source__in=["csv", "api", "renewal"]), name="outcome_source_known"
            ),
            models.CheckConstraint(
                condition=Q(arr_before__gte=0, arr_after__gte=0), name="outcome_arr_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(kind="renewed", arr_after=F("arr_before"))
                | Q(kind="expanded", arr_after__gt=F("arr_before"))
                | Q(kind="contracted", arr_after__lt=F("arr_before"), arr_after__gt=0)
                | Q(kind="churned", arr_after=0),
                name="outcome_kind_is_what_arr_says",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "occurred_on"], name="outcome_of_account"),
            models.Index(fields=["-occurred_on", "-id"], name="outcome_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.occurred_on}"
