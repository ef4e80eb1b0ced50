from __future__ import annotations

from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from playbooks.models.playbooks import PlaybookVersion, Step
from playbooks.querysets import CallToActionQuerySet, CTAEventQuerySet, TaskQuerySet
from playbooks.queue import NO_POINTS_RANK
from playbooks.statuses import OF_ANY_TYPE, OF_ONE_TYPE, OPEN


class CTAType(models.TextChoices):
    RISK = "risk", _("Risk")
    LIFECYCLE = "lifecycle", _("Lifecycle")
    EXPANSION = "expansion", _("Expansion")
    OBJECTIVE = "objective", _("Objective")
    ACTIVITY = "activity", _("Activity")
    RENEWAL = "renewal", _("Renewal")
    DIGITAL_JOURNEY = "digital_journey", _("Digital journey")
    ESCALATION = "escalation", _("Escalation")


class Priority(models.IntegerChoices):
    HIGH = 1, _("High")
    MEDIUM = 2, _("Medium")
    LOW = 3, _("Low")


class RiskImpact(models.TextChoices):
    """What is lost where a risk comes true."""

    CHURN = "churn", _("Churn")
    TIER_DOWNGRADE = "tier_downgrade", _("Tier downgrade")
    SEAT_CHURN = "seat_churn", _("Seat churn")
    SENTIMENT = "sentiment", _("Sentiment")
    COMPETITOR = "competitor", _("Competitor")


class RiskReason(models.TextChoices):
    """What a risk comes from."""

    ADOPTION = "adoption", _("Lack of adoption")
    PRODUCT_GAPS = "product_gaps", _("Product value or gaps")
    PRODUCT_QUALITY = "product_quality", _("Product quality or availability")
    ENGAGEMENT = "engagement", _("Lack of engagement or of a sponsor")
    BUDGET = "budget", _("Loss of budget")
    CORPORATE_DECISION = "corporate_decision", _("Corporate decision")
    OTHER = "other", _("Other")


STATUS_FITS_TYPE = reduce(
    or_,
    [Q(type=of, status__in=list(statuses)) for of, statuses in OF_ONE_TYPE.items()],
    Q(status__in=[*OPEN, *OF_ANY_TYPE]),
)


