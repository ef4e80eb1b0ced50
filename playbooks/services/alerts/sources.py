"""What there is to tell, of whom: rows in, intents out. Nobody is told of what they did themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Model, Q

from accounts.models import Account, Job, Mention, TimelineActivity, User
from playbooks import words
from playbooks.alerting import Kind, excerpt, first_of
from playbooks.business_days import local_day
from playbooks.models import CallToAction, CTAEvent, CTAType, Follow, Notification
from usage.models import Transition, UseCase
from usage.periods import month_of, shift

Subject = Notification.Subject
Event = CTAEvent.Kind

TITLE, TEXT = 300, 300
TOLD = (
    Event.OPENED,
    Event.SIGNAL_ADDED,
    Event.WOKE,
    Event.COMMENTED,
    Event.REASSIGNED,
)


@dataclass(frozen=True)
class Intent:
    """Somebody is to be told something; `key` says what of."""

    user_id: int
    kind: Kind
    key: str
    subject: str
    subject_id: int
    title: str
    at: datetime
    account_id: int | None = None
    text: str = ""


@dataclass(frozen=True)
class Source:
    """Rows that come with ever higher keys, and what each says to whom; `time` says how old one is."""

    name: str
    model: type[Model]
    time: str
    rows: Callable[[int, int], Sequence[Any]]
    intents: Callable[[Sequence[Any]], Iterator[Intent]]

    def newest_id(self, before: datetime | None = None) -> int:
        """The key of the newest row, or of the newest from before a time; 0: there is none."""
        rows = self.model._default_manager.order_by()
        known = rows if before is None else rows.filter(**{f"{self.time}__lt": before})
        return known.aggregate(newest=Max("pk"))["newest"] or 0


# --- What happens to calls to action ----------------------------------------------------------------


def _events_after(after: int, most: int) -> Sequence[CTAEvent]:
    events = CTAEvent.objects.filter(pk__gt=after, kind__in=TOLD).order_by("pk")
    return list(events.select_related("cta", "actor")[:most])


def _of_events(events: Sequence[CTAEvent]) -> Iterator[Intent]:
    followers = _followers({event.account_id for event in events})
    for event in events:
        for user_id, kinds in _told_of(event, followers[event.account_id]).items():
            if user_id != event.actor_id:
                yield _of_event(event, user_id, first_of(kinds))


def _told_of(event: CTAEvent, followers: Collection[int]) -> dict[int, set[Kind]]:
    """Who is to be told of an event, and for which reasons."""
    told: dict[int, set[Kind]] = defaultdict(set)
    owner_id = event.cta.owner_id
    if event.kind == Event.OPENED:
        if event.cta.type == CTAType.RISK:
            for user_id in followers:
                told[user_id].add(Kind.RISK)
        _add(told, owner_id, Kind.ASSIGNED)
    elif event.kind == Event.REASSIGNED:
        _add(told, event.detail.get("to"), Kind.ASSIGNED)
    elif event.kind == Event.SIGNAL_ADDED:
        _add(told, owner_id, Kind.EVIDENCE)
    elif event.kind == Event.WOKE:
        _add(told, owner_id, Kind.WOKE)
    elif event.kind == Event.COMMENTED:
        for user_id in event.detail.get("mentions", ()):
            _add(told, user_id, Kind.MENTIONED)
        _add(told, owner_id, Kind.COMMENTED)
    return told


def _add(told: dict[int, set[Kind]], user_id: int | None, kind: Kind) -> None:
    if user_id is not None:
        told[user_id].add(kind)


def _of_event(event: CTAEvent, user_id: int, kind: Kind) -> Intent:
    return Intent(
        user_id=user_id,
        kind=kind,
        key=f"cta_event:{event.pk}",
        subject=Subject.CTA,
        subject_id=event.cta_id,
        account_id=event.account_id,
        title=excerpt(_title(event, kind), TITLE),
        text=excerpt(event.text, TEXT) if event.kind == Event.COMMENTED else "",
        at=event.at,
    )


def _title(event: CTAEvent, kind: Kind) -> str:
    """In words, without figures: a customer may withdraw those later."""
    title, who = event.cta.title, str(event.actor) if event.actor else ""
    if kind is Kind.MENTIONED:
        return f"{who or 'Somebody'} mentioned you: {title}"
    if kind is Kind.COMMENTED:
        return f"{who or 'Somebody'} commented: {title}"
    if kind is Kind.ASSIGNED:
        return f"{who} gave you: {title}" if who else f"New for you: {title}"
    if kind is Kind.EVIDENCE:
        return f"New evidence: {title}"
    return f"Back from its snooze: {title}" if kind is Kind.WOKE else f"New risk: {title}"


EVENTS = Source(
    "cta_events",
    CTAEvent,
    "at",
    _events_after,
    _of_events,
)


# --- Falls of a colour ------------------------------------------------------------------------------


def _drops_after(after: int, most: int) -> Sequence[Transition]:
    drops = Transition.objects.filter(pk__gt=after).order_by("pk")
    return list(drops.select_related("account", "edition")[:most])


def _of_drops(drops: Sequence[Transition]) -> Iterator[Intent]:
    """Falls of the newest month: what a rescoring finds in older ones is no news.

    A drop that is found anew, as after a withdrawal of consent, has another row and the same key.
    """
    followers = _followers({drop.account_id for drop in drops})
    editions = {drop.edition_id for drop in drops}
    names = {
        (edition, code): name
        for edition, code, name in UseCase.objects.filter(edition__in=editions).values_list(
            "edition", "code", "name"
        )
    }
    for drop in drops:
        if drop.period < shift(month_of(drop.detected_at.date()), -1):
            continue
        name = names.get((drop.edition_id, drop.component), drop.component)
        own = [drop.account.csm_id] if drop.account.csm_id else []
        for user_id in sorted({*followers[drop.account_id], *own}):
            yield Intent(
                user_id=user_id,
                kind=Kind.DROP,
                key=drop_key(drop),
                subject=Subject.ACCOUNT,
                subject_id=drop.account_id,
                account_id=drop.account_id,
                title=words.drop_title(name, drop.from_color, drop.to_color),
                text=_drop_text(drop),
                at=drop.detected_at,
            )


def drop_key(drop: Transition) -> str:
    """By which the alerts of a drop know it."""
    return f"drop:{drop.account_id}:{drop.edition_id}:{drop.component}:{drop.period}"


def _drop_text(drop: Transition) -> str:
    month = f"{drop.period:%B %Y}"
    if drop.cause != Transition.Cause.EDITION:
        return month
    return f"{month}, {words.by_edition(drop.edition.name)}"


DROPS = Source(
    "transitions",
    Transition,
    "detected_at",
    _drops_after,
    _of_drops,
)


# --- What is noted in timelines ---------------------------------------------------------------------


def _entries_after(after: int, most: int) -> Sequence[TimelineActivity]:
    entries = TimelineActivity.objects.filter(pk__gt=after).order_by("pk")
    return list(entries.select_related("author")[:most])


def _of_entries(entries: Sequence[TimelineActivity]) -> Iterator[Intent]:
    """Who is mentioned in an entry is told of that alone: of several reasons it is the first."""
    followers = _followers({entry.account_id for entry in entries})
    mentioned = defaultdict(set)
    for mention in Mention.objects.filter(activity__in=entries).order_by():
        mentioned[mention.activity_id].add(mention.user_id)
    for entry in entries:
        if entry.deleted_at is not None:
            continue
        told = {*followers[entry.account_id]} - {entry.author_id} - mentioned[entry.pk]
        for user_id in sorted(told):
            who = f" by {entry.author}" if entry.author else ""
            yield Intent(
                user_id=user_id,
                kind=Kind.TIMELINE,
                key=f"timeline:{entry.pk}",
                subject=Subject.ACCOUNT,
                subject_id=entry.account_id,
                account_id=entry.account_id,
                title=excerpt(f"{entry.get_kind_display()}{who}: {entry.subject}", TITLE),
                at=entry.created_at,
            )


ENTRIES = Source(
    "timeline",
    TimelineActivity,
    "created_at",
    _entries_after,
    _of_entries,
)


def _mentions_after(after: int, most: int) -> Sequence[Mention]:
    mentions = Mention.objects.filter(pk__gt=after).order_by("pk")
    return list(mentions.select_related("activity", "by")[:most])


def _of_mentions(mentions: Sequence[Mention]) -> Iterator[Intent]:
    for mention in mentions:
        entry = mention.activity
        if entry.deleted_at is not None or mention.user_id == mention.by_id:
            continue
        yield Intent(
            user_id=mention.user_id,
            kind=Kind.MENTIONED,
            key=f"timeline_mention:{entry.pk}",
            subject=Subject.ACCOUNT,
            subject_id=entry.account_id,
            account_id=entry.account_id,
            title=excerpt(f"{mention.by or 'Somebody'} mentioned you: {entry.subject}", TITLE),
            text=excerpt(entry.notes, TEXT),
            at=mention.at,
        )


MENTIONS = Source(
    "timeline_mentions",
    Mention,
    "at",
    _mentions_after,
    _of_mentions,
)

SOURCES = (EVENTS, DROPS, ENTRIES, MENTIONS)


# --- What comes with the clock ----------------------------------------------------------------------


def newly_due(*, since: datetime, now: datetime) -> Iterator[Intent]:
    """What is due today, or since today late, where between the two moments a day has begun."""
    people = User.objects.filter(is_active=True).order_by()
    for zone in people.values_list("time_zone", flat=True).distinct():
        last, today = local_day(since, zone), local_day(now, zone)
        if last < today:
            yield from _due_in(zone, last, today, now)


def _due_in(zone: str, last: Any, today: Any, now: datetime) -> Iterator[Intent]:
    awake = CallToAction.objects.awake_on(today).filter(
        owner__time_zone=zone, owner__is_active=True, due_on__gte=last, due_on__lte=today
    )
    for cta in awake.order_by("pk").iterator(chunk_size=500):
        is_due = cta.due_on == today
        kind, lead = (Kind.DUE, "Due today") if is_due else (Kind.OVERDUE, "Overdue")
        assert cta.owner_id is not None  # noqa: S101 - for the type checker; its zone was asked for
        yield Intent(
            user_id=cta.owner_id,
            kind=kind,
            key=f"{kind}:{cta.pk}:{cta.due_on}",
            subject=Subject.CTA,
            subject_id=cta.pk,
            account_id=cta.account_id,
            title=excerpt(f"{lead}: {cta.title}", TITLE),
            at=now,
        )


FAILED_WITHIN = timedelta(days=1)


def failed_jobs(*, now: datetime) -> Iterator[Intent]:
    """Jobs that were given up; one that is tried again and fails again is told of again."""
    failed = Job.objects.filter(
        state=Job.State.FAILED,
        parent=None,
        created_at__gt=now - 7 * FAILED_WITHIN,
        finished_at__gt=now - FAILED_WITHIN,
    )
    admins = User.objects.filter(Q(is_active=True), role=User.Role.ADMIN)
    admin_ids = list(admins.values_list("pk", flat=True))
    for job in failed.order_by("pk")[:100]:
        assert job.finished_at is not None  # noqa: S101 - for the type checker: failed jobs have it
        for user_id in admin_ids:
            yield Intent(
                user_id=user_id,
                kind=Kind.JOB_FAILED,
                key=f"job:{job.pk}:{job.finished_at.isoformat()}",
                subject=Subject.JOB,
                subject_id=job.pk,
                title=f"Failed: {job}",
                at=job.finished_at,
            )


# --- Whom it concerns -------------------------------------------------------------------------------


def _followers(account_ids: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for account_id, user_id in Follow.objects.filter(account__in=account_ids).values_list(
        "account", "user"
    ):
        found[account_id].append(user_id)
    return found


def without_hidden(intents: Sequence[Intent]) -> list[Intent]:
    """Those whose person is active and sees the account. A query for each person."""
    people = User.objects.filter(is_active=True).in_bulk({each.user_id for each in intents})
    wanted: dict[int, set[int]] = defaultdict(set)
    for each in intents:
        if each.account_id is not None:
            wanted[each.user_id].add(each.account_id)
    seen = {
        user_id: set(
            Account.objects.visible_to(people[user_id])
            .filter(pk__in=account_ids)
            .order_by()
            .values_list("pk", flat=True)
        )
        for user_id, account_ids in wanted.items()
        if user_id in people
    }
    return [
        each
        for each in intents
        if each.user_id in people
        and (each.account_id is None or each.account_id in seen[each.user_id])
    ]
