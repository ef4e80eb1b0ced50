"""What is sent, in words: of one alert, or of a day's. Made anew in each attempt from what is stored."""

from __future__ import annotations

import json
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from playbooks.alerting import KINDS, Kind
from playbooks.models import Delivery, Digest, Notification
from playbooks.services.alerts import unsubscribing
from playbooks.services.alerts.moved import Causes

MOST_IN_DIGEST = 50


@dataclass(frozen=True)
class Line:
    """One alert, with what a template needs of it."""

    alert: Notification
    url: str
    kind: str
    moved_by: str = ""  # the causes of a fall in a sentence, where they can be told


@dataclass(frozen=True)
class Story:
    """What a message tells: a subject and its lines, and how many more there are on the page."""

    subject: str
    lines: list[Line]
    more: int = 0
    context: dict[str, Any] = field(default_factory=dict)


def email_of(delivery: Delivery, causes: Causes) -> EmailMultiAlternatives:
    """The e-mail in text and HTML; its Message-ID is the same in every attempt."""
    user = delivery.user
    told = (
        _digest(delivery.digest, causes)
        if delivery.digest
        else _alert(_notification_of(delivery), causes)
    )
    kind = Kind(_notification_of(delivery).kind) if delivery.notification_id else None
    ending = unsubscribing.link(user, kind)
    context = {
        "story": told,
        "person": user,
        "kind": gettext(KINDS[kind]) if kind else "",
        "unsubscribe_url": ending,
        "settings_url": settings.SITE_URL + reverse("playbooks:alert_settings"),
        "alerts_url": settings.SITE_URL + reverse("playbooks:alerts"),
    }
    host = urlsplit(settings.SITE_URL).hostname or "foothold"
    with timezone.override(zoneinfo.ZoneInfo(user.time_zone)):
        text = render_to_string("emails/alert.txt", context)
        html = render_to_string("emails/alert.html", context)
    message = EmailMultiAlternatives(
        subject=told.subject,
        body=text,
        to=[user.email],
        headers={
            "Message-ID": f"<{delivery.message_id}@{host}>",
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{ending}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    message.attach_alternative(html, "text/html")
    return message


def slack_of(delivery: Delivery, causes: Causes) -> bytes:
    """The body of Slack's incoming webhooks: a plain text beside the block that is shown."""
    (line,) = _lines([_notification_of(delivery)], causes)
    alert = line.alert
    about = f"*{_escaped(alert.account.name)}*  " if alert.account else ""
    shown = f"{about}<{line.url}|{_escaped(alert.title)}>"
    for text in filter(None, [alert.text, line.moved_by]):
        shown += f"\n>{_escaped(text)}"
    is_own = delivery.endpoint is not None and delivery.endpoint.owner_id is not None
    small = line.kind if is_own else f"{line.kind} · {delivery.user}"
    body = {
        "text": _escaped(_plain(alert)),
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": shown}},
            {"type": "context", "elements": [{"type": "plain_text", "text": small}]},
        ],
        "unfurl_links": False,
    }
    return json.dumps(body).encode()


def webhook_of(delivery: Delivery, causes: Causes) -> bytes:
    """The body of an outgoing webhook: type, timestamp and data, as Standard Webhooks has it."""
    (line,) = _lines([_notification_of(delivery)], causes)
    alert, account = line.alert, line.alert.account
    data = {
        "id": alert.pk,
        "kind": alert.kind,
        "title": alert.title,
        "text": alert.text,
        "moved_by": line.moved_by,
        "url": line.url,
        "person": delivery.user.email,
        "account": account and {"external_id": account.external_id, "name": account.name},
    }
    body = {"type": f"alert.{alert.kind}", "timestamp": alert.at.isoformat(), "data": data}
    return json.dumps(body).encode()


def _alert(notification: Notification, causes: Causes) -> Story:
    about = f"{notification.account.name}: " if notification.account else ""
    return Story(f"{about}{notification.title}", _lines([notification], causes))


def _digest(digest: Digest, causes: Causes) -> Story:
    told = Notification.objects.visible_to(digest.user).filter(digest=digest)
    alerts = told.select_related("account").order_by("account__name", "at", "pk")
    count = alerts.count()
    text = ngettext(
        "%(count)s thing since your last digest", "%(count)s things since your last digest", count
    )
    lines = _lines(alerts[:MOST_IN_DIGEST], causes)
    return Story(text % {"count": count}, lines, more=max(count - MOST_IN_DIGEST, 0))


def _lines(alerts: Iterable[Notification], causes: Causes) -> list[Line]:
    told = list(alerts)
    causes.read(told)
    return [
        Line(
            alert,
            settings.SITE_URL + alert.get_absolute_url(),
            gettext(KINDS[Kind(alert.kind)]),
            causes.of(alert),
        )
        for alert in told
    ]


def _plain(alert: Notification) -> str:
    return f"{alert.account.name}: {alert.title}" if alert.account else alert.title


def _notification_of(delivery: Delivery) -> Notification:
    assert delivery.notification is not None  # noqa: S101 - delivery_of_an_alert_or_a_digest
    return delivery.notification


def _escaped(text: str) -> str:
    """Slack's own three: what else a person wrote stays as it is, and calls nobody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
