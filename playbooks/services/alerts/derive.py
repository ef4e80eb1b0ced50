"""Makes alerts of rows, with the deliveries that each person wants, in one transaction per page.

May run twice, at once, and be killed anywhere: a page is stored by one at a time, and what somebody
has been told of is known by its key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction

from playbooks.models import AlertWatermark, Delivery, Notification
from playbooks.services.alerts import preferences, sources, watermarks
from playbooks.services.alerts.sources import Intent, Source

ROWS_PER_PAGE = 200
DUE, JOBS = "due", "jobs"
DUE_EVERY = timedelta(minutes=5)  # days begin at the quarters of an hour at most


def derive(*, now: datetime) -> int:
    """Tell people of what has happened since the last time; return how many alerts that made."""
    told = sum(_follow_up(source, now=now) for source in sources.SOURCES)
    return told + _tell_what_is_due(now=now) + _tell_what_failed(now=now)


def begin_at(moment: datetime) -> None:
    """Let what has happened from a moment on be news, where nothing has been told yet."""
    for source in sources.SOURCES:
        known = source.newest_id(before=moment)
        AlertWatermark.objects.get_or_create(
            name=source.name,
            defaults={"settled_id": known, "pending_id": known, "pending_at": moment},
        )


def _follow_up(source: Source, *, now: datetime) -> int:
    reading = watermarks.begin(source.name, newest_id=source.newest_id(), now=now)
    after, told = reading.after, 0
    while rows := source.rows(after, ROWS_PER_PAGE):
        told += _store(source.name, list(source.intents(rows)), now=now)
        after = rows[-1].pk
    watermarks.end(reading)
    return told


def _tell_what_is_due(*, now: datetime) -> int:
    mark, _ = AlertWatermark.objects.get_or_create(name=DUE, defaults={"pending_at": now})
    if now - mark.pending_at < DUE_EVERY:
        return 0
    told = _store_pages(DUE, sources.newly_due(since=mark.pending_at, now=now), now=now)
    AlertWatermark.objects.filter(name=DUE, pending_at=mark.pending_at).update(pending_at=now)
    return told


def _tell_what_failed(*, now: datetime) -> int:
    AlertWatermark.objects.get_or_create(name=JOBS, defaults={"pending_at": now})
    return _store_pages(JOBS, sources.failed_jobs(now=now), now=now)


def _store_pages(name: str, intents: Iterator[Intent], *, now: datetime) -> int:
    told = 0
    while page := list(islice(intents, ROWS_PER_PAGE)):
        told += _store(name, page, now=now)
    return told


def _store(name: str, intents: Sequence[Intent], *, now: datetime) -> int:
    """Store what is new of a page: alerts that are wanted somewhere, and where they go."""
    if not intents:
        return 0
    shown = sources.without_hidden(intents)
    with transaction.atomic():
        # one at a time: what the one before has stored is seen below
        AlertWatermark.objects.select_for_update().get(name=name)
        fresh = _unknown(shown)
        wishes = preferences.wishes({each.user_id for each in fresh})
        made = Notification.objects.bulk_create(
            _notification(each, wishes[each.user_id].of(each.kind))
            for each in fresh
            if wishes[each.user_id].of(each.kind)
        )
        Delivery.objects.bulk_create(
            _deliveries(made, wishes, now),
            ignore_conflicts=True,  # where several share a place, one of them sends there
        )
    return len(made)


def _unknown(intents: Sequence[Intent]) -> list[Intent]:
    keys = {each.key for each in intents}
    known = set(
        Notification.objects.filter(
            source_key__in=keys, user__in={each.user_id for each in intents}
        ).values_list("user", "source_key")
    )
    fresh = {
        (each.user_id, each.key): each for each in intents if (each.user_id, each.key) not in known
    }
    return list(fresh.values())


def _notification(intent: Intent, ways: preferences.Ways) -> Notification:
    return Notification(
        user_id=intent.user_id,
        account_id=intent.account_id,
        kind=intent.kind,
        subject=intent.subject,
        subject_id=intent.subject_id,
        title=intent.title,
        text=intent.text,
        at=intent.at,
        source_key=intent.key,
        is_on_page=ways.on_page,
        in_digest=ways.in_digest,
    )


def _deliveries(
    made: Iterable[Notification], wishes: dict[int, preferences.Wishes], now: datetime
) -> Iterator[Delivery]:
    for notification in made:
        for place in wishes[notification.user_id].of(notification.kind).places:
            yield Delivery(
                user_id=notification.user_id,
                notification=notification,
                channel=place.channel,
                endpoint_id=place.endpoint_id,
                key=place.key_of(notification),
                created_at=now,
            )
