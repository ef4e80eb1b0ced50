"""Addresses that alerts are sent to, and what signs what is sent there.

A secret is never stored: it is worked out from SECRET_KEY, the endpoint's key and the version of its
secret, so that a copy of the database forges nothing. It is shown once, when it is made. After
SECRET_KEY has been changed, what is signed by the former ones (SECRET_KEY_FALLBACKS) goes along until
they are taken out: receivers get their new secret meanwhile.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from accounts import outgoing
from accounts.models import User
from accounts.services import audit
from playbooks.errors import TooManyEndpoints
from playbooks.models import Endpoint

SALT = "playbooks.endpoint"
MOST_OF_ONE_PERSON = 5


@dataclass(frozen=True)
class Made:
    """An endpoint with the secret that its receiver checks signatures by; Slack has none."""

    endpoint: Endpoint
    secret: str


def rules() -> outgoing.Rules:
    """Public addresses by https, and the hosts of our own that the settings name."""
    return outgoing.Rules(allowed_hosts=settings.OUTGOING_HOSTS)


@transaction.atomic
def add(
    *, kind: str, name: str, webhook_url: str, owner: User | None, by: User, now: datetime
) -> Made:
    """Store an address, of a person or (without an owner) for all. Raises AddressRefused, TooManyEndpoints."""
    outgoing.check(webhook_url, rules())
    if owner is not None and owner.endpoints.count() >= MOST_OF_ONE_PERSON:
        raise TooManyEndpoints(MOST_OF_ONE_PERSON)
    endpoint = Endpoint.objects.create(
        kind=kind, name=name, webhook_url=webhook_url, owner=owner, created_at=now
    )
    audit.record(
        "endpoint.added", endpoint, now=now, by=by, detail={"host": endpoint.host, "kind": kind}
    )
    return Made(endpoint, secrets_of(endpoint)[0] if kind == Endpoint.Kind.WEBHOOK else "")


@transaction.atomic
def renew_secret(*, endpoint_id: int, by: User, now: datetime) -> Made:
    """Sign by another secret from now on. Raises Endpoint.DoesNotExist."""
    webhooks = Endpoint.objects.filter(pk=endpoint_id, kind=Endpoint.Kind.WEBHOOK)
    webhooks.update(secret_version=F("secret_version") + 1)
    endpoint = webhooks.get()
    audit.record("endpoint.secret_renewed", endpoint, now=now, by=by)
    return Made(endpoint, secrets_of(endpoint)[0])


@transaction.atomic
def remove_own(*, endpoint_id: int, by: User, now: datetime) -> None:
    """Forget an address of one's own, with what waits for it. Raises Endpoint.DoesNotExist."""
    endpoint = Endpoint.objects.get(pk=endpoint_id, owner=by)
    audit.record("endpoint.removed", endpoint, now=now, by=by)
    endpoint.delete()


def secrets_of(endpoint: Endpoint) -> list[str]:
    """The secret by which receivers check, then those of former keys of the installation."""
    value = f"{endpoint.key}:{endpoint.secret_version}"
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = (salted_hmac(SALT, value, secret=key, algorithm="sha256").digest() for key in keys)
    return [f"whsec_{base64.b64encode(digest).decode()}" for digest in digests]
