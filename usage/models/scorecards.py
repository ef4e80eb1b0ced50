"""An edition's health scorecard as rows: groups of measures beside the product score."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Account
from usage.models.editions import Color, Edition, EditionPart


class HealthGroup(EditionPart):
    """One part of customer health; what it weighs stands with the weights of the overall composite."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="health_groups")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField()

    history = HistoricalRecords()

    class Meta:
        ordering = ("edition", "position")
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "code"], name="health_group_once_per_edition"
            ),
            models.UniqueConstraint(
                fields=["edition", "position"], name="health_group_position_once_per_edition"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class HealthMeasure(EditionPart):
    """One number of a group, read from timeline, plans, support, surveys, or set by hand."""

    class Source(models.TextChoices):
        SENTIMENT = "sentiment", _("CSM sentiment (0 red, 1 yellow, 2 green)")
        SUCCESS_PLAN = "success_plan", _("Success plan (0 none, 1 begun, 2 complete)")
        SUPPORT_VOLUME = "support_volume", _("Support cases opened in a month")
        URGENT_CASES = "urgent_cases", _("Urgent cases (0 none, 1 closed lately, 2 open)")
        NPS = "nps", _("NPS of the answers (-100 to 100)")
        CSAT = "csat", _("Mean CSAT of the answers (1 to 5)")
        MEETING_AGE = "meeting_age", _("Days since the last call or meeting")
        PERSONAS = "personas", _("How many of the personas took part in three months")
        MANUAL = "manual", _("Set by hand (0 red, 1 yellow, 2 green)")

    group = models.ForeignKey(HealthGroup, on_delete=models.CASCADE, related_name="measures")
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    source = models.CharField(max_length=20, choices=Source)
    position = models.PositiveSmallIntegerField()
    weight = models.FloatField(default=1, validators=[MinValueValidator(0)])
    stale_after_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("NA after so many days; empty: never.")
    )
    flagged_after_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Marked as old after so many days; empty: never.")
    )
    counts_from_first_day = models.BooleanField(
        default=False, help_text=_("Counts in an account's first days too.")
    )
    overrides = models.BooleanField(
        default=False, help_text=_("Its Red makes the overall colour Red whatever the rest says.")
    )
    segments = models.JSONField(
        default=list, blank=True, help_text=_("Segments it is limited to; empty: all.")
    )
    except_segments = models.JSONField(
        default=list, blank=True, help_text=_("Segments it is not for.")
    )
    personas = models.JSONField(
        default=list, blank=True, help_text=_("For the source personas: which ones count.")
    )

    edition_path = "group.edition"
    history = HistoricalRecords()

    class Meta:
        ordering = ("group", "position")
        constraints = [
            models.UniqueConstraint(fields=["group", "code"], name="health_measure_once_per_group"),
            models.UniqueConstraint(
                fields=["group", "position"], name="health_measure_position_once_per_group"
            ),
            models.CheckConstraint(
                condition=Q(weight__gt=0), name="health_measure_weight_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class HealthBand(EditionPart):
    """One colour of a health measure between two bounds, for accounts of one priority or of all."""

    measure = models.ForeignKey(HealthMeasure, on_delete=models.CASCADE, related_name="bands")
    color = models.CharField(max_length=6, choices=Color)
    lower = models.FloatField(null=True, blank=True, help_text=_("Empty: no lower bound."))
    lower_closed = models.BooleanField(default=False)
    upper = models.FloatField(null=True, blank=True, help_text=_("Empty: no upper bound."))
    upper_closed = models.BooleanField(default=False)
    priority = models.PositiveSmallIntegerField(
        choices=Account.Priority,
        null=True,
        blank=True,
        help_text=_("Empty: accounts of any priority."),
    )

    edition_path = "measure.group.edition"
    history = HistoricalRecords()

    class Meta:
        ordering = (
            "measure",
            F("priority").asc(nulls_first=True),
            F("lower").asc(nulls_first=True),
        )
        constraints = [
            models.CheckConstraint(
                condition=Q(lower=None) | Q(upper=None) | Q(lower__lte=F("upper")),
                name="health_band_lower_below_upper",
            ),
            models.CheckConstraint(
                condition=Q(color__in=["Red", "Yellow", "Green"]), name="health_band_color_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.color} of {self.measure_id}"
