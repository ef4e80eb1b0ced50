"""The queue: which calls to action, in which order, with what one must know of their accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypedDict, cast

from django.db import models
from django.db.models import Count, Exists, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts import formats
from accounts.keyset import FIRST, Asked, Key, KeysetPage, page_of
from accounts.models import Account, User
from accounts.querysets import AnyOf, team_members
from playbooks.business_days import local_day
from playbooks.models import CallToAction, CTAType, Task
from playbooks.organisation import organisation_day
from playbooks.queries.owners import is_worked
from playbooks.queries.queue_filter import (
    GROUP_KEYS,
    Group,
    QueueFilter,
    When,
    Who,
    about,
    bucket,
    in_time,
)
from playbooks.queries.queue_order import first_renewal, running_arr, standing_of, weights
from playbooks.querysets import CallToActionQuerySet
from playbooks.queue import Place, Weights, reasons_of
from usage.models import UseCase
from usage.queries import cards

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

__all__ = ["Group", "Queue", "QueueCounts", "QueueFilter", "When", "Who", "described", "place_of"]

PAGE = 50
KEYS = (Key("queue_rank", int), Key("due_on", date.fromisoformat), Key("pk", int))
"""Score, then the due date, then the older one: all of an index, all running one way."""


class Facts(TypedDict):
    """What `described` adds to each call to action."""

    arr: Decimal
    renewal_on: date | None
    health_score: float | None
    health_color: str | None
    task_count: int
    done_count: int
    is_worked: bool
    place: Place


if TYPE_CHECKING:
    DescribedCTA = WithAnnotations[CallToAction, Facts]


@dataclass(frozen=True)
class NextUp:
    """What an empty queue points to."""

    wakes_on: date | None
    late_of_team: int


@dataclass(frozen=True)
class QueueCounts:
    """How many there are, by what a chip would show."""

    when: dict[str, int]
    types: dict[str, int]
    open: int
    late: int
    this_week: int
    wake_today: int
    snoozed: int


def described(
    ctas: CallToActionQuerySet, *, today: date, now: datetime
) -> models.QuerySet[DescribedCTA]:
    """Add to calls to action what ranks them. One query for the editions, none per row."""
    current = cards.current_of(cards.forces(), now=now, outer="account_id")
    tasks = Task.objects.filter(cta=OuterRef("pk")).order_by().values("cta")
    rows = ctas.select_related("account", "owner").annotate(
        arr=running_arr(today),
        renewal_on=first_renewal(today),
        health_score=Subquery(current.values("score")[:1]),
        health_color=Subquery(current.values("color")[:1]),
        task_count=Coalesce(Subquery(tasks.annotate(n=Count("pk")).values("n")), 0),
        done_count=Coalesce(Subquery(tasks.annotate(n=Count("done_at")).values("n")), 0),
        is_worked=is_worked(),
    )
    return cast("models.QuerySet[DescribedCTA]", rows)  # inferred with Any for each annotation


def place_of(cta: DescribedCTA, counting: Weights, *, today: date, now: datetime) -> Place:
    """Why it stands where it stands, in the words of the person's day."""
    day = now.astimezone(UTC).date()
    reasons = reasons_of(standing_of(cta), counting, day=day, today=today)
    return Place(reasons, cta.queue_rank)


