"""The queue: which call to action to work next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import Ability, Role
from accounts.decorators import PersonRequest, ability_required
from accounts.filters import is_id
from accounts.keyset import Asked
from accounts.models import User
from playbooks.models import CallToAction, CTAType, Priority
from playbooks.queries.queue import Queue, QueueCounts, QueueFilter, When, Who
from playbooks.views.ctas import cta_context

TITLES = {Who.MINE: "My queue", Who.TEAM: "My team's queue", Who.ALL: "All calls to action"}


@dataclass(frozen=True)
class Chip:
    value: str
    label: str
    count: int
    is_on: bool


@require_safe
@vary_on_headers("HX-Request")
@ability_required(Ability.READ)
def queue(request: PersonRequest) -> HttpResponse:
    """Show a queue; `?cta=` chooses the call to action beside it, else the first one is."""
    now = timezone.now()
    whose = choices_of_who(request.user)
    who = _known(request.GET.get("who"), dict(whose), default_who(request.user))
    shown = Queue(request.user, who, now)
    components = shown.components()
    chosen = read_filter(request.GET, who=who, components=dict(components))
    page, counts = shown.page(chosen, Asked.of(request.GET)), shown.counts(chosen)
    context = {
        "page": page,
        "total": counts.when[chosen.when],
        "counts": counts,
        "chosen": chosen,
        "title": TITLES[Who(chosen.who)],
        "today": shown.today,
        "whose": whose,
        "priorities": Priority.choices,
        "components": components,
        "narrows": chosen != QueueFilter(who=who),
        **_chips(counts, chosen),
    }
    if request.htmx:
        return render(request, "playbooks/_queue.html", context)
    beside = _beside(request, [cta.pk for cta in page.object_list], now=now)
    return render(request, "playbooks/queue.html", context | beside)


def read_filter(given: QueryDict, *, who: str, components: Iterable[str]) -> QueueFilter:
    """What an address asks for; a value that is not known counts as not given."""
    priority = _known(given.get("priority"), map(str, Priority.values))
    return QueueFilter(
        who=who,
        when=_known(given.get("when"), When.values),
        type=_known(given.get("type"), CTAType.values),
        priority=int(priority) if priority else None,
        component=_known(given.get("component"), components),
        search=given.get("q", "").replace("\0", "").strip()[:100],  # PostgreSQL refuses NUL
    )


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
