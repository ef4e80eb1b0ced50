"""What happened between a customer and us: dated activities, and who took part."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.mentions import with_names
from accounts.models.customers import Account, Contact
from accounts.models.people import User
from accounts.querysets import (
    AttendanceQuerySet,
    MentionQuerySet,
    TimelineActivityQuerySet,
)


class TimelineActivity(models.Model):
    """One entry of an account's timeline. A deleted one stays a while, so that it can be brought back."""

    class Kind(models.TextChoices):
        CALL = "call", _("Call")
        MEETING = "meeting", _("Meeting")
        EMAIL = "email", _("E-mail")
        UPDATE = "update", _("Update")
        HEALTH_UPDATE = "health_update", _("Health update")
        WORKSHOP = "workshop", _("Workshop")
        EBR = "ebr", _("EBR")
        ESCALATION = "escalation", _("Escalation")

    class Sentiment(models.TextChoices):
        RED = "red", _("Red")
        YELLOW = "yellow", _("Yellow")
        GREEN = "green", _("Green")

    ENGAGEMENTS = (Kind.CALL, Kind.MEETING)

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="activities", db_index=False
    )
    key = models.UUIDField(
        default=uuid.uuid4,
        help_text=_("The same key twice is the same entry: a call may be repeated."),
    )
    kind = models.CharField(max_length=20, choices=Kind)
    happened_at = models.DateTimeField()
    subject = models.CharField(max_length=200)
    notes = models.TextField(blank=True, help_text=_("Markdown."))
    sentiment = models.CharField(
        max_length=6,
        choices=Sentiment,
        blank=True,
        help_text=_("How the CSM sees the account now."),
    )
    author = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="activities"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TimelineActivityQuerySet] = TimelineActivityQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("timeline activity")
        verbose_name_plural = _("timeline activities")
        ordering = ("-happened_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="activity_once_per_account"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "call", "meeting", "email", "update", "health_update", "workshop", "ebr",
                        "escalation",
                    ]
                ),
                name="activity_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(sentiment__in=["", "red", "yellow", "green"]),
                name="activity_sentiment_known",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["account", "-happened_at", "-id"],
                condition=Q(deleted_at=None),
                name="activity_of_account",
            ),
            models.Index(
                fields=["account", "-happened_at"],
                condition=Q(kind__in=["call", "meeting"], deleted_at=None),
                name="activity_engagement",
            ),
            models.Index(
                fields=["account", "-happened_at"],
                condition=~Q(sentiment="") & Q(deleted_at=None),
                name="activity_sentiment",
            ),
            models.Index(fields=["-happened_at", "-id"], name="activity_newest"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def notes_with_names(self) -> str:
        """The notes, in which mentions say names. A query, unless mentions and their users are fetched."""
        people = [mention.user for mention in self.mentions.all()]
        return with_names(self.notes, {person.email.lower(): str(person) for person in people})


class ActivityTemplate(models.Model):
    """A text to start an entry from: a monthly health update, an EBR."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=TimelineActivity.Kind)
    subject = models.CharField(max_length=200)
    notes = models.TextField(help_text=_("Markdown."))
    asks_sentiment = models.BooleanField(
        default=False, help_text=_("An entry from it should say how the account stands.")
    )
    is_active = models.BooleanField(default=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Attendance(models.Model):
    """One who took part in an activity: a colleague, or a contact of the customer's."""

    activity = models.ForeignKey(
        TimelineActivity, on_delete=models.CASCADE, related_name="attendances"
    )
    account = models.ForeignKey(  # its activity's: what large tables are distributed by
        Account, on_delete=models.CASCADE, related_name="+", db_index=False, editable=False
    )
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="attendances"
    )

    objects: ClassVar[AttendanceQuerySet] = AttendanceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("activity", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "activity", "user"],
                condition=Q(user__isnull=False),
                name="attendance_of_user_once",
            ),
            models.UniqueConstraint(
                fields=["account", "activity", "contact"],
                condition=Q(contact__isnull=False),
                name="attendance_of_contact_once",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False, contact=None) | Q(user=None, contact__isnull=False),
                name="attendance_of_one",
            ),
        ]

    def __str__(self) -> str:
        return str(self.user or self.contact)


class Mention(models.Model):
    """One whom the notes of an activity name, and who sees its account: the first time it names them.

    It stays when the notes name them no longer: nobody is told twice.
    """

    activity = models.ForeignKey(
        TimelineActivity, on_delete=models.CASCADE, related_name="mentions"
    )
    account = models.ForeignKey(  # its activity's: what large tables are distributed by
        Account, on_delete=models.CASCADE, related_name="+", db_index=False, editable=False
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    objects: ClassVar[MentionQuerySet] = MentionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("activity", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "activity", "user"], name="mention_once_per_activity"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)