class CallToAction(models.Model):
    """One thing a CSM should do for one account."""

    class Status(models.TextChoices):
        NEW = "new", _("New")
        IN_PROGRESS = "in_progress", _("Work in progress")
        SUCCESS = "success", _("Success")
        LOST_NOT_A_PRIORITY = "lost_not_a_priority", _("Lost: not a priority")
        ALREADY_SOLVED = "already_solved", _("Already solved")
        NOT_RELEVANT = "not_relevant", _("Not relevant (false alarm)")
        LACK_OF_ENGAGEMENT = "lack_of_engagement", _("Lack of engagement")
        NOT_NEEDED = "not_needed", _("Not needed")
        LOST_COMPETITION = "lost_competition", _("Lost: competitive loss")
        LOST_PRODUCT_GAPS = "lost_product_gaps", _("Lost: product gaps")
        LOST_TEAM_UNENGAGED = "lost_team_unengaged", _("Lost: responsible team unengaged")
        LOST_NO_VALUE_SEEN = "lost_no_value_seen", _("Lost: didn't see value")
        LOST_DEFERRED = "lost_deferred", _("Lost: deferred")
        LOST_NO_BUDGET = "lost_no_budget", _("Lost: lack of budget")

    OPEN_STATUSES = (Status.NEW, Status.IN_PROGRESS)

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="ctas", db_index=False
    )
    trigger = models.ForeignKey(
        "Trigger", null=True, blank=True, on_delete=models.SET_NULL, related_name="ctas",
        help_text=_("Empty: made by hand."),
    )  # fmt: skip
    type = models.CharField(max_length=20, choices=CTAType)
    reason = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=500, blank=True, help_text=_("Why, in one line."))
    status = models.CharField(max_length=24, choices=Status, default=Status.NEW)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.MEDIUM)
    is_important = models.BooleanField(
        _("important"), default=False, db_default=False, help_text=_("Marked by a person.")
    )
    risk_impact = models.CharField(
        max_length=24, choices=RiskImpact, blank=True, default="", db_default="",
        help_text=_("Of a risk: what would be lost."),
    )  # fmt: skip
    risk_reason = models.CharField(
        max_length=24, choices=RiskReason, blank=True, default="", db_default="",
        help_text=_("Of a risk: what it comes from."),
    )  # fmt: skip
    component = models.SlugField(max_length=40, blank=True)
    period = models.DateField(null=True, blank=True, help_text=_("Month of its newest evidence."))
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="ctas"
    )
    opened_at = models.DateTimeField()
    due_on = models.DateField()
    original_due_on = models.DateField(editable=False)
    snoozed_until = models.DateField(null=True, blank=True)  # the last day asleep
    snooze_reason = models.CharField(max_length=300, blank=True)
    woke_on = models.DateField(
        null=True, blank=True, editable=False, help_text=_("The day on which a snooze ended.")
    )
    queue_rank = models.SmallIntegerField(
        default=NO_POINTS_RANK,
        db_default=NO_POINTS_RANK,
        editable=False,
        help_text=_("The lower, the sooner it is to be worked: see `playbooks.queue`."),
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    evidence = models.JSONField(
        default=list,
        blank=True,
        help_text=_("What it was opened by and what was added, oldest first."),
    )
    playbook_version = models.ForeignKey(
        PlaybookVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="ctas"
    )
    dedupe_key = models.CharField(
        max_length=200,
        help_text=_("At most one live CTA has it: trigger kind, account, component."),
    )

    objects: ClassVar[CallToActionQuerySet] = CallToActionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("call to action")
        verbose_name_plural = _("calls to action")
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
            models.CheckConstraint(
                condition=Q(type=CTAType.RISK) | Q(risk_impact="", risk_reason=""),
                name="cta_risk_fields_of_risks_only",
            ),
            models.CheckConstraint(condition=STATUS_FITS_TYPE, name="cta_status_fits_type"),
        ]
        indexes = [
            models.Index(
                fields=["owner", "queue_rank", "due_on", "id"],
                condition=Q(closed_at=None),
                name="cta_open_ranked",
            ),
            models.Index(
                fields=["queue_rank", "due_on", "id", "snoozed_until", "type", "priority"],
                condition=Q(closed_at=None),
                name="cta_open_everyones_ranked",
            ),
            models.Index(
                fields=["woke_on", "due_on"],
                condition=Q(closed_at=None, woke_on__isnull=False),
                name="cta_open_woke",
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
                fields=["reason", "due_on", "snoozed_until", "type"],
                condition=Q(closed_at=None),
                name="cta_open_reason",
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

    def is_asleep_on(self, day: date) -> bool:
        """Whether it is snoozed on a day of the organisation."""
        return self.snoozed_until is not None and self.snoozed_until >= day

    @property
    def wakes_on(self) -> date | None:
        """The first day on which it is back in the queue."""
        return self.snoozed_until and self.snoozed_until + timedelta(days=1)

    @property
    def variance_days(self) -> int:
        """By how many days it is due later than was first planned; earlier is negative."""
        return (self.due_on - self.original_due_on).days


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
        OPENED = "opened", _("Opened")
        SIGNAL_ADDED = "signal_added", _("Evidence added")
        STARTED = "started", _("Work started")
        TASK_DONE = "task_done", _("Task done")
        TASK_REOPENED = "task_reopened", _("Task reopened")
        SNOOZED = "snoozed", _("Snoozed")
        WOKE = "woke", _("Woke")
        COMMENTED = "commented", _("Comment")
        CLOSED = "closed", _("Closed")
        REOPENED = "reopened", _("Reopened")
        REASSIGNED = "reassigned", _("Reassigned")
        RISK_ASSESSED = "risk_assessed", _("Risk assessed")
        MARKED_IMPORTANT = "marked_important", _("Marked as important")
        UNMARKED_IMPORTANT = "unmarked_important", _("No longer marked as important")
        RESCHEDULED = "rescheduled", _("Due date moved")
        RESCHEDULE_UNDONE = "reschedule_undone", _("Due date moved back")
        LINKED = "linked", _("Link added")
        UNLINKED = "unlinked", _("Link removed")

    MOVES = (Kind.RESCHEDULED, Kind.RESCHEDULE_UNDONE)

    cta = models.ForeignKey(CallToAction, on_delete=models.CASCADE, related_name="events")
    account = models.ForeignKey(  # its CTA's, as a task has it
        Account, on_delete=models.CASCADE, related_name="+", db_index=False, editable=False
    )
    kind = models.CharField(max_length=20, choices=Kind)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text=_("Empty: the system."),
    )  # fmt: skip
    text = models.TextField(blank=True)
    detail = models.JSONField(default=dict, blank=True)
    signal_key = models.CharField(  # noqa: DJ001 - unique where there is one
        max_length=200, null=True, blank=True, editable=False
    )

    objects: ClassVar[CTAEventQuerySet] = CTAEventQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("CTA event")
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
