"""What customers tell: support cases and answers to surveys; and what a person judges by hand."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.customers import Account, Contact
from accounts.models.people import User
from accounts.querysets import (
    ManualMeasureQuerySet,
    SupportCaseQuerySet,
    SurveyResponseQuerySet,
)


class SupportCase(models.Model):
    """A ticket at the vendor's support, as its own system says it."""

    class Priority(models.TextChoices):
        LOW = "low", _("Low")
        NORMAL = "normal", _("Normal")
        HIGH = "high", _("High")
        URGENT = "urgent", _("Urgent")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="support_cases", db_index=False
    )
    external_id = models.CharField(max_length=120, help_text=_("The support system's own id."))
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: it is open."))
    priority = models.CharField(max_length=10, choices=Priority, default=Priority.NORMAL)
    subject = models.CharField(max_length=255, blank=True)
    updated_at = models.DateTimeField()

    objects: ClassVar[SupportCaseQuerySet] = SupportCaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-opened_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "external_id"], name="support_case_once_per_account"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")),
                name="support_case_closed_after_opened",
            ),
            models.CheckConstraint(
                condition=Q(priority__in=["low", "normal", "high", "urgent"]),
                name="support_case_priority_known",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "opened_at"], name="support_case_of_account"),
            models.Index(
                fields=["account", "closed_at"],
                condition=Q(priority="urgent"),
                name="support_case_urgent",
            ),
            models.Index(fields=["-opened_at", "-id"], name="support_case_newest"),
        ]

    def __str__(self) -> str:
        return self.external_id


class SurveyResponse(models.Model):
    """One answer to a survey: NPS 0-10, CSAT 1-5."""

    class Kind(models.TextChoices):
        NPS = "nps", _("NPS")
        CSAT = "csat", _("CSAT")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="survey_responses", db_index=False
    )
    external_id = models.CharField(max_length=120, help_text=_("The survey tool's own id."))
    kind = models.CharField(max_length=10, choices=Kind)
    score = models.PositiveSmallIntegerField(help_text=_("NPS 0-10, CSAT 1-5."))
    answered_at = models.DateTimeField()
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="survey_responses"
    )
    comment = models.TextField(blank=True)
    updated_at = models.DateTimeField()

    objects: ClassVar[SurveyResponseQuerySet] = SurveyResponseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-answered_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "external_id"], name="survey_response_once_per_account"
            ),
            models.CheckConstraint(
                condition=Q(kind="nps", score__range=(0, 10)) | Q(kind="csat", score__range=(1, 5)),
                name="survey_response_score_in_range",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "kind", "answered_at"], name="survey_response_of_account"
            ),
            models.Index(fields=["-answered_at", "-id"], name="survey_response_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.score}"


class ManualMeasure(models.Model):
    """What a person judged by hand of a measure of health: each judgement is a row, the newest holds."""

    class Color(models.TextChoices):
        RED = "Red", _("Red")
        YELLOW = "Yellow", _("Yellow")
        GREEN = "Green", _("Green")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="manual_measures")
    measure = models.SlugField(max_length=60, help_text=_("The code of a measure of the edition."))
    color = models.CharField(
        max_length=6, choices=Color, blank=True, help_text=_("Empty: not known any more (NA).")
    )
    author = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    comment = models.TextField(blank=True)
    at = models.DateTimeField()

    objects: ClassVar[ManualMeasureQuerySet] = ManualMeasureQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("account", "measure", "-at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(color__in=["", "Red", "Yellow", "Green"]),
                name="manual_measure_color_known",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "measure", "-at"], name="manual_measure_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.measure}: {self.color or 'NA'}"
