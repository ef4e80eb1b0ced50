from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self
from urllib.parse import urlencode

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """One's own, and those that members of one's team share."""
        if not isinstance(user, User):
            return self.none()
        shared = Q(is_shared=True, owner__team=user.team_id) if user.team_id else Q(pk__in=[])
        return self.filter(Q(owner=user) | shared)


class SavedView(models.Model):
    """A queue as somebody likes to see it: the parameters of its address, under a name."""

    owner = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="saved_views", db_index=False
    )
    name = models.CharField(max_length=60)
    params = models.JSONField(default=dict, blank=True, help_text=_("Of the queue's address."))
    is_shared = models.BooleanField(
        _("shared"), default=False, help_text=_("With the owner's team.")
    )
    is_default = models.BooleanField(
        _("default"), default=False, help_text=_("What the owner's queue opens with.")
    )

    objects: ClassVar[SavedViewQuerySet] = SavedViewQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("name", "pk")
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="saved_view_once_per_name"),
            models.UniqueConstraint(
                fields=["owner"], condition=Q(is_default=True), name="one_default_view_per_owner"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """What follows the queue's path."""
        return f"?{urlencode(self.params)}"
