from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from accounts.querysets import account_scope

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from usage.models import Edition, Instance, RawPayload, ScoreCard, Snapshot, Transition


class InstanceQuerySet(models.QuerySet["Instance"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "subscription__account"))

    def unmapped(self) -> Self:
        return self.filter(subscription=None)


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "instance__subscription__account"))


class RawPayloadQuerySet(models.QuerySet["RawPayload"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "instance__subscription__account"))


class EditionQuerySet(models.QuerySet["Edition"]):
    def in_force_at(self, period: date) -> Self:
        """The published edition that is in force at the end of a month (first of at most one)."""
        begun = Q(in_force_from=None) | Q(in_force_from__lte=period)
        return self.by_force().filter(begun)

    def by_force(self) -> Self:
        """The published editions, the one that is in force latest first; of two the one published later."""
        published = self.filter(status=self.model.Status.PUBLISHED)
        newest_first = models.F("in_force_from").desc(nulls_last=True)
        return published.order_by(newest_first, "-published_at", "-pk")


class ScoreCardQuerySet(models.QuerySet["ScoreCard"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


class TransitionQuerySet(models.QuerySet["Transition"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))
