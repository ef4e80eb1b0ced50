"""How each person wants to hear of each kind of thing: what they said, or else what ships."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import time

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from playbooks.alerting import DEFAULTS, DIGEST_HOUR, FOR_ADMINS, Channel, Kind
from playbooks.errors import QuietHoursIncomplete
from playbooks.models import AlertPreference, AlertSchedule, Delivery, Endpoint, Notification

Choice = tuple[Kind, Channel]


@dataclass(frozen=True)
class Place:
    """Where a message goes; a place that several share gets each thing once."""

    channel: str
    endpoint_id: int | None = None
    is_shared: bool = False

    def key_of(self, notification: Notification) -> str:
        place = f"{self.channel}:{self.endpoint_id or '-'}"
        if self.is_shared:
            return f"shared:{place}:{notification.source_key}"
        return f"alert:{notification.pk}:{place}"


@dataclass(frozen=True)
class Ways:
    """How one alert reaches its person; none at all: it is not made."""

    on_page: bool
    in_digest: bool
    places: tuple[Place, ...] = ()

    def __bool__(self) -> bool:
        return self.on_page or self.in_digest or bool(self.places)


@dataclass(frozen=True)
class Wishes:
    """What holds for one person, with the places that there are for them."""

    chosen: Mapping[Choice, bool]
    slack: tuple[Place, ...] = ()
    webhook: tuple[Place, ...] = ()

    def wants(self, kind: Kind, channel: Channel) -> bool:
        return self.chosen.get((kind, channel), channel in DEFAULTS[kind])

    def of(self, kind: str) -> Ways:
        """E-mail at once goes before the daily one: nobody gets the same twice."""
        known = Kind(kind)
        at_once = settings.HAS_EMAIL and self.wants(known, Channel.EMAIL_NOW)
        daily = settings.HAS_EMAIL and self.wants(known, Channel.EMAIL_DIGEST)
        places = [Place(Delivery.Channel.EMAIL)] if at_once else []
        if self.wants(known, Channel.SLACK):
            places += self.slack
        if self.wants(known, Channel.WEBHOOK):
            places += self.webhook
        return Ways(self.wants(known, Channel.PAGE), daily and not at_once, tuple(places))


def wishes(user_ids: Collection[int]) -> dict[int, Wishes]:
    """Of several people. Two queries, whatever their number."""
    chosen: dict[int, dict[Choice, bool]] = defaultdict(dict)
    for said in AlertPreference.objects.filter(user__in=user_ids):
        chosen[said.user_id][Kind(said.kind), Channel(said.channel)] = said.is_on
    own: dict[tuple[int, str], list[Place]] = defaultdict(list)
    shared: dict[str, list[Place]] = defaultdict(list)
    if settings.SLACK_WEBHOOK_URL:
        shared[Endpoint.Kind.SLACK].append(Place(Delivery.Channel.SLACK, is_shared=True))
    reachable = Endpoint.objects.filter(Q(owner=None) | Q(owner__in=user_ids), is_active=True)
    for endpoint in reachable.order_by("pk"):
        if endpoint.owner_id is None:
            shared[endpoint.kind].append(Place(endpoint.kind, endpoint.pk, is_shared=True))
        else:
            own[endpoint.owner_id, endpoint.kind].append(Place(endpoint.kind, endpoint.pk))

    def places(user_id: int, kind: str) -> tuple[Place, ...]:
        return tuple(own[user_id, kind] or shared[kind])

    return {
        user_id: Wishes(
            chosen[user_id],
            slack=places(user_id, Endpoint.Kind.SLACK),
            webhook=places(user_id, Endpoint.Kind.WEBHOOK),
        )
        for user_id in user_ids
    }


def kinds_for(user: User) -> list[Kind]:
    return [kind for kind in Kind if user.may_configure or kind not in FOR_ADMINS]


def schedule_of(user: User) -> AlertSchedule:
    """The person's hours, or those that ship, not stored."""
    stored = AlertSchedule.objects.filter(user=user).first()
    return stored or AlertSchedule(user=user, digest_hour=DIGEST_HOUR)


@transaction.atomic
def choose(*, user: User, choices: Mapping[Choice, bool]) -> None:
    """Store what a person wants, of the kinds and channels that are named."""
    AlertPreference.objects.bulk_create(
        [
            AlertPreference(user=user, kind=kind, channel=channel, is_on=is_on)
            for (kind, channel), is_on in choices.items()
        ],
        update_conflicts=True,
        unique_fields=["user", "kind", "channel"],
        update_fields=["is_on"],
    )


@transaction.atomic
def set_hours(
    *, user: User, digest_hour: int, quiet_from: time | None, quiet_until: time | None
) -> AlertSchedule:
    """Raises QuietHoursIncomplete where only one end is given."""
    if (quiet_from is None) != (quiet_until is None):
        raise QuietHoursIncomplete
    schedule, _ = AlertSchedule.objects.update_or_create(
        user=user,
        defaults={
            "digest_hour": digest_hour,
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
        },
    )
    return schedule


@transaction.atomic
def stop_email(*, user: User, kind: Kind | None) -> None:
    """End the e-mails of a kind, or all of them, for good; what waits is not sent either."""
    kinds = list(Kind) if kind is None else [kind]
    off = {
        (each, channel): False
        for each in kinds
        for channel in (Channel.EMAIL_NOW, Channel.EMAIL_DIGEST)
    }
    choose(user=user, choices=off)
    alerts = Notification.objects.filter(user=user, kind__in=kinds)
    alerts.waiting_for_digest().update(in_digest=False)
    waiting = Delivery.objects.unsent().filter(user=user, channel=Delivery.Channel.EMAIL)
    (waiting if kind is None else waiting.filter(notification__kind=kind)).delete()
