from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from accounts.querysets import JobQuerySet


class Job(models.Model):
    """A piece of background work. This row is the truth; a broker's message only wakes a worker."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    kind = models.CharField(max_length=40)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="parts",
        help_text=_("The job that this one is a part of."),
    )  # fmt: skip
    is_bulk = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("Nobody waits for it: whatever is not bulk goes first."),
    )
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    params = models.JSONField(default=dict, blank=True)
    dedupe_key = models.CharField(
        max_length=200,
        blank=True,
        help_text=_("One queued job per key: a second request joins it."),
    )
    done_count = models.PositiveIntegerField(default=0)
    total_count = models.PositiveIntegerField(null=True, blank=True)
    summary = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="jobs"
    )
    request_id = models.CharField(
        max_length=64,
        blank=True,
        db_default="",
        help_text=_("Of the request that asked for it: the same in the log lines of both."),
    )
    created_at = models.DateTimeField()
    not_before = models.DateTimeField(
        null=True, blank=True, help_text=_("Kept back until then, after an attempt that broke.")
    )
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[JobQuerySet] = JobQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "dedupe_key"],
                condition=Q(state="queued") & ~Q(dedupe_key=""),
                name="one_queued_job_per_key",
            ),
            models.UniqueConstraint(
                fields=["parent", "dedupe_key"],
                condition=Q(parent__isnull=False),
                name="one_part_per_key",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "failed"], finished_at__isnull=False)
                | Q(state__in=["queued", "running"], finished_at=None),
                name="job_finished_iff_final",
            ),
        ]
        indexes = [
            models.Index(
                fields=["heartbeat_at"], condition=Q(state="running"), name="job_running_heartbeat"
            ),
            models.Index(fields=["-created_at"], name="job_newest"),
            models.Index(
                fields=["is_bulk", "created_at"], condition=Q(state="queued"), name="job_queued"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind.replace('_', ' ').capitalize()} #{self.pk}"

    @property
    def percent(self) -> int | None:
        """Progress 0-100, or None while the amount of work is not known."""
        if not self.total_count:
            return None
        return min(100, round(100 * self.done_count / self.total_count))
