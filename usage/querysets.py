from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from accounts.querysets import account_scope

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from usage.models import (
        CardDrift,
        Edition,
        Instance,
        Publication,
        RawPayload,
        ScoreCard,
        Snapshot,
        Transition,
    )


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
        first = "publications__in_force_from"
        begun = Q(**{first: None}) | Q(**{f"{first}__lte": period})
        return self.filter(
            begun,
            status=self.model.Status.PUBLISHED,
            publications__isnull=False,
            publications__withdrawn_at=None,
        ).order_by(
            models.F(first).desc(nulls_last=True),
            "-publications__published_at",
            "-publications__pk",
        )


class PublicationQuerySet(models.QuerySet["Publication"]):
    def by_force(self) -> Self:
        """Those that are not withdrawn, in force latest first; of two the later one."""
        return self.filter(withdrawn_at=None, edition__status="published")._in_order()

    def by_force_at(self, moment: datetime) -> Self:
        """Those that were in force at a moment, in the same order."""
        return self.filter(published_at__lte=moment).exclude(withdrawn_at__lte=moment)._in_order()

    def _in_order(self) -> Self:
        newest_first = models.F("in_force_from").desc(nulls_last=True)
        return self.order_by(newest_first, "-published_at", "-pk")


class ScoreCardQuerySet(models.QuerySet["ScoreCard"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


class TransitionQuerySet(models.QuerySet["Transition"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


class CardDriftQuerySet(models.QuerySet["CardDrift"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))
