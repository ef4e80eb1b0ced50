"""What a customer wants to achieve: success plans and their objectives."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.customers import Account
from accounts.models.people import User
from accounts.querysets import ObjectiveQuerySet, SuccessPlanQuerySet


class SuccessPlan(models.Model):
    """What an account and its CSM have agreed to work for. Its dates tell its state on a former day."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("Active")
        CLOSED = "closed", _("Closed")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="success_plans")
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    strategy = models.TextField(blank=True, help_text=_("How the customer gets there. Markdown."))
    highlights = models.TextField(blank=True, help_text=_("What was achieved so far. Markdown."))
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    objects: ClassVar[SuccessPlanQuerySet] = SuccessPlanQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("account", "-created_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft", activated_at=None, closed_at=None)
                | Q(state="active", activated_at__isnull=False, closed_at=None)
                | Q(state="closed", closed_at__isnull=False),
                name="success_plan_state_is_dated",
            ),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="success_plan_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_documented(self) -> bool:
        """Whether strategy and highlights are filled."""
        return bool(self.strategy.strip() and self.highlights.strip())


class Objective(models.Model):
    """One thing to achieve, with where it stands: a verified outcome is the last step."""

    class Outcome(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        ACCEPTED = "accepted", _("Accepted")
        DELIVERED = "delivered", _("Delivered")
        VERIFIED = "verified", _("Verified")
        DROPPED = "dropped", _("Dropped")

    plan = models.ForeignKey(SuccessPlan, on_delete=models.CASCADE, related_name="objectives")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="objectives")
    title = models.CharField(max_length=200)
    baseline = models.CharField(max_length=200, blank=True, help_text=_("Where it starts from."))
    target = models.CharField(max_length=200, blank=True, help_text=_("What is to be reached."))
    due_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.PROPOSED)
    note = models.TextField(blank=True, help_text=_("What shows that it was reached. Markdown."))
    created_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    objects: ClassVar[ObjectiveQuerySet] = ObjectiveQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("plan", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="verified", verified_at__isnull=False)
                | (~Q(outcome="verified") & Q(verified_at=None)),
                name="objective_verified_iff_dated",
            ),
            models.CheckConstraint(
                condition=Q(outcome="dropped", dropped_at__isnull=False)
                | (~Q(outcome="dropped") & Q(dropped_at=None)),
                name="objective_dropped_iff_dated",
            ),
        ]

    def __str__(self) -> str:
        return self.title
