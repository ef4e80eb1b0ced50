"""Alerts as a person reads them: the bell, the list, how they are set, what could not be sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from accounts.keyset import Asked, Key, KeysetPage, page_of
from accounts.models import User
from playbooks.alerting import DEFAULTS, KINDS, Channel, Kind
from playbooks.models import AlertPreference, Delivery, Endpoint, Notification

ALERTS_PER_PAGE = 50
MOST_COUNTED = 99

KEYS = (
    Key("at", datetime.fromisoformat, is_descending=True),
    Key("pk", int, is_descending=True),
)


def unread_count(user: User) -> str:
    unread = Notification.objects.visible_to(user).unread().order_by()
    count = unread.values("pk")[: MOST_COUNTED + 1].count()
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")


def alerts_page(user: User, *, unread_only: bool, asked: Asked) -> KeysetPage[Notification]:
    alerts = Notification.objects.visible_to(user).on_page().select_related("account")
    shown = alerts.filter(read_at=None) if unread_only else alerts
    return page_of([shown], KEYS, size=ALERTS_PER_PAGE, asked=asked)


@dataclass(frozen=True)
class Way:
    """A channel as the settings show it; `missing` says what has to be set before it works."""

    channel: Channel
    name: str
    missing: str = ""


def ways(user: User) -> list[Way]:
    """All channels but e-mail's two, which are one choice."""
    kinds = set(_reachable(user).values_list("kind", flat=True))
    has_slack = bool(settings.SLACK_WEBHOOK_URL) or Endpoint.Kind.SLACK in kinds
    has_webhook = Endpoint.Kind.WEBHOOK in kinds
    missing = gettext("add an address below")
    return [
        Way(Channel.PAGE, gettext("Page")),
        Way(Channel.SLACK, gettext("Slack"), "" if has_slack else missing),
        Way(Channel.WEBHOOK, gettext("Webhook"), "" if has_webhook else missing),
    ]


def _reachable(user: User) -> QuerySet[Endpoint]:
    return Endpoint.objects.filter(Q(owner=None) | Q(owner=user), is_active=True)


def has_email() -> bool:
    return bool(settings.HAS_EMAIL)


def shared_places() -> list[str]:
    """Addresses of the organisation, by name."""
    of_settings = [gettext("Slack (of the installation)")] if settings.SLACK_WEBHOOK_URL else []
    shared = Endpoint.objects.filter(owner=None, is_active=True)
    return of_settings + [f"{each.name} ({each.get_kind_display()})" for each in shared]


def own_alert(user: User, alert_id: int) -> Notification | None:
    return Notification.objects.visible_to(user).filter(pk=alert_id).first()


def chosen(user: User) -> dict[tuple[Kind, Channel], bool]:
    """Every kind and channel, with what holds for the person."""
    said = {(row.kind, row.channel): row.is_on for row in AlertPreference.objects.filter(user=user)}
    return {
        (kind, channel): said.get((kind, channel), channel in DEFAULTS[kind])
        for kind in KINDS
        for channel in Channel
    }


def own_endpoints(user: User) -> Sequence[Endpoint]:
    return list(Endpoint.objects.filter(owner=user))


def undelivered(asked: Asked) -> KeysetPage[Delivery]:
    """What was given up, newest first."""
    dead = Delivery.objects.dead().select_related(
        "user", "endpoint", "notification__account", "digest"
    )
    return page_of([dead], KEYS[1:], size=ALERTS_PER_PAGE, asked=asked)
