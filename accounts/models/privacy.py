"""What customers have agreed to, what was erased on their wish, and how long things are kept."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models.customers import Account
from accounts.models.people import User
from accounts.querysets import ConsentQuerySet


class Consent(models.Model):
    """What an account agreed to for a category of data: each change is a row, the newest one holds."""

    class Category(models.TextChoices):
        OPERATIONAL = "operational", _("Operational")
        SUBSCRIPTION = "subscription", _("Subscription")
        OPTIONAL = "optional", _("Optional")

    class State(models.TextChoices):
        GRANTED = "granted", _("Granted")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Source(models.TextChoices):
        CONTRACT = "contract", _("Contract")
        CUSTOMER = "customer", _("Customer's request")
        IMPORT = "import", _("Import")
        API = "api", _("API")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="consents")
    category = models.CharField(max_length=20, choices=Category)
    number = models.PositiveIntegerField(help_text=_("1 is the first of its account and category."))
    state = models.CharField(max_length=10, choices=State)
    since = models.DateTimeField()
    by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text=_("Who noted it; empty: the system."),
    )  # fmt: skip
    source = models.CharField(max_length=10, choices=Source)
    note = models.CharField(max_length=500, blank=True)
    erased = models.JSONField(
        default=dict, blank=True, help_text=_("How many rows lost data by it, by kind.")
    )

    objects: ClassVar[ConsentQuerySet] = ConsentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("account", "category", "-number")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "category", "number"], name="consent_changes_in_order"
            ),
            models.CheckConstraint(
                condition=Q(category__in=["operational", "subscription", "optional"]),
                name="consent_category_known",
            ),
            models.CheckConstraint(
                condition=Q(state="granted") | Q(state="withdrawn", category="optional"),
                name="consent_only_optional_is_withdrawn",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()}: {self.get_state_display().lower()}"


class Erasure(models.Model):
    """That a customer's or a contact's data was erased, and how much; says nothing of whose."""

    class Subject(models.TextChoices):
        ACCOUNT = "account", _("Account")
        CONTACT = "contact", _("Contact")

    subject = models.CharField(max_length=10, choices=Subject)
    subject_id = models.BigIntegerField(help_text=_("The row's key while it was there."))
    requested_at = models.DateTimeField()
    by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text=_("Empty: a command."),
    )  # fmt: skip
    finished_at = models.DateTimeField(null=True, blank=True)
    erased = models.JSONField(default=dict, blank=True, help_text=_("Rows by kind."))

    class Meta:
        ordering = ("-requested_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["subject", "subject_id"], name="erasure_once"),
        ]

    def __str__(self) -> str:
        return f"Erased {self.subject} {self.requested_at:%Y-%m-%d} (no. {self.pk})"


class ErasedKey(models.Model):
    """A keyed hash of an id that must not come back by an import or a payload."""

    class Kind(models.TextChoices):
        ACCOUNT = "account", _("Account")
        INSTANCE = "instance", _("Instance")
        LICENSE = "license", _("Licence")

    erasure = models.ForeignKey(Erasure, on_delete=models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=10, choices=Kind)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("erased key")
        ordering = ("erasure", "kind", "pk")
        constraints = [
            models.UniqueConstraint(fields=["kind", "digest"], name="erased_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.digest[:8]}…"


class RetainedContract(models.Model):
    """What the law makes one keep of a contract whose customer was erased."""

    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="contracts")
    external_id = models.CharField(max_length=120, unique=True, help_text=_("Of the subscription."))
    plan = models.CharField(max_length=60)
    delivery = models.CharField(max_length=20)
    start_date = models.DateField()
    end_date = models.DateField(null=True, blank=True)
    seats = models.PositiveIntegerField(null=True, blank=True)
    arr = models.DecimalField(_("ARR"), max_digits=14, decimal_places=2)
    erased_at = models.DateTimeField()

    class Meta:
        ordering = ("-erased_at", "external_id")

    def __str__(self) -> str:
        return self.external_id


class RetentionRule(models.Model):
    """How many days one kind of data is kept; while it is not enabled, all of it is."""

    kind = models.CharField(max_length=40, unique=True)
    days = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    enabled = models.BooleanField(default=False)

    history = HistoricalRecords()

    class Meta:
        ordering = ("kind",)
        constraints = [
            models.CheckConstraint(condition=Q(days__gte=1), name="retention_of_a_day_at_least"),
        ]

    def __str__(self) -> str:
        return self.kind.replace("_", " ").capitalize()
