from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import Account, Contact, Job, License, Subscription, User


def account_scope(user: User | AnonymousUser, path: str = "") -> Q:
    """What a person may see, as a condition on the account at `path` ("account", "cta__account").

    The only place where row access is decided: every `visible_to` is built from it.
    """
    if not user.is_authenticated or not user.is_active:
        return Q(pk__in=[])
    if user.sees_all:
        return Q()
    prefix = f"{path}__" if path else ""
    own = Q(**{f"{prefix}csm_id": user.pk})
    if user.team_id is None:
        return own
    return (
        own | Q(**{f"{prefix}csm__team_id": user.team_id}) | Q(**{f"{prefix}team_id": user.team_id})
    )


class AccountQuerySet(models.QuerySet["Account"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user))


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))

    def active_on(self, day: date) -> Self:
        """Subscriptions that run on a day: from the start until the end, both included."""
        return self.filter(Q(end_date=None) | Q(end_date__gte=day), start_date__lte=day)


class LicenseQuerySet(models.QuerySet["License"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "subscription__account"))


class JobQuerySet(models.QuerySet["Job"]):
    def due(self, now: datetime) -> Self:
        """Queued, and not kept back after an attempt that broke."""
        waited = Q(not_before=None) | Q(not_before__lte=now)
        return self.filter(waited, state=self.model.State.QUEUED)
