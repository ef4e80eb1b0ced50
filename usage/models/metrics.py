from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class MetricDefinition(models.Model):
    """One entry of the metric dictionary, in the published YAML shape of Service Ping."""

    key_path = models.CharField(max_length=255, unique=True)
    name = models.CharField(max_length=255, blank=True)
    description = models.TextField(blank=True)
    product_section = models.CharField(max_length=60, blank=True)
    product_stage = models.CharField(max_length=60, blank=True)
    product_group = models.CharField(max_length=120, blank=True)
    product_categories = models.JSONField(default=list, blank=True)
    value_type = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=30, blank=True)
    milestone = models.CharField(max_length=30, blank=True)
    introduced_by_url = models.CharField(max_length=500, blank=True)
    time_frames = models.JSONField(default=list, blank=True, help_text=_("28d, 7d, all, none."))
    data_source = models.CharField(max_length=60, blank=True)
    data_category = models.CharField(
        max_length=20, blank=True, help_text=_("Operational, subscription, standard or optional.")
    )
    instrumentation_class = models.CharField(max_length=255, blank=True)
    options = models.JSONField(default=dict, blank=True)
    distribution = models.JSONField(default=list, blank=True)
    tiers = models.JSONField(default=list, blank=True)
    performance_indicator_types = models.JSONField(default=list, blank=True)
    extra = models.JSONField(
        default=dict, blank=True, help_text=_("Keys that Foothold does not use.")
    )
    tracked = models.BooleanField(
        default=False, help_text=_("Kept in snapshots although no edition or trigger names it.")
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ("key_path",)
        indexes = [
            models.Index(fields=["product_section", "product_stage"], name="metric_stage"),
        ]

    def __str__(self) -> str:
        return self.key_path

    @property
    def is_optional(self) -> bool:
        return self.data_category == "optional"
