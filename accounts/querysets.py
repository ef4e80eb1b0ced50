from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db import models
from django.db.models import F, Func, Q, Subquery, Value
from django.db.models.functions import Upper

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

    from accounts.models import (
        Account,
        AdoptionGoal,
        Attendance,
        AuditEntry,
        BoughtUseCase,
        Consent,
        Contact,
        Job,
        License,
        ManualMeasure,
        Mention,
        Milestone,
        NonAdoption,
        Objective,
        Outcome,
        Subscription,
        SuccessPlan,
        SupportCase,
        SurveyResponse,
        TimelineActivity,
        User,
    )


class AnyOf(Func):
    """A column is one of the few that a subquery finds.

    PostgreSQL looks the few up once and then in the column's index, beside other conditions too;
    for many values `__in` is the better way.
    """

    template = "%(expressions)s"
    arg_joiner = " IN "
    output_field = models.BooleanField()

    def __init__(self, column: str, few: models.QuerySet[Any, Any]) -> None:
        super().__init__(F(column), Subquery(few))

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        return self.as_sql(
            compiler, connection, template="%(expressions)s)", arg_joiner=" = ANY (ARRAY", **context
        )


def account_scope(user: User | AnonymousUser, path: str = "") -> Q:
    """What a person may see, as a condition on the account at `path` ("account").

    The only place where row access is decided: every `visible_to` is built from it. The accounts
    are found first, by the indexes of their CSM and team, so that a list need not be read whole.
    """
    if not user.is_authenticated or not user.is_active:
        return Q(pk__in=[])
    if user.sees_all:
        return Q()
    if path:
        accounts = apps.get_model("accounts", "Account").objects.filter(account_scope(user))
        return Q(**{f"{path}__in": accounts.order_by().values("pk")})
    if user.team_id is None:
        return Q(csm_id=user.pk)
    return Q(AnyOf("csm_id", team_members(user.team_id))) | Q(team_id=user.team_id)


def team_members(team_id: int) -> models.QuerySet[Any, Any]:
    """Ids of a team's people, for a subquery."""
    people: models.QuerySet[Any, Any] = apps.get_model("accounts", "User").objects.all()
    return people.filter(team_id=team_id).order_by().values("pk")


class AccountQuerySet(models.QuerySet["Account"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user))

    def named(self, text: str) -> Self:
        """With this in their name, in any case.

        The database raises both sides: SQLite leaves letters beyond ASCII as they are. On
        PostgreSQL the index `account_name_trigrams` answers it.
        """
        return self.alias(upper_name=Upper("name")).filter(upper_name__contains=Upper(Value(text)))


class ConsentQuerySet(models.QuerySet["Consent"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


def runs_on(day: date, path: str = "") -> Q:
    """Whether the subscription at `path` runs on a day, as a condition."""
    start, end = f"{path}start_date", f"{path}end_date"
    ends_later = Q(**{end: None}) | Q(**{f"{end}__gte": day})
    return ends_later & Q(**{f"{start}__lte": day})


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))

    def active_on(self, day: date) -> Self:
        """Subscriptions that run on a day: from the start until the end, both included."""
        return self.filter(runs_on(day))


class LicenseQuerySet(models.QuerySet["License"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "subscription__account"))


class SuccessPlanQuerySet(models.QuerySet["SuccessPlan"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))

    def open(self) -> Self:
        return self.exclude(state=self.model.State.CLOSED)


class ObjectiveQuerySet(models.QuerySet["Objective"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


class SupportCaseQuerySet(models.QuerySet["SupportCase"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


class SurveyResponseQuerySet(models.QuerySet["SurveyResponse"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


class OutcomeQuerySet(models.QuerySet["Outcome"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


class ManualMeasureQuerySet(models.QuerySet["ManualMeasure"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


class TimelineActivityQuerySet(models.QuerySet["TimelineActivity"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))

    def kept(self) -> Self:
        """Not deleted."""
        return self.filter(deleted_at=None)

    def engagements(self) -> Self:
        """Calls and meetings: what alone counts as having spoken with a customer."""
        return self.kept().filter(kind__in=self.model.ENGAGEMENTS)

    def sentiments(self) -> Self:
        """Those by which somebody said how an account stands."""
        return self.kept().exclude(sentiment="")


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


class MentionQuerySet(models.QuerySet["Mention"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


class MilestoneQuerySet(models.QuerySet["Milestone"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))

    def kept(self) -> Self:
        """Not cleared."""
        return self.filter(cleared_at=None)

    def cleared(self) -> Self:
        return self.filter(cleared_at__isnull=False)


class BoughtUseCaseQuerySet(models.QuerySet["BoughtUseCase"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


class AdoptionGoalQuerySet(models.QuerySet["AdoptionGoal"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


class NonAdoptionQuerySet(models.QuerySet["NonAdoption"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(account_scope(user, "account"))


class JobQuerySet(models.QuerySet["Job"]):
    def due(self, now: datetime) -> Self:
        """Queued, and not kept back after an attempt that broke."""
        waited = Q(not_before=None) | Q(not_before__lte=now)
        return self.filter(waited, state=self.model.State.QUEUED)

    def in_turn(self) -> Self:
        """What somebody waits for first, then those that wait longest."""
        return self.order_by("is_bulk", "created_at", "pk")


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The log names every customer and colleague: it is for those who configure."""
        may_read = user.is_authenticated and user.is_active and user.may_configure
        return self.all() if may_read else self.none()
