"""The queue: which calls to action, in which order, with what one must know of their accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypedDict, cast

from django.db import models
from django.db.models import Count, Exists, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts import formats
from accounts.keyset import FIRST, Asked, Key, KeysetPage, page_of
from accounts.models import Account, Subscription, User
from accounts.querysets import AnyOf, team_members
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


PAGE = 50
KEYS = (  # as `playbooks.queue.Standing.order`
    Key("priority", int),
    Key("due_on", date.fromisoformat),
    Key("arr", Decimal, is_descending=True),
    Key("pk", int),
)
RANKS = tuple(key.name for key in KEYS)


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
    renewals = _running_of_account(today).annotate(first=Min("end_date"))
    tasks = Task.objects.filter(cta=OuterRef("pk")).order_by().values("cta")
    rows = ctas.select_related("account", "owner").annotate(
        arr=_running_arr(today),
        renewal_on=Subquery(renewals.values("first")),
        health_score=Subquery(current.values("score")[:1]),
        health_color=Subquery(current.values("color")[:1]),
        task_count=Coalesce(Subquery(tasks.annotate(n=Count("pk")).values("n")), 0),
        done_count=Coalesce(Subquery(tasks.annotate(n=Count("done_at")).values("n")), 0),
        is_worked=is_worked(),
    )
    return cast("models.QuerySet[DescribedCTA]", rows)  # inferred with Any for each annotation


def _running_of_account(today: date) -> models.QuerySet[Subscription, Any]:
    running = Subscription.objects.active_on(today).filter(account=OuterRef("account"))
    return running.order_by().values("account")


def _running_arr(today: date) -> Coalesce:
    return Coalesce(
        Subquery(_running_of_account(today).annotate(total=Sum("arr")).values("total")),
        Decimal(0),
        output_field=models.DecimalField(max_digits=18, decimal_places=2),
    )


def standing_of(cta: DescribedCTA) -> Standing:
    return Standing(
        cta_id=cta.pk,
        priority=cta.priority,
        due_on=cta.due_on,
        arr=cta.arr,
        renewal_on=cta.renewal_on,
        health_color=cta.health_color or "",
    )


@dataclass(frozen=True)
class Queue:
    """Whose calls to action a person looks at, and what a page says of them."""

    user: User
    who: str
    now: datetime

    @cached_property
    def today(self) -> date:
        return local_day(self.now, self.user.time_zone)

    def page(self, chosen: QueueFilter, asked: Asked = FIRST) -> KeysetPage[DescribedCTA]:
        """Those that a filter leaves, in the order to work them. Four queries.

        Which ones is found first, by what ranks them alone; what a row says of them then costs as
        much for a page of a million as for a page of sixty.
        """
        ranked = [
            ctas.filter(_when(chosen.when, self.today), _other(chosen))
            .annotate(arr=_running_arr(self.today))
            .values_list(*RANKS, named=True)
            for ctas in self.lists
        ]
        page = page_of(ranked, KEYS, size=PAGE, asked=asked)
        ids = [row.pk for row in page.object_list]
        found = CallToAction.objects.filter(pk__in=ids)
        shown = described(found, today=self.today, now=self.now).in_bulk()
        return page.of([shown[pk] for pk in ids if pk in shown])

    @cached_property
    def lists(self) -> tuple[CallToActionQuerySet, ...]:
        """Live ones that the person sees: their own, those of team members, or all of them.

        One whose owner left, may not work it or no longer sees its account falls to the account's
        CSM and team: in nobody's queue it would be forgotten. Those are few and found once, in a
        list of their own, so that an index reads the other one.
        """
        live = CallToAction.objects.visible_to(self.user).live()
        if self.who == Who.ALL:
            return (live,)
        if self.who == Who.TEAM and self.user.team_id is not None:
            members = team_members(self.user.team_id)
            theirs = Q(AnyOf("csm_id", members)) | Q(team=self.user.team_id)
            owned = Q(AnyOf("owner_id", members))
        else:
            theirs, owned = Q(csm=self.user), Q(owner=self.user)
        accounts = Account.objects.visible_to(self.user).filter(theirs).order_by()
        others = CallToAction.objects.live().filter(Q(owner=None) | ~owned, ~Q(is_worked()))
        left = others.filter(account__in=accounts.values("pk")).order_by()
        return live.filter(owned), live.filter(pk__in=list(left.values_list("pk", flat=True)))

    def counts(self, chosen: QueueFilter) -> QueueCounts:
        """How many each chip would show, were it pressed now. A query for each list.

        One's own and the team's are counted to the last; of everyone's no more than `MOST_COUNTED`
        and one.
        """
        today = self.today
        rest = _other(replace(chosen, type=""))
        kind = Q(type=chosen.type) if chosen.type else Q()
        wanted = {f"when_{when}": _when(when, today) & kind & rest for when in When.values}
        wanted |= {
            f"type_{each}": _when(chosen.when, today) & Q(type=each) & rest
            for each in CTAType.values
        }
        wanted |= {
            "open": _when(When.ANY, today),
            "late": _when(When.LATE, today),
            "this_week": _when(When.WEEK, today),
            "wake_today": Q(snoozed_until=today),
        }
        if self.who == Who.ALL:
            found = _counted_so_far(self.lists[0], wanted, self.user)
        else:
            found = _counted(self.lists, wanted)
        return QueueCounts(
            when={when: found[f"when_{when}"] for when in When.values},
            types={each: found[f"type_{each}"] for each in CTAType.values},
            open=found["open"],
            late=found["late"],
            this_week=found["this_week"],
            wake_today=found["wake_today"],
        )

    def components(self) -> list[tuple[str, str]]:
        """Codes and names of the components that these are about. A query for each list, and one.

        Of everyone's, each component is looked up in its index; a few are read sooner.
        """
        known = UseCase.objects.order_by("code", "pk")
        if self.who == Who.ALL:
            about = self.lists[0].filter(component=OuterRef("code")).order_by()
            known = known.filter(Exists(about))
        else:
            codes = [ctas.order_by().values_list("component", flat=True) for ctas in self.lists]
            known = known.filter(code__in={code for each in codes for code in each.distinct()})
        return list(dict(known.values_list("code", "name")).items())


def _counted(lists: Sequence[CallToActionQuerySet], wanted: Mapping[str, Q]) -> Mapping[str, int]:
    counts = {f"n_{name}": Count("pk", filter=each) for name, each in wanted.items()}
    found = [ctas.order_by().aggregate(**counts) for ctas in lists]
    return {name: sum(each[f"n_{name}"] for each in found) for name in wanted}


class _CountSoFar(Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = models.IntegerField()


def _counted_so_far(
    ctas: CallToActionQuerySet, wanted: Mapping[str, Q], user: User
) -> Mapping[str, int]:
    """Each by an index of its own and no further than a page says; the person is the row to say it in."""
    most = formats.MOST_COUNTED + 1
    counts = {  # the day due is in all those indexes: the rows themselves are not read
        f"n_{name}": _CountSoFar(ctas.filter(each).order_by().values("due_on")[:most])
        for name, each in wanted.items()
    }
    found: Any = User.objects.filter(pk=user.pk).values(**counts).get()
    return {name: found[f"n_{name}"] for name in wanted}


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
        named = Account.objects.named(chosen.search).order_by()
        condition &= Q(account__in=named.values("pk"))
    return condition
