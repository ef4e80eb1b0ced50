from __future__ import annotations

import zoneinfo
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken

from accounts import access
from accounts.access import Ability


class Team(models.Model):
    name = models.CharField(max_length=120, unique=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Store a user; without a password nobody can sign in as them."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        fields |= {"role": User.Role.ADMIN, "is_staff": True, "is_superuser": True}
        return self.create_user(email, password, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """Signing in asks here: a phone that begins an address with a capital must not matter."""
        return self.get(email__iexact=username)


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(gettext("%(name)s is not a time zone."), params={"name": name})


class User(AbstractUser):
    """A person, or a service that calls the API; signs in by e-mail."""

    class Role(models.TextChoices):
        CSM = access.Role.CSM, _("CSM")
        MANAGER = access.Role.MANAGER, _("Manager")
        ADMIN = access.Role.ADMIN, _("Admin")
        VIEWER = access.Role.VIEWER, _("Viewer")
        SERVICE = access.Role.SERVICE, _("Service")

    username = None  # type: ignore[assignment]  # people sign in by e-mail
    email = models.EmailField(_("e-mail"), unique=True)
    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="members"
    )
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    country = models.CharField(
        max_length=2,
        blank=True,
        help_text=_("ISO code; its public holidays are not business days."),
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]  # no username here

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ("email",)
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_any_case"),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in access.Role]),
                name="user_role_known",
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    @property
    def sees_all(self) -> bool:
        return access.sees_all(self.role)

    def may(self, ability: Ability) -> bool:
        return access.allows(self.role, ability)

    @property
    def has_password(self) -> bool:
        """Whether the person signs in by one, and so may change it."""
        return not settings.SSO_ONLY and self.has_usable_password()

    @property
    def may_work(self) -> bool:
        return self.may(Ability.WORK_CTAS)

    @property
    def may_configure(self) -> bool:
        return self.may(Ability.CONFIGURE)


class ApiToken(AbstractAuthToken):
    """A service's key to the API: only its digest is stored; scopes narrow its user's role."""

    name = models.CharField(max_length=120)
    scopes = models.JSONField(
        default=list, help_text=_("Abilities: read, work_ctas, ingest, configure.")
    )
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        ordering = ("name",)

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"