@dataclass(frozen=True)
class Queue:
    """Whose calls to action a person looks at, and what a page says of them."""

    user: User
    who: str
    now: datetime

    @cached_property
    def today(self) -> date:
        return local_day(self.now, self.user.time_zone)

    @cached_property
    def days(self) -> tuple[date, date]:
        """Today for the person, and for the organisation."""
        return self.today, organisation_day(self.now)

    def page(self, chosen: QueueFilter, asked: Asked = FIRST) -> KeysetPage[DescribedCTA]:
        """Those that a filter leaves, in the order to work them. Five queries.

        Which ones is found first, by what ranks them alone; what a row says of them then costs as
        much for a page of a million as for a page of sixty.
        """
        keys = (*GROUP_KEYS[chosen.group], *KEYS)
        names = [key.name for key in keys]
        matching = self._ungrouped(chosen) if keys == KEYS else (self.matching(chosen),)
        ranked = [
            ctas.annotate(bucket=bucket(*self.days)).values_list(*names, named=True)
            for ctas in matching
        ]
        page = page_of(ranked, keys, size=PAGE, asked=asked)
        ids = [row.pk for row in page.object_list]
        return page.of(self.described(ids))

    def described(self, ids: Sequence[int]) -> list[DescribedCTA]:
        """Those of the keys that are still there, in their order, with their places."""
        found = CallToAction.objects.filter(pk__in=ids)
        shown = described(found, today=self.today, now=self.now).in_bulk()
        counting = weights()
        for cta in shown.values():
            cta.place = place_of(cta, counting, today=self.today, now=self.now)
        return [shown[pk] for pk in ids if pk in shown]

    def matching(self, chosen: QueueFilter) -> CallToActionQuerySet:
        """All that a filter leaves, as one: of everyone's, one's own or the team's."""
        live, (owned, left) = CallToAction.objects.visible_to(self.user).live(), self._parts
        if owned is not None:
            live = live.filter(owned | Q(pk__in=left))
        return live.filter(in_time(chosen.when, *self.days), about(chosen))

    def next_up(self, chosen: QueueFilter) -> NextUp:
        """What there is where a filter leaves nothing: when a snooze ends, what others have late."""
        wakes = self.matching(QueueFilter(who=self.who, when=When.SNOOZED))
        team = Queue(self.user, Who.TEAM, self.now) if self.user.team_id else None
        late = 0
        if self.who == Who.MINE and team is not None:
            late = team.matching(QueueFilter(who=Who.TEAM, when=When.LATE)).count()
        last_day = wakes.aggregate(first=Min("snoozed_until"))["first"]
        return NextUp(last_day + timedelta(days=1) if last_day else None, late)

    def group_counts(self, chosen: QueueFilter) -> dict[Any, int]:
        """How many there are in each group, by what `group_of` says of a row. One query."""
        names = [key.name for key in GROUP_KEYS[chosen.group]]
        if not names:
            return {}
        rows = self.matching(chosen).annotate(bucket=bucket(*self.days)).order_by().values(*names)
        return {row[names[-1]]: row["n"] for row in rows.annotate(n=Count("pk"))}

    def is_too_long_to_group(self, chosen: QueueFilter, counts: QueueCounts) -> bool:
        """Whether a filter leaves more of everyone's than are counted.

        Groups are in the order of no index: what is grouped is found whole, and sorted.
        """
        return self.who == Who.ALL and counts.when[chosen.when] > formats.MOST_COUNTED

    def _ungrouped(self, chosen: QueueFilter) -> Sequence[CallToActionQuerySet]:
        wanted = in_time(chosen.when, *self.days), about(chosen)
        return [ctas.filter(*wanted) for ctas in self.lists]

    @cached_property
    def lists(self) -> tuple[CallToActionQuerySet, ...]:
        """Live ones that the person sees: their own, those of team members, or all of them.

        Those that fell to somebody are a list of their own, so that an index reads the other one.
        """
        live, (owned, left) = CallToAction.objects.visible_to(self.user).live(), self._parts
        return (live,) if owned is None else (live.filter(owned), live.filter(pk__in=left))

    @cached_property
    def _parts(self) -> tuple[Q | None, list[int]]:
        """What tells the own ones, None where all are; and the keys of those that fell to somebody.

        One whose owner left, may not work it or no longer sees its account falls to the account's
        CSM and team: in nobody's queue it would be forgotten. Those are few and found once.
        """
        if self.who == Who.ALL:
            return None, []
        if self.who == Who.TEAM and self.user.team_id is not None:
            members = team_members(self.user.team_id)
            theirs = Q(AnyOf("csm_id", members)) | Q(team=self.user.team_id)
            owned = Q(AnyOf("owner_id", members))
        else:
            theirs, owned = Q(csm=self.user), Q(owner=self.user)
        accounts = Account.objects.visible_to(self.user).filter(theirs).order_by()
        others = CallToAction.objects.live().filter(Q(owner=None) | ~owned, ~Q(is_worked()))
        left = others.filter(account__in=accounts.values("pk")).order_by()
        return owned, list(left.values_list("pk", flat=True))

    def counts(self, chosen: QueueFilter) -> QueueCounts:
        """How many each chip would show, were it pressed now. A query for each list.

        One's own and the team's are counted to the last; of everyone's no more than `MOST_COUNTED`
        and one.
        """
        days = self.days
        rest = about(replace(chosen, type=""))
        kind = Q(type=chosen.type) if chosen.type else Q()
        wanted = {f"when_{when}": in_time(when, *days) & kind & rest for when in When.values}
        wanted |= {
            f"type_{each}": in_time(chosen.when, *days) & Q(type=each) & rest
            for each in CTAType.values
        }
        wanted |= {
            "open": in_time(When.ANY, *days),
            "late": in_time(When.LATE, *days),
            "this_week": in_time(When.WEEK, *days),
            "wake_today": in_time(When.WOKE, *days),
            "snoozed": in_time(When.SNOOZED, *days),
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
            snoozed=found["snoozed"],
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
