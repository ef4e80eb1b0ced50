from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from usage.models.metrics import MetricDefinition


class MetricVersion(models.Model):
    """What a metric's definition said of how it is measured, from a load or an edit on.

    A definition that never changed has no row: it is its own first version.
    """

    metric = models.ForeignKey(MetricDefinition, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(help_text=_("1 is the first of its metric."))
    content = models.JSONField(help_text=_("Value type, time frames, data source, query."))
    digest = models.CharField(max_length=32, help_text=_("BLAKE2b-128 of the content."))
    since = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("When it was first seen; empty: before versions were kept."),
    )

    class Meta:
        ordering = ("metric", "-number")
        constraints = [
            models.UniqueConstraint(fields=["metric", "number"], name="metric_versions_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.metric_id} version {self.number}"


class MetricBreak(models.Model):
    """From a month on a metric says something else than before: no drop is judged across it."""

    class Reason(models.TextChoices):
        DEFINITION = "definition", _("The definition changed")
        RELEASE = "release", _("A release of the product counts otherwise")
        QUERY = "query", _("The query changed")
        OTHER = "other", _("Another reason")

    metric = models.ForeignKey(MetricDefinition, on_delete=models.CASCADE, related_name="breaks")
    period = models.DateField(help_text=_("First day of the first month that is not as before."))
    reason = models.CharField(max_length=20, choices=Reason)
    product_from = models.CharField(
        max_length=60,
        blank=True,
        help_text=_("The last version of the product that counts as before."),
    )
    product_to = models.CharField(
        max_length=60, blank=True, help_text=_("The first version that counts otherwise.")
    )
    note = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text=_("Empty: a dictionary that was loaded."),
    )  # fmt: skip
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-period", "metric")
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "period"], name="break_once_per_metric_and_month"
            ),
            models.CheckConstraint(
                condition=Q(period__day=1), name="break_period_is_first_of_month"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["definition", "release", "query", "other"]),
                name="break_reason_known",
            ),
        ]
        indexes = [models.Index(fields=["period"], name="metric_break_period")]

    def __str__(self) -> str:
        return f"{self.metric} from {self.period:%Y-%m}"
