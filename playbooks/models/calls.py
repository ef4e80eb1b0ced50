from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Account, User
from playbooks.models.playbooks import PlaybookVersion, Step
from playbooks.querysets import CallToActionQuerySet, CTAEventQuerySet, TaskQuerySet


class CTAType(models.TextChoices):
    RISK = "risk", "Risk"
    LIFECYCLE = "lifecycle", "Lifecycle"
    EXPANSION = "expansion", "Expansion"
    OBJECTIVE = "objective", "Objective"
    ACTIVITY = "activity", "Activity"
    RENEWAL = "renewal", "Renewal"
    DIGITAL_JOURNEY = "digital_journey", "Digital journey"
    ESCALATION = "escalation", "Escalation"


class Priority(models.IntegerChoices):
    HIGH = 1, "High"
    MEDIUM = 2, "Medium"
    LOW = 3, "Low"


class CallToAction(models.Model):
    """One thing a CSM should do for one account."""

    class Status(models.TextChoices):
        NEW = "new", "New"
        IN_PROGRESS = "in_progress", "Work in progress"
        SUCCESS = "success", "Success"
        LOST_NOT_A_PRIORITY = "lost_not_a_priority", "Lost: not a priority"
        ALREADY_SOLVED = "already_solved", "Already solved"
        NOT_RELEVANT = "not_relevant", "Not relevant (false alarm)"
        LACK_OF_ENGAGEMENT = "lack_of_engagement", "Lack of engagement"
        NOT_NEEDED = "not_needed", "Not needed"

    OPEN_STATUSES = (Status.NEW, Status.IN_PROGRESS)

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="ctas", db_index=False
    )
    trigger = models.ForeignKey(
        "Trigger", null=True, blank=True, on_delete=models.SET_NULL, related_name="ctas",
        help_text="Empty: made by hand.",
    )  # fmt: skip
    type = models.CharField(max_length=20, choices=CTAType)
    reason = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=500, blank=True, help_text="Why, in one line.")
    status = models.CharField(max_length=24, choices=Status, default=Status.NEW)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.MEDIUM)
    component = models.SlugField(max_length=40, blank=True)
    period = models.DateField(null=True, blank=True, help_text="Month of its newest evidence.")
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="ctas"
    )
    opened_at = models.DateTimeField()
    due_on = models.DateField()
    original_due_on = models.DateField(editable=False)
    snoozed_until = models.DateField(null=True, blank=True)
    snooze_reason = models.CharField(max_length=300, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    evidence = models.JSONField(
        default=list,
        blank=True,
        help_text="What it was opened by and what was added, oldest first.",
    )
    playbook_version = models.ForeignKey(
        PlaybookVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="ctas"
    )
    dedupe_key = models.CharField(
        max_length=200, help_text="At most one live CTA has it: trigger kind, account, component."
    )

    objects: ClassVar[CallToActionQuerySet] = CallToActionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "call to action"
        verbose_name_plural = "calls to action"
        ordering = ("priority", "due_on", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key", "account"],  # the key names its account: no live twin
                condition=Q(closed_at=None),
                name="one_live_cta_per_account_and_key",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["new", "in_progress"], closed_at=None)
                | (~Q(status__in=["new", "in_progress"]) & Q(closed_at__isnull=False)),
                name="cta_closed_iff_closed_status",
            ),
            models.CheckConstraint(
                condition=Q(snoozed_until=None) | Q(closed_at=None), name="cta_closed_not_snoozed"
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner", "priority", "due_on", "id"],
                condition=Q(closed_at=None),
                name="cta_open_queue",
            ),
            models.Index(fields=["owner", "status", "type"], name="cta_owner_status_type"),
            models.Index(fields=["account", "-opened_at"], name="cta_account_newest"),
            models.Index(
                fields=["priority", "due_on", "id", "snoozed_until", "type"],
                condition=Q(closed_at=None),
                name="cta_open_everyones",
            ),
            models.Index(
                fields=["due_on", "snoozed_until"],
                condition=Q(closed_at=None),
                name="cta_open_due",
            ),
            models.Index(
                fields=["type", "due_on", "snoozed_until"],
                condition=Q(closed_at=None),
                name="cta_open_type",
            ),
            models.Index(
                fields=["component", "due_on", "snoozed_until", "type"],
                condition=Q(closed_at=None),
                name="cta_open_component",
            ),
            models.Index(
                fields=["snoozed_until", "due_on"],
                condition=Q(closed_at=None, snoozed_until__isnull=False),
                name="cta_open_snoozed",
            ),
            models.Index(
                fields=["account", "owner", "id"],
                condition=Q(closed_at=None),
                name="cta_open_account",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_live(self) -> bool:
        return self.closed_at is None


class Task(models.Model):
    """One step to do for a CTA."""

    cta = models.ForeignKey(CallToAction, on_delete=models.CASCADE, related_name="tasks")
    account = models.ForeignKey(  # its CTA's: what large tables are distributed by
        Account, on_delete=models.CASCADE, related_name="+", db_index=False, editable=False
    )
    step = models.ForeignKey(
        Step, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    instructions = models.TextField(blank=True)
    questions = models.TextField(blank=True)
    links = models.JSONField(default=list, blank=True)
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks"
    )
    due_on = models.DateField()
    is_required = models.BooleanField(default=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects: ClassVar[TaskQuerySet] = TaskQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("cta", "position")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "cta", "position"],
                name="task_position_once_per_account_and_cta",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class CTAEvent(models.Model):
    """What happened to a CTA, in order: log, and the proof that a signal was used exactly once."""

    class Kind(models.TextChoices):
        OPENED = "opened", "Opened"
        SIGNAL_ADDED = "signal_added", "Evidence added"
        STARTED = "started", "Work started"
        TASK_DONE = "task_done", "Task done"
        TASK_REOPENED = "task_reopened", "Task reopened"
        SNOOZED = "snoozed", "Snoozed"
        WOKE = "woke", "Woke"
        COMMENTED = "commented", "Comment"
        CLOSED = "closed", "Closed"
        REOPENED = "reopened", "Reopened"
        REASSIGNED = "reassigned", "Reassigned"

    cta = models.ForeignKey(CallToAction, on_delete=models.CASCADE, related_name="events")
    account = models.ForeignKey(  # its CTA's, as a task has it
        Account, on_delete=models.CASCADE, related_name="+", db_index=False, editable=False
    )
    kind = models.CharField(max_length=20, choices=Kind)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="Empty: the system.",
    )  # fmt: skip
    text = models.TextField(blank=True)
    detail = models.JSONField(default=dict, blank=True)
    signal_key = models.CharField(  # noqa: DJ001 - unique where there is one
        max_length=200, null=True, blank=True, editable=False
    )

    objects: ClassVar[CTAEventQuerySet] = CTAEventQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "CTA event"
        ordering = ("cta", "at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["signal_key", "account"],
                condition=Q(signal_key__isnull=False),
                name="signal_used_once_per_account",
            ),
        ]
        indexes = [models.Index(fields=["account", "at"], name="cta_event_account")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.cta_id})"
