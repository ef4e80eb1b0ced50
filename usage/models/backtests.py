from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Job, User
from usage.models.editions import Edition


class Backtest(models.Model):
    """What the scores of an edition said of what became of customers: asked once, kept as it was found.

    The result is of all customers together and names none.
    """

    class Target(models.TextChoices):
        CHURN = "churn", _("Churned")
        LOSS = "loss", _("Churned or contracted")

    class Known(models.TextChoices):
        RECEIVED = "received", _("What had been received by then")
        RECORDED = "recorded", _("What had been recorded by then, whenever it was received")

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="backtests")
    edition_digest = models.CharField(
        max_length=32, help_text=_("Of the rules that it was made by.")
    )
    former_name = models.CharField(
        max_length=60, blank=True, help_text=_("The edition that it is held against; empty: none.")
    )
    former_digest = models.CharField(max_length=32, blank=True)
    leads = models.JSONField(help_text=_("Months before an outcome."))
    target = models.CharField(max_length=10, choices=Target, default=Target.CHURN)
    known = models.CharField(max_length=10, choices=Known, default=Known.RECEIVED)
    resamples = models.PositiveIntegerField()
    seed = models.PositiveIntegerField()
    asked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField()
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)
    input_hash = models.CharField(
        max_length=32, blank=True, help_text=_("Of all outcomes and predictions that it counted.")
    )
    result = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None, input_hash="")
                | (Q(finished_at__isnull=False) & ~Q(input_hash="")),
                name="backtest_finished_iff_hashed",
            ),
            models.CheckConstraint(
                condition=Q(target__in=["churn", "loss"]), name="backtest_target_known"
            ),
            models.CheckConstraint(
                condition=Q(known__in=["received", "recorded"]), name="backtest_known_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Backtest #{self.pk}"
