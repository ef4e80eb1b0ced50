"""What of a queue a person wants to see, and how it is put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models import Case, IntegerField, Q, Value
from django.db.models import When as Whenever
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.keyset import Key
from accounts.models import Account, User
from playbooks.models import CallToAction, CTAType, Priority, Trigger
from playbooks.queue import BUCKET_WORDS, Bucket, bucket_of, week_end

OPENED_BY_HAND = "Opened by hand"  # what `open_cta` says where nobody does


class Who(models.TextChoices):
    MINE = "mine", _("Mine")
    TEAM = "team", _("My team's")
    ALL = "all", _("All I see")


class When(models.TextChoices):
    ANY = "", _("All")
    LATE = "late", _("Overdue")
    TODAY = "today", _("Due today")
    WEEK = "week", _("Due this week")
    WOKE = "woke", _("Back today")
    SNOOZED = "snoozed", _("Snoozed")


class Group(models.TextChoices):
    NONE = "", _("Not grouped")
    DUE = "due", _("By due date")
    ACCOUNT = "account", _("By account")
    TYPE = "type", _("By type")


GROUP_KEYS: dict[str, tuple[Key, ...]] = {
    Group.NONE: (),
    Group.DUE: (Key("bucket", int),),
    Group.ACCOUNT: (Key("account__name", str), Key("account_id", int)),
    Group.TYPE: (Key("type", str),),
}


@dataclass(frozen=True, kw_only=True)
class QueueFilter:
    """What of a queue to show; empty: everything."""

    who: str = Who.MINE
    when: str = When.ANY
    type: str = ""
    priority: int | None = None
    component: str = ""
    reason: str = ""
    segment: str = ""
    is_important: bool = False
    search: str = ""
    group: str = Group.NONE


@dataclass(frozen=True, kw_only=True)
class QueueChoices:
    """What a person can narrow a queue by."""

    whose: Sequence[tuple[str, str]]
    components: Sequence[tuple[str, str]]
    reasons: Sequence[str]
    segments: Sequence[str]

    priorities = Priority.choices
    types = CTAType.choices
    groups = Group.choices


def known_reasons() -> list[str]:
    """What triggers and people open calls to action for. One query."""
    reasons = Trigger.objects.order_by("reason").values_list("reason", flat=True).distinct()
    return sorted({*reasons, OPENED_BY_HAND})


def known_segments(user: User) -> list[str]:
    """One query, over accounts alone."""
    accounts = Account.objects.visible_to(user).exclude(segment="").order_by("segment")
    return list(accounts.values_list("segment", flat=True).distinct())


def group_of(cta: CallToAction, group: str, today: date, organisations: date) -> Any:
    """The last of the group's keys, of a row."""
    if group == Group.DUE:
        returned = organisations in (cta.woke_on, cta.wakes_on)
        return bucket_of(cta.due_on, is_back=returned, today=today)
    return cta.account_id if group == Group.ACCOUNT else cta.type


def group_title(cta: CallToAction, group: str, today: date, organisations: date) -> str:
    if group == Group.DUE:
        return gettext(BUCKET_WORDS[group_of(cta, group, today, organisations)])
    return cta.account.name if group == Group.ACCOUNT else cta.get_type_display()


def params_of(chosen: QueueFilter) -> dict[str, str]:
    """The parameters of an address that asks for this."""
    given = {
        "who": chosen.who,
        "when": chosen.when,
        "type": chosen.type,
        "priority": chosen.priority or "",
        "component": chosen.component,
        "reason": chosen.reason,
        "segment": chosen.segment,
        "important": "1" if chosen.is_important else "",
        "q": chosen.search,
        "group": chosen.group,
    }
    return {name: str(value) for name, value in given.items() if value}


CHOICES: dict[str, set[str]] = {
    "who": set(Who.values),
    "when": set(When.values),
    "type": set(CTAType.values),
    "priority": set(map(str, Priority.values)),
    "important": {"1"},
    "group": set(Group.values),
}
TEXTS = {"component", "reason", "segment", "q"}


def known_params(given: Mapping[str, str]) -> dict[str, str]:
    """What of these are parameters of the queue's address, with values that it knows."""
    chosen = {name: given[name] for name in CHOICES if given.get(name) in CHOICES[name]}
    texts = {name: given[name].replace("\0", "").strip()[:120] for name in TEXTS if name in given}
    return {name: value for name, value in (chosen | texts).items() if value}


def in_time(when: str, today: date, organisations: date) -> Q:
    """Those of one chip. `today` is the person's; a snooze ends with a day of the organisation."""
    snoozed = Q(snoozed_until__gte=organisations)
    conditions = {
        When.LATE: ~snoozed & Q(due_on__lt=today),
        When.TODAY: ~snoozed & Q(due_on=today),
        When.WEEK: ~snoozed & Q(due_on__range=(today, week_end(today))),
        When.WOKE: ~snoozed & is_back(organisations),
        When.SNOOZED: snoozed,
    }
    return conditions.get(When(when), ~snoozed)


def is_back(organisations: date) -> Q:
    """Their snooze ended with the day before: it is noted already, or will be within minutes."""
    return Q(woke_on=organisations) | Q(snoozed_until=organisations - timedelta(days=1))


def about(chosen: QueueFilter) -> Q:
    """What they are about, not when. Of everyone's no title is searched: that has no index of few."""
    condition = Q()
    if chosen.type:
        condition &= Q(type=chosen.type)
    if chosen.priority is not None:
        condition &= Q(priority=chosen.priority)
    if chosen.component:
        condition &= Q(component=chosen.component)
    if chosen.reason:
        condition &= Q(reason=chosen.reason)
    if chosen.segment:
        segment = Account.objects.filter(segment=chosen.segment).order_by()
        condition &= Q(account__in=segment.values("pk"))
    if chosen.is_important:
        condition &= Q(is_important=True)
    if chosen.search:
        named = Account.objects.named(chosen.search).order_by()
        found = Q(account__in=named.values("pk"))
        if chosen.who != Who.ALL:
            found |= Q(title__icontains=chosen.search)
        condition &= found
    return condition


def bucket(today: date, organisations: date) -> Case:
    """As `playbooks.queue.bucket_of`, of a call to action in a query."""
    return Case(
        Whenever(due_on__lt=today, then=Value(Bucket.OVERDUE)),
        Whenever(due_on=today, then=Value(Bucket.TODAY)),
        Whenever(is_back(organisations), then=Value(Bucket.BACK)),
        Whenever(due_on__lte=week_end(today), then=Value(Bucket.WEEK)),
        default=Value(Bucket.LATER),
        output_field=IntegerField(),
    )
