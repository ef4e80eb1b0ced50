from __future__ import annotations

from typing import ClassVar

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models.customers import Account
from accounts.querysets import LicenseQuerySet, SubscriptionQuerySet


class Delivery(models.TextChoices):
    """How software reaches a customer: of a subscription what was sold, of an instance how it runs."""

    SELF_MANAGED = "Self-Managed", _("Self-Managed")
    SAAS = "SaaS", _("SaaS")
    DEDICATED = "Dedicated", _("Dedicated")


class Plan(models.Model):
    name = models.CharField(max_length=60, unique=True)
    rank = models.PositiveSmallIntegerField(unique=True, help_text=_("Higher is a higher tier."))

    class Meta:
        ordering = ("rank",)

    def __str__(self) -> str:
        return self.name


class Subscription(models.Model):
    """What an account bought."""

    external_id = models.CharField(max_length=120, unique=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="subscriptions")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="subscriptions")
    delivery = models.CharField(max_length=20, choices=Delivery)
    start_date = models.DateField()
    end_date = models.DateField(
        null=True, blank=True, help_text=_("The last day; also the renewal date.")
    )
    seats = models.PositiveIntegerField(null=True, blank=True, help_text=_("Empty: not known."))
    arr = models.DecimalField(
        _("ARR"), max_digits=14, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )

    history = HistoricalRecords()
    objects: ClassVar[SubscriptionQuerySet] = SubscriptionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("account", "external_id")
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date=None) | Q(end_date__gte=F("start_date")),
                name="subscription_ends_after_start",
            ),
            models.CheckConstraint(condition=Q(arr__gte=0), name="subscription_arr_not_negative"),
            models.CheckConstraint(
                condition=Q(delivery__in=Delivery.values), name="subscription_delivery_known"
            ),
        ]
        indexes = [models.Index(fields=["end_date"], name="subscription_end_date")]

    def __str__(self) -> str:
        return self.external_id


class License(models.Model):
    """A key issued for a subscription: its hashes tie an unknown instance to it."""

    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="licenses"
    )
    md5 = models.CharField(
        _("MD5"), max_length=32, null=True, blank=True, unique=True,
        validators=[RegexValidator(r"^[0-9a-f]{32}$", "32 hexadecimal digits, lower case.")],
    )  # fmt: skip
    sha256 = models.CharField(
        _("SHA-256"), max_length=64, null=True, blank=True, unique=True,
        validators=[RegexValidator(r"^[0-9a-f]{64}$", "64 hexadecimal digits, lower case.")],
    )  # fmt: skip
    issued_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)

    objects: ClassVar[LicenseQuerySet] = LicenseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("subscription", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(md5__isnull=False) | Q(sha256__isnull=False), name="license_has_a_hash"
            ),
        ]

    def __str__(self) -> str:
        return f"License of {self.subscription_id}: {(self.sha256 or self.md5 or '')[:8]}…"
