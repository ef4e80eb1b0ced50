from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from accounts.querysets import account_scope

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from playbooks.models import CallToAction, CTAEvent, Task


class CallToActionQuerySet(models.QuerySet["CallToAction"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))

    def live(self) -> Self:
        """Not closed; a snoozed one is live."""
        return self.filter(closed_at=None)

    def awake_on(self, day: date) -> Self:
        """Live and not snoozed beyond the day: what a queue shows."""
        return self.live().filter(Q(snoozed_until=None) | Q(snoozed_until__lte=day))

    def snoozed_on(self, day: date) -> Self:
        return self.live().filter(snoozed_until__gt=day)


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


class CTAEventQuerySet(models.QuerySet["CTAEvent"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))
