from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Job, User
from playbooks.models.calls import CallToAction


class BulkRun(models.Model):
    """One action on many calls to action, as a person asked for it; the same key asks once."""

    class Action(models.TextChoices):
        START = "start", _("Start work")
        SNOOZE = "snooze", _("Snooze")
        CLOSE = "close", _("Close")
        REASSIGN = "reassign", _("Hand on")
        MOVE = "move", _("Move the due date")
        MARK = "mark", _("Mark as important, or not")

    key = models.UUIDField(unique=True)
    asked_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="bulk_runs")
    action = models.CharField(max_length=10, choices=Action)
    values = models.JSONField(
        default=dict, help_text=_("What was filled in, until it is done: the events keep it then.")
    )
    words = models.CharField(
        max_length=200, help_text=_("What is done, in words without free text.")
    )
    job = models.ForeignKey(
        Job, null=True, on_delete=models.SET_NULL, related_name="+", help_text=_("Of a large one.")
    )
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("bulk action")
        ordering = ("-asked_at", "-pk")
        indexes = [models.Index(fields=["asked_by", "-asked_at"], name="bulk_run_newest")]

    def __str__(self) -> str:
        return self.words


class BulkRow(models.Model):
    """One call to action of a bulk action, and what became of it."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="rows", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    cta = models.ForeignKey(CallToAction, on_delete=models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    reason = models.CharField(max_length=300, blank=True, help_text=_("Why it was refused."))

    class Meta:
        verbose_name = _("row of a bulk action")
        verbose_name_plural = _("rows of bulk actions")
        ordering = ("run", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "account", "cta"], name="bulk_row_once_per_run_and_cta"
            )
        ]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.cta_id}"
