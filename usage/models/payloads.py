from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from usage.models.instances import Instance
from usage.querysets import RawPayloadQuerySet, SnapshotQuerySet


class RawPayload(models.Model):
    """Every payload, whole, compressed with zstd; what an optional-data opt-out covers is taken out."""

    # the unique constraint begins with it: an index of its own would only cost
    instance = models.ForeignKey(
        Instance, on_delete=models.CASCADE, related_name="payloads", db_index=False
    )
    recorded_at = models.DateTimeField()
    received_at = models.DateTimeField()
    digest = models.CharField(max_length=32, help_text=_("BLAKE2b-128 of the payload as stored."))
    body = models.BinaryField()

    objects: ClassVar[RawPayloadQuerySet] = RawPayloadQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-recorded_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["instance", "recorded_at"], name="payload_once_per_instance_and_time"
            ),
        ]
        indexes = [models.Index(fields=["-recorded_at", "-id"], name="payload_newest")]

    def __str__(self) -> str:
        return f"{self.instance_id} {self.recorded_at:%Y-%m-%d %H:%M}"


class Snapshot(models.Model):
    """What an instance reported in a month: the newest payload's tracked metrics, raw values kept."""

    instance = models.ForeignKey(
        Instance, on_delete=models.CASCADE, related_name="snapshots", db_index=False
    )
    period = models.DateField(help_text=_("First day of the month (UTC)."))
    recorded_at = models.DateTimeField()
    metrics = models.JSONField(help_text=_("Key path -> number as reported; negative: failed."))

    objects: ClassVar[SnapshotQuerySet] = SnapshotQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-period", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["instance", "period"], name="snapshot_once_per_instance_and_month"
            ),
            models.CheckConstraint(
                condition=Q(period__day=1), name="snapshot_period_is_first_of_month"
            ),
        ]
        indexes = [models.Index(fields=["period"], name="snapshot_period")]

    def __str__(self) -> str:
        return f"{self.instance_id} {self.period:%Y-%m}"


class RejectedRow(models.Model):
    """A row that could not be taken in, kept with its text until someone mends and retries it."""

    class Kind(models.TextChoices):
        ACCOUNT = "account", _("Account")
        SUBSCRIPTION = "subscription", _("Subscription")
        INSTANCE = "instance", _("Instance")
        SERVICE_PING = "service_ping", _("Service Ping")

    kind = models.CharField(max_length=20, choices=Kind)
    source = models.CharField(max_length=255, help_text=_("File name, or the API."))
    line = models.PositiveIntegerField()
    field = models.CharField(max_length=255, blank=True)
    reason = models.CharField(max_length=500)
    text = models.TextField(help_text=_("The row; of a very long one the beginning."))
    is_cut = models.BooleanField(default=False, help_text=_("Only the beginning was kept."))
    digest = models.CharField(max_length=32, help_text=_("BLAKE2b-128 of kind and whole text."))
    received_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-received_at", "-pk")
        constraints = [
            # the same bad row sent again stays one row to mend
            models.UniqueConstraint(
                fields=["digest"], condition=Q(resolved_at=None), name="one_open_rejection_per_row"
            ),
        ]
        indexes = [models.Index(fields=["-received_at"], name="rejection_newest")]

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.reason}"
