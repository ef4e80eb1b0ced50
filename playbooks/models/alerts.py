"""Who is told what: alerts, how each person wants them, and what was sent where."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from playbooks import alerting
from playbooks.querysets import DeliveryQuerySet, FollowQuerySet, NotificationQuerySet

ALERT_KINDS = [(kind.value, label) for kind, label in alerting.KINDS.items()]


class Follow(models.Model):
    """Somebody wants to hear of an account that is not theirs, or also of one that is."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="follows")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="follows")
    since = models.DateTimeField()

    objects: ClassVar[FollowQuerySet] = FollowQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("user", "account")
        constraints = [
            models.UniqueConstraint(fields=["user", "account"], name="follow_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} follows {self.account}"


class Digest(models.Model):
    """The alerts of a person's day in one e-mail: once a day, and none where nothing happened."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="digests")
    day = models.DateField(help_text=_("Where the person lives."))
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("-day", "user")
        constraints = [
            models.UniqueConstraint(fields=["user", "day"], name="digest_once_per_user_and_day"),
        ]

    def __str__(self) -> str:
        return f"Digest of {self.day:%Y-%m-%d}"


class Notification(models.Model):
    """One thing that a person is told of. The key says what of: nobody is told of it twice."""

    class Subject(models.TextChoices):
        CTA = "cta", _("Call to action")
        ACCOUNT = "account", _("Account")
        JOB = "job", _("Job")

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="notifications", db_index=False
    )
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.CASCADE, related_name="notifications",
        help_text=_("Empty: of no customer."),
    )  # fmt: skip
    kind = models.CharField(max_length=20, choices=ALERT_KINDS)
    subject = models.CharField(max_length=10, choices=Subject)
    subject_id = models.BigIntegerField()
    title = models.CharField(max_length=300)
    text = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    source_key = models.CharField(max_length=200, editable=False)
    is_on_page = models.BooleanField(default=True)
    in_digest = models.BooleanField(default=False)
    digest = models.ForeignKey(
        Digest, null=True, blank=True, on_delete=models.SET_NULL, related_name="notifications"
    )
    read_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[NotificationQuerySet] = NotificationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("alert")
        ordering = ("-at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "source_key"], name="nobody_is_told_of_it_twice"
            ),
        ]
        indexes = [
            models.Index(
                fields=["user", "-at", "-id"], condition=Q(is_on_page=True), name="alert_page"
            ),
            models.Index(
                fields=["user"], condition=Q(is_on_page=True, read_at=None), name="alert_unread"
            ),
            models.Index(
                fields=["user", "at"],
                condition=Q(in_digest=True, digest=None, read_at=None),
                name="alert_waits_for_digest",
            ),
            models.Index(fields=["at"], name="alert_at"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        if self.subject == self.Subject.CTA:
            return reverse("playbooks:cta", args=[self.subject_id])
        if self.subject == self.Subject.JOB:
            return reverse("accounts:job", args=[self.subject_id])
        return reverse("playbooks:account", args=[self.subject_id])


class AlertPreference(models.Model):
    """What a person has said of a kind and a channel; where nothing is said, the default holds."""

    class Channel(models.TextChoices):
        PAGE = alerting.Channel.PAGE, _("On the page")
        EMAIL_NOW = alerting.Channel.EMAIL_NOW, _("E-mail at once")
        EMAIL_DIGEST = alerting.Channel.EMAIL_DIGEST, _("Daily e-mail")
        SLACK = alerting.Channel.SLACK, _("Slack")
        WEBHOOK = alerting.Channel.WEBHOOK, _("Webhook")

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="alert_preferences", db_index=False
    )
    kind = models.CharField(max_length=20, choices=ALERT_KINDS)
    channel = models.CharField(max_length=20, choices=Channel)
    is_on = models.BooleanField()

    class Meta:
        ordering = ("user", "kind", "channel")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "channel"], name="preference_once_per_kind_and_channel"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_channel_display()}"


class AlertSchedule(models.Model):
    """When a person wants no alert, and at which hour the daily e-mail; by their own clock."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="alert_schedule")
    digest_hour = models.PositiveSmallIntegerField(
        default=alerting.DIGEST_HOUR, validators=[MaxValueValidator(23)]
    )
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)

    class Meta:
        ordering = ("user",)
        constraints = [
            models.CheckConstraint(
                condition=Q(digest_hour__range=(0, 23)), name="digest_hour_of_a_day"
            ),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_have_both_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"Hours of {self.user}"


class Endpoint(models.Model):
    """Where alerts go besides page and e-mail: a person's own, or one that all may send to.

    What signs a webhook is not stored: it follows from SECRET_KEY, this row's key and its version.
    """

    class Kind(models.TextChoices):
        SLACK = "slack", _("Slack")
        WEBHOOK = "webhook", _("Webhook")

    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.CASCADE, related_name="endpoints",
        help_text=_("Empty: of the organisation, for whoever has none of their own."),
    )  # fmt: skip
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=120)
    webhook_url = models.CharField(
        _("address"),
        max_length=2_000,
        help_text=_("Slack's holds a secret: it is not shown again."),
    )
    key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    secret_version = models.PositiveSmallIntegerField(default=1, editable=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("kind", "name", "pk")

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        """All that may be shown of the address."""
        return self.webhook_url.split("://", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1]


class Delivery(models.Model):
    """One message to one place. The key says what goes where: it goes there once.

    queued ──claim──> sending ──> sent
      ^                  │
      └── retrying <─────┴──> dead (tried too often, or refused for good) ──send again──> queued
    """

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        SLACK = "slack", _("Slack")
        WEBHOOK = "webhook", _("Webhook")

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        RETRYING = "retrying", _("Waits for another attempt")
        SENT = "sent", _("Sent")
        DEAD = "dead", _("Given up")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="deliveries")
    notification = models.ForeignKey(
        Notification, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    digest = models.ForeignKey(
        Digest, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    channel = models.CharField(max_length=10, choices=Channel)
    endpoint = models.ForeignKey(
        Endpoint, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries",
        help_text=_("Empty: the person's e-mail, or the Slack of the settings."),
    )  # fmt: skip
    key = models.CharField(max_length=255, unique=True, editable=False)
    message_id = models.UUIDField(
        default=uuid.uuid4, editable=False, help_text=_("The same in every attempt.")
    )
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[DeliveryQuerySet] = DeliveryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = _("deliveries")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(notification__isnull=False, digest=None)
                | Q(notification=None, digest__isnull=False),
                name="delivery_of_an_alert_or_a_digest",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at=None)),
                name="delivery_sent_iff_sent_at",
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before", "id"],
                condition=Q(state__in=["queued", "retrying"]),
                name="delivery_waits",
            ),
            models.Index(
                fields=["claimed_at"], condition=Q(state="sending"), name="delivery_sending"
            ),
            models.Index(fields=["-id"], condition=Q(state="dead"), name="delivery_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} to {self.target}"

    @property
    def target(self) -> str:
        if self.channel == self.Channel.EMAIL:
            return self.user.email
        return str(self.endpoint) if self.endpoint else "the Slack of SLACK_WEBHOOK_URL"


class AlertWatermark(models.Model):
    """How far alerts have been made from a kind of row; see playbooks.services.alerts.watermarks."""

    name = models.CharField(max_length=40, primary_key=True)
    settled_id = models.BigIntegerField(default=0)
    pending_id = models.BigIntegerField(default=0)
    pending_transaction = models.BigIntegerField(default=0)
    pending_at = models.DateTimeField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return f"{self.name}: {self.settled_id}"
