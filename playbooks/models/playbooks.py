from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import User


class DayKind(models.TextChoices):
    CALENDAR = "calendar", _("Calendar days")
    BUSINESS = "business", _("Business days")


class Playbook(models.Model):
    """A template of tasks; a CTA pins the version it was created from."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class PlaybookVersion(models.Model):
    """One dated set of steps. Steps of a version that a CTA uses do not change: make a new one."""

    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    digest = models.CharField(
        max_length=32, editable=False, help_text=_("BLAKE2b-128 of its steps.")
    )
    published_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: a draft."))

    history = HistoricalRecords()

    class Meta:
        ordering = ("playbook", "-number")
        constraints = [
            models.UniqueConstraint(
                fields=["playbook", "number"], name="playbook_version_number_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.playbook}, version {self.number}"


class Step(models.Model):
    """One task to come of a playbook version."""

    class OwnerRule(models.TextChoices):
        CTA_OWNER = "cta_owner", _("Owner of the CTA")
        NAMED_USER = "named_user", _("A named user")

    version = models.ForeignKey(PlaybookVersion, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    instructions = models.TextField(blank=True)
    questions = models.TextField(blank=True, help_text=_("Discovery questions, one a line."))
    links = models.JSONField(default=list, blank=True, help_text=_('[{"title": …, "url": …}]'))
    days_after_start = models.PositiveSmallIntegerField(default=0)
    day_kind = models.CharField(max_length=10, choices=DayKind, default=DayKind.BUSINESS)
    owner_rule = models.CharField(max_length=12, choices=OwnerRule, default=OwnerRule.CTA_OWNER)
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_required = models.BooleanField(default=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ("version", "position")
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="step_position_once"),
            models.CheckConstraint(
                condition=~Q(owner_rule="named_user") | Q(owner__isnull=False),
                name="step_named_user_is_named",
            ),
        ]

    def __str__(self) -> str:
        return self.title
