from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from usage.models.editions import Edition
from usage.querysets import CardDriftQuerySet


class CardDrift(models.Model):
    """A score card that came out otherwise when it was made anew from what was known then."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="card_drifts", db_index=False
    )
    period = models.DateField(help_text=_("First day of the month."))
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="card_drifts")
    as_of = models.DateTimeField(help_text=_("When the card was made."))
    differences = models.TextField(help_text=_("What the stored card says, and what came out."))
    found_at = models.DateTimeField()
    checked_at = models.DateTimeField()

    objects: ClassVar[CardDriftQuerySet] = CardDriftQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-found_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "period", "edition"],
                name="drift_once_per_account_month_and_edition",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.period:%Y-%m}"
