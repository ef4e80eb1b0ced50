"""The queue: which calls to action, in which order, with what one must know of their accounts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict, cast

from django.db import models
from django.db.models import Count, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import Subscription, User
from playbooks.business_days import local_day
from playbooks.models import CallToAction, CTAType, Task
from playbooks.queries.owners import is_worked
from playbooks.querysets import CallToActionQuerySet
from playbooks.queue import Standing, week_end
from usage.models import UseCase
from usage.queries import cards

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class Who(models.TextChoices):
    MINE = "mine", "Mine"
    TEAM = "team", "My team's"
    ALL = "all", "All I see"


class When(models.TextChoices):
    ANY = "", "All"
    LATE = "late", "Late"
    WEEK = "week", "Due this week"
    SNOOZED = "snoozed", "Snoozed"


@dataclass(frozen=True, kw_only=True)
class QueueFilter:
    """What of a queue to show; empty: everything."""

    who: str = Who.MINE
    when: str = When.ANY
    type: str = ""
    priority: int | None = None
    component: str = ""
    search: str = ""


class Facts(TypedDict):
    """What `described` adds to each call to action."""

    arr: Decimal
    renewal_on: date | None
    health_score: float | None
    health_color: str | None
    task_count: int
    done_count: int
    is_worked: bool


if TYPE_CHECKING:
    DescribedCTA = WithAnnotations[CallToAction, Facts]


@dataclass(frozen=True)
class QueueCounts:
    """How many there are, by what a chip would show."""

    when: dict[str, int]
    types: dict[str, int]
    open: int
    late: int
    this_week: int
    wake_today: int


def described(
    ctas: CallToActionQuerySet, *, today: date, now: datetime
) -> models.QuerySet[DescribedCTA]:
    """Add to calls to action what ranks them. One query for the editions, none per row."""
    current = cards.current_of(cards.forces(), now=now, outer="account_id")
    running = Subscription.objects.active_on(today).filter(account=OuterRef("account"))
    per_account = running.order_by().values("account")
    tasks = Task.objects.filter(cta=OuterRef("pk")).order_by().values("cta")
    rows = ctas.select_related("account", "owner").annotate(
        arr=Coalesce(
            Subquery(per_account.annotate(total=Sum("arr")).values("total")),
            Decimal(0),
            output_field=models.DecimalField(max_digits=18, decimal_places=2),
        ),
        renewal_on=Subquery(per_account.annotate(first=Min("end_date")).values("first")),
        health_score=Subquery(current.values("score")[:1]),
        health_color=Subquery(current.values("color")[:1]),
        task_count=Coalesce(Subquery(tasks.annotate(n=Count("pk")).values("n")), 0),
        done_count=Coalesce(Subquery(tasks.annotate(n=Count("done_at")).values("n")), 0),
        is_worked=is_worked(),
    )
    return cast("models.QuerySet[DescribedCTA]", rows)  # inferred with Any for each annotation


def ordered(ctas: models.QuerySet[DescribedCTA]) -> models.QuerySet[DescribedCTA]:
    """As `playbooks.queue.Standing.order`."""
    return ctas.order_by("priority", "due_on", "-arr", "pk")


def standing_of(cta: DescribedCTA) -> Standing:
    return Standing(
        cta_id=cta.pk,
        priority=cta.priority,
        due_on=cta.due_on,
        arr=cta.arr,
        renewal_on=cta.renewal_on,
        health_color=cta.health_color or "",
    )


def queue(user: User, chosen: QueueFilter, *, now: datetime) -> models.QuerySet[DescribedCTA]:
    """The live calls to action that a filter leaves, in the order to work them."""
    today = local_day(now, user.time_zone)
    found = of_whom(user, chosen.who).filter(_when(chosen.when, today), _other(chosen))
    return ordered(described(found, today=today, now=now))


def of_whom(user: User, who: str) -> CallToActionQuerySet:
    """Live ones that the person sees: their own, those of team members, or all of them.

    One whose owner left, may not work it or no longer sees its account falls to the account's CSM
    and team: in nobody's queue it would be forgotten.
    """
    live = CallToAction.objects.visible_to(user).live()
    if who == Who.ALL:
        return live
    if who == Who.TEAM and user.team_id is not None:
        accounts = Q(account__team=user.team_id) | Q(account__csm__team=user.team_id)
        return live.filter(Q(owner__team=user.team_id) | (accounts & ~Q(is_worked())))
    return live.filter(Q(owner=user) | (Q(account__csm=user) & ~Q(is_worked())))


def counts(user: User, chosen: QueueFilter, *, now: datetime) -> QueueCounts:
    """How many each chip would show, were it pressed now. One query."""
    today = local_day(now, user.time_zone)
    rest = _other(replace(chosen, type=""))
    kind = Q(type=chosen.type) if chosen.type else Q()
    wanted = {f"when_{when}": _when(when, today) & kind & rest for when in When.values}
    wanted |= {
        f"type_{each}": _when(chosen.when, today) & Q(type=each) & rest for each in CTAType.values
    }
    wanted |= {
        "open": _when(When.ANY, today),
        "late": _when(When.LATE, today),
        "this_week": _when(When.WEEK, today),
        "wake_today": Q(snoozed_until=today),
    }
    found = of_whom(user, chosen.who).aggregate(
        **{f"n_{name}": Count("pk", filter=condition) for name, condition in wanted.items()}
    )
    return QueueCounts(
        when={when: found[f"n_when_{when}"] for when in When.values},
        types={each: found[f"n_type_{each}"] for each in CTAType.values},
        open=found["n_open"],
        late=found["n_late"],
        this_week=found["n_this_week"],
        wake_today=found["n_wake_today"],
    )


def components_of(user: User, who: str) -> list[tuple[str, str]]:
    """Codes and names of the components that the person's live calls to action are about."""
    codes = of_whom(user, who).exclude(component="").order_by("component")
    found = list(codes.values_list("component", flat=True).distinct())
    names = dict(UseCase.objects.filter(code__in=found).values_list("code", "name"))
    return [(code, names.get(code, code)) for code in found]


def _when(when: str, today: date) -> Q:
    snoozed = Q(snoozed_until__gt=today)
    conditions = {
        When.LATE: ~snoozed & Q(due_on__lt=today),
        When.WEEK: ~snoozed & Q(due_on__range=(today, week_end(today))),
        When.SNOOZED: snoozed,
    }
    return conditions.get(When(when), ~snoozed)


def _other(chosen: QueueFilter) -> Q:
    condition = Q()
    if chosen.type:
        condition &= Q(type=chosen.type)
    if chosen.priority is not None:
        condition &= Q(priority=chosen.priority)
    if chosen.component:
        condition &= Q(component=chosen.component)
    if chosen.search:
        condition &= Q(account__name__icontains=chosen.search)
    return condition
