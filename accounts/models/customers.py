from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models.people import Team, User
from accounts.querysets import AccountQuerySet, ContactQuerySet


class Account(models.Model):
    """A customer, or a company on a free plan or trial."""

    class Priority(models.IntegerChoices):
        HIGH = 1, _("1 (high touch)")
        STANDARD = 2, _("2 (standard)")

    external_id = models.CharField(max_length=120, unique=True, help_text=_("The vendor's own id."))
    name = models.CharField(max_length=255)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children"
    )
    customer_since = models.DateField()
    segment = models.CharField(max_length=60, blank=True)
    industry = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=60, blank=True)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.STANDARD)
    csm = models.ForeignKey(
        User,
        verbose_name=_("CSM"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="accounts",
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="accounts"
    )
    shares_optional_data = models.BooleanField(
        default=True,
        help_text=_("Off: optional metrics are not stored and what was stored is erased."),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()
    objects: ClassVar[AccountQuerySet] = AccountQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("name", "pk")
        constraints = [
            models.CheckConstraint(condition=~Q(parent=F("id")), name="account_not_its_own_parent"),
        ]
        indexes = [
            models.Index(Upper("name"), name="account_name_upper"),
            models.Index(fields=["customer_since"], name="account_customer_since"),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """A person at an account."""

    class Persona(models.TextChoices):
        DEVELOPMENT_LEAD = "development_lead", _("Development lead")
        SECURITY_LEAD = "security_lead", _("Security lead")
        EXECUTIVE_SPONSOR = "executive_sponsor", _("Executive sponsor")
        ADMINISTRATOR = "administrator", _("Administrator")
        PROCUREMENT = "procurement", _("Procurement")
        END_USER = "end_user", _("End user")
        OTHER = "other", _("Other")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=200)
    email = models.EmailField(_("e-mail"))
    title = models.CharField(max_length=200, blank=True)
    persona = models.CharField(max_length=20, choices=Persona, default=Persona.OTHER)
    opted_out_of_email = models.BooleanField(default=False)
    opted_out_of_surveys = models.BooleanField(default=False)

    history = HistoricalRecords()
    objects: ClassVar[ContactQuerySet] = ContactQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("account", "name")
        constraints = [
            models.UniqueConstraint(fields=["account", "email"], name="contact_once_per_account"),
        ]

    def __str__(self) -> str:
        return self.name
