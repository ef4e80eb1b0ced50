from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Job
from playbooks.models.calls import CTAType, Priority
from playbooks.models.playbooks import DayKind


class Trigger(models.Model):
    """A rule over scores that opens a CTA."""

    class Kind(models.TextChoices):
        SCORE_DROP = "score_drop", _("A component's colour drops")
        NEW_USE_CASE = "new_use_case", _("A use case begins to be used")

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=Kind)
    enabled = models.BooleanField(default=True)
    components = models.JSONField(default=list, help_text=_("Codes of the components it watches."))
    cta_type = models.CharField(max_length=20, choices=CTAType)
    reason = models.CharField(max_length=120)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.MEDIUM)
    priority_to_red = models.PositiveSmallIntegerField(
        choices=Priority, null=True, blank=True, help_text=_("Where the new colour is Red.")
    )
    days_until_due = models.PositiveSmallIntegerField(default=5)
    day_kind = models.CharField(max_length=10, choices=DayKind, default=DayKind.BUSINESS)
    playbooks = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("Component's code -> playbook's code; * for any other."),
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class TriggerRun(models.Model):
    """One evaluation of a trigger over a month."""

    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="runs")
    job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="trigger_runs"
    )
    period = models.DateField()
    at = models.DateTimeField()
    signal_count = models.PositiveIntegerField()
    opened_count = models.PositiveIntegerField()
    added_count = models.PositiveIntegerField()

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=["-at"], name="trigger_run_newest")]

    def __str__(self) -> str:
        return f"{self.trigger_id} {self.period:%Y-%m}"
