"""The queue: which call to action to work next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import Ability, Role
from accounts.decorators import PersonRequest, ability_required
from accounts.filters import is_id
from accounts.keyset import Asked, KeysetPage
from accounts.models import User
from playbooks.models import CallToAction, CTAType, Priority, SavedView
from playbooks.queries.queue import Queue, QueueCounts
from playbooks.queries.queue_filter import (
    Group,
    QueueChoices,
    QueueFilter,
    When,
    Who,
    group_of,
    group_title,
    known_reasons,
    known_segments,
    params_of,
)
from playbooks.views.ctas import cta_context

if TYPE_CHECKING:
    from playbooks.queries.queue import DescribedCTA

TITLES = {
    Who.MINE: _("My queue"),
    Who.TEAM: _("My team's queue"),
    Who.ALL: _("All calls to action"),
}


@dataclass(frozen=True)
class Chip:
    value: str
    label: str
    count: int
    is_on: bool


@dataclass(frozen=True)
class Section:
    """Rows of one group on a page; `count`: how many the group has on all pages."""

    title: str
    count: int
    rows: list[DescribedCTA]


@require_safe
@vary_on_headers("HX-Request")
@ability_required(Ability.READ)
def queue(request: PersonRequest) -> HttpResponse:
    """Show a queue; `?cta=` chooses the call to action beside it, else the first one is."""
    now = timezone.now()
    if not request.GET and (opens_with := request.user.saved_views.filter(is_default=True).first()):
        return redirect(f"{request.path}{opens_with.address}")
    shown, choices, chosen = asked_queue(request.user, request.GET, now=now)
    counts, group = shown.counts(chosen), chosen.group
    is_too_long = shown.is_too_long_to_group(chosen, counts)
    if is_too_long:
        chosen = replace(chosen, group=Group.NONE)
    page = shown.page(chosen, Asked.of(request.GET))
    query = params_of(chosen)
    context = {
        "page": page,
        "sections": _sections(shown, chosen, page),
        "total": counts.when[chosen.when],
        "counts": counts,
        "chosen": chosen,
        "choices": choices,
        "is_too_long_to_group": is_too_long,
        "group_asked_for": group,
        "title": TITLES[Who(chosen.who)],
        "today": shown.today,
        "query": query,
        "views": SavedView.objects.visible_to(request.user).select_related("owner"),
        "narrows": replace(chosen, group="") != QueueFilter(who=chosen.who),
        **_chips(counts, chosen),
    }
    if not page.object_list:
        context["next_up"] = shown.next_up(chosen)
    if request.htmx:
        return render(request, "playbooks/_queue.html", context)
    beside = _beside(request, [cta.pk for cta in page.object_list], now=now)
    return render(request, "playbooks/queue.html", context | beside)


def asked_queue(
    user: User, given: QueryDict, *, now: datetime
) -> tuple[Queue, QueueChoices, QueueFilter]:
    """The queue that an address asks for, what it can be narrowed by, and what it is narrowed to."""
    whose = choices_of_who(user)
    who = _known(given.get("who"), dict(whose), default_who(user))
    shown = Queue(user, who, now)
    choices = QueueChoices(
        whose=whose,
        components=shown.components(),
        reasons=known_reasons(),
        segments=known_segments(user),
    )
    return shown, choices, read_filter(given, who=who, choices=choices)


def read_filter(given: QueryDict, *, who: str, choices: QueueChoices) -> QueueFilter:
    """What an address asks for; a value that is not known counts as not given."""
    priority = _known(given.get("priority"), map(str, Priority.values))
    return QueueFilter(
        who=who,
        when=_known(given.get("when"), When.values),
        type=_known(given.get("type"), CTAType.values),
        priority=int(priority) if priority else None,
        component=_known(given.get("component"), dict(choices.components)),
        reason=_known(given.get("reason"), choices.reasons),
        segment=_known(given.get("segment"), choices.segments),
        is_important=given.get("important") == "1",
        search=given.get("q", "").replace("\0", "").strip()[:100],  # PostgreSQL refuses NUL
        group=_known(given.get("group"), Group.values),
    )


def _sections(shown: Queue, chosen: QueueFilter, page: KeysetPage[DescribedCTA]) -> list[Section]:
    """The rows of a page by group, in their order; without a group all of them are one."""
    if not chosen.group:
        return [Section("", 0, page.object_list)]
    counts = shown.group_counts(chosen)
    return [
        Section(group_title(rows[0], chosen.group, *shown.days), counts.get(key, 0), rows)
        for key, group in groupby(
            page.object_list, lambda cta: group_of(cta, chosen.group, *shown.days)
        )
        for rows in [list(group)]
    ]


def choices_of_who(user: User) -> list[tuple[str, str]]:
    return [(who.value, str(who.label)) for who in Who if who != Who.TEAM or user.team_id]


def default_who(user: User) -> str:
    """Whose queue a person opens: CSMs work, managers look after the team, others look around."""
    if user.sees_all:
        return Who.ALL
    return Who.TEAM if user.role == Role.MANAGER and user.team_id else Who.MINE


def _known(value: str | None, values: Iterable[str], default: str = "") -> str:
    return value if value is not None and value in set(values) else default


def _chips(counts: QueueCounts, chosen: QueueFilter) -> dict[str, object]:
    return {
        "when_chips": [
            Chip(when, str(label), counts.when[when], is_on=when == chosen.when)
            for when, label in When.choices
        ],
        "type_chips": [
            Chip(each, str(label), counts.types[each], is_on=each == chosen.type)
            for each, label in CTAType.choices
            if counts.types[each] or each == chosen.type
        ],
    }


def _beside(request: PersonRequest, ids: Sequence[int], *, now: datetime) -> dict[str, object]:
    """What the call to action beside the list needs: the one asked for, or the first of the page."""
    asked = request.GET.get("cta", "")
    first = ids[0] if ids else None
    for cta_id in (int(asked) if is_id(asked) else None, first):
        if cta_id is None:
            continue
        here = request.GET.copy()
        here["cta"] = str(cta_id)
        try:
            return cta_context(request, cta_id, now=now, here=f"{request.path}?{here.urlencode()}")
        except CallToAction.DoesNotExist:
            continue
    return {}
