from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from accounts.querysets import account_scope

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from playbooks.models import (
        CallToAction,
        CTAEvent,
        CTALink,
        Delivery,
        Follow,
        Notification,
        Task,
    )


class CallToActionQuerySet(models.QuerySet["CallToAction"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))

    def live(self) -> Self:
        """Not closed; a snoozed one is live."""
        return self.filter(closed_at=None)

    def awake_on(self, day: date) -> Self:
        """Live and not asleep on a day of the organisation: what a queue shows."""
        return self.live().filter(Q(snoozed_until=None) | Q(snoozed_until__lt=day))

    def snoozed_on(self, day: date) -> Self:
        """Asleep on a day of the organisation: the last day of a snooze is one of it."""
        return self.live().filter(snoozed_until__gte=day)


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


class CTAEventQuerySet(models.QuerySet["CTAEvent"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


class CTALinkQuerySet(models.QuerySet["CTALink"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))

    def shown(self) -> Self:
        """With what they lead to, those to a deleted entry of the timeline left out."""
        live = Q(activity=None) | Q(activity__deleted_at=None)
        targets = ("objective", "subscription__plan", "activity", "other_cta")
        return self.filter(live).select_related(*targets)


class FollowQuerySet(models.QuerySet["Follow"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"), user_id=user.pk)


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Their own; not of an account that they have ceased to see."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        scope = account_scope(user, "account")
        of_accounts = scope | Q(account=None) if scope else Q()
        return self.filter(of_accounts, user_id=user.pk)

    def on_page(self) -> Self:
        return self.filter(is_on_page=True)

    def unread(self) -> Self:
        return self.on_page().filter(read_at=None)

    def waiting_for_digest(self) -> Self:
        """What was read meanwhile need not be sent."""
        return self.filter(in_digest=True, digest=None, read_at=None)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def unsent(self) -> Self:
        state = self.model.State
        return self.filter(state__in=[state.QUEUED, state.RETRYING])

    def due(self, now: datetime) -> Self:
        return self.unsent().filter(Q(not_before=None) | Q(not_before__lte=now))

    def dead(self) -> Self:
        return self.filter(state=self.model.State.DEAD)
