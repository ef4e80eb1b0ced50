"""Hands a message over: by e-mail, to Slack, to a webhook. Raises DeliveryFailed.

Slack's own client is not used: it resolves the name itself and follows the environment's proxies, and
so would go by the guard of accounts.outgoing. Its incoming webhook is one POST of JSON.
"""

from __future__ import annotations

import smtplib
from datetime import datetime

from django.conf import settings
from standardwebhooks.webhooks import Webhook

from accounts import outgoing
from accounts.errors import AddressRefused, CallFailed
from accounts.redaction import redact
from playbooks import alerting
from playbooks.errors import DeliveryFailed
from playbooks.models import Delivery
from playbooks.services.alerts import endpoints, messages
from playbooks.services.alerts.moved import Causes

JSON = {"Content-Type": "application/json", "User-Agent": "Foothold"}
GONE = 410
ASKING_TO_WAIT = frozenset({429, 503})
SHOWN_OF_ANSWER = 100


def hand_over(delivery: Delivery, *, now: datetime, causes: Causes | None = None) -> None:
    """`causes`: what was read for others besides; None: it is read for this one."""
    causes = causes or Causes(now)
    if delivery.endpoint is not None and not delivery.endpoint.is_active:
        raise DeliveryFailed("Its address is switched off.", is_final=True)
    if delivery.channel == Delivery.Channel.EMAIL:
        _send_email(delivery, causes)
    elif delivery.channel == Delivery.Channel.SLACK:
        url = delivery.endpoint.webhook_url if delivery.endpoint else settings.SLACK_WEBHOOK_URL
        _post(url, messages.slack_of(delivery, causes), JSON, now=now)
    else:
        _send_webhook(delivery, causes, now=now)


def _send_email(delivery: Delivery, causes: Causes) -> None:
    if not settings.HAS_EMAIL:
        raise DeliveryFailed("E-mail is off: set EMAIL_URL.", is_final=True)
    try:
        messages.email_of(delivery, causes).send()
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryFailed(f"The mail server does not take it: {_said(error)}") from error


def _send_webhook(delivery: Delivery, causes: Causes, *, now: datetime) -> None:
    endpoint = delivery.endpoint
    assert endpoint is not None  # noqa: S101 - for the type checker: a webhook has its endpoint
    body = messages.webhook_of(delivery, causes)
    message_id = f"msg_{delivery.message_id.hex}"
    signatures = [
        Webhook(secret).sign(message_id, now, body.decode())
        for secret in endpoints.secrets_of(endpoint)
    ]
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    _post(endpoint.webhook_url, body, JSON | headers, now=now)


def _post(url: str, body: bytes, headers: dict[str, str], *, now: datetime) -> None:
    """No word of the address but its host is told: the rest of it may be a secret."""
    if not url:
        raise DeliveryFailed("Slack is off: set SLACK_WEBHOOK_URL.", is_final=True)
    try:
        answer = outgoing.post(url, body, headers=headers, rules=endpoints.rules())
    except AddressRefused as refused:
        raise DeliveryFailed(redact(str(refused), [url]), is_final=True) from None
    except CallFailed as failed:
        raise DeliveryFailed(redact(str(failed), [url])) from None
    if not 200 <= answer.status < 300:
        said = answer.body.decode(errors="replace")[:SHOWN_OF_ANSWER]
        text = redact(f"It answered {answer.status} {said}", [url]).strip()
        raise DeliveryFailed(
            text, is_final=answer.status == GONE, not_before=_asked_for(answer, now=now)
        )


def _asked_for(answer: outgoing.Answer, *, now: datetime) -> datetime | None:
    """When a receiver that has too much to do asks to be tried again."""
    if answer.status not in ASKING_TO_WAIT:
        return None
    return alerting.retry_after(answer.retry_after, now=now)


def _said(error: Exception) -> str:
    return redact(" ".join(str(error).split()) or type(error).__name__)[:300]
