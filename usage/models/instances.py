from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Delivery, Subscription
from usage.querysets import InstanceQuerySet


class Instance(models.Model):
    """One deployment that reports usage: an installation (uuid and hostname) or a SaaS namespace."""

    class Kind(models.TextChoices):
        PRODUCTION = "Production", _("Production")
        NON_PRODUCTION = "Non-Production", _("Non-Production")
        UNKNOWN = "Unknown", _("Unknown")
        OBSOLETE = "Obsolete", _("Obsolete")
        GEO_SECONDARY = "Geo Secondary", _("Geo Secondary")

    class KindSource(models.TextChoices):
        DEFAULT = "default", _("First seen")
        RULE = "rule", _("Rule")
        PERSON = "person", _("Person or import")

    external_id = models.CharField(max_length=120, help_text=_("uuid, or the namespace's id."))
    hostname = models.CharField(max_length=255, blank=True)
    subscription = models.ForeignKey(
        Subscription, null=True, blank=True, on_delete=models.SET_NULL, related_name="instances",
        help_text=_("Empty: not mapped yet; its payloads wait."),
    )  # fmt: skip
    deployment = models.CharField(max_length=20, choices=Delivery, default=Delivery.SELF_MANAGED)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.UNKNOWN)
    kind_source = models.CharField(
        max_length=10, choices=KindSource, default=KindSource.DEFAULT, editable=False
    )
    is_clone = models.BooleanField(
        default=False, help_text=_("Its uuid was known under another hostname: no rule labels it.")
    )
    opted_out_of_health = models.BooleanField(default=False)
    license_md5 = models.CharField(max_length=32, blank=True, editable=False)
    license_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    version = models.CharField(max_length=60, blank=True, editable=False)
    created_on = models.DateField(null=True, blank=True)
    last_reported_at = models.DateTimeField(null=True, blank=True, editable=False)

    history = HistoricalRecords(excluded_fields=["version", "last_reported_at"])
    objects: ClassVar[InstanceQuerySet] = InstanceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("external_id", "hostname")
        constraints = [
            models.UniqueConstraint(
                fields=["external_id", "hostname"], name="instance_identity_unique"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "Production",
                        "Non-Production",
                        "Unknown",
                        "Obsolete",
                        "Geo Secondary",
                    ]
                ),
                name="instance_kind_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["license_sha256"], condition=~Q(license_sha256=""), name="instance_sha256"
            ),
            models.Index(fields=["license_md5"], condition=~Q(license_md5=""), name="instance_md5"),
            models.Index(fields=["last_reported_at"], name="instance_last_reported"),
        ]

    def __str__(self) -> str:
        return f"{self.hostname or self.external_id}"


class LabelRule(models.Model):
    """Labels instances Production by themselves; a person's label always wins."""

    class Kind(models.TextChoices):
        UTILIZATION = "utilization", _("Users per seat reach the threshold")
        ONLY_INSTANCE = "only_instance", _("The subscription's only instance")

    kind = models.CharField(max_length=20, choices=Kind, unique=True)
    enabled = models.BooleanField(default=True)
    user_metrics = models.JSONField(
        default=list, blank=True,
        help_text=_("Key paths of the users that are divided by the seats: the first one known counts."),
    )  # fmt: skip
    threshold = models.FloatField(null=True, blank=True, help_text=_("A share: 0.2 is 20 %."))

    history = HistoricalRecords()

    class Meta:
        ordering = ("kind",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="utilization") | Q(threshold__gt=0),
                name="label_rule_utilization_has_threshold",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
