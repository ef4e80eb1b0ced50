"""Links that end e-mails: signed, so that who has the e-mail need not sign in."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext

from accounts.models import User
from playbooks.alerting import KINDS, Kind
from playbooks.services.alerts import preferences

SALT = "playbooks.unsubscribe"


@dataclass(frozen=True)
class Unsubscription:
    """Whose e-mails end, and of which kind; None: all of them."""

    user: User
    kind: Kind | None

    @property
    def what(self) -> str:
        return gettext(KINDS[self.kind]) if self.kind else ""


def link(user: User, kind: Kind | None) -> str:
    token = signing.dumps([user.pk, kind or ""], salt=SALT)
    return settings.SITE_URL + reverse("playbooks:unsubscribe", args=[token])


def read(token: str) -> Unsubscription | None:
    """What a link is for; None where it is made up, or the person is gone."""
    try:
        user_id, kind = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=user_id).first()
    known = kind in Kind.__members__.values()
    if user is None or (kind and not known):
        return None
    return Unsubscription(user, Kind(kind) if kind else None)


@transaction.atomic
def unsubscribe(asked: Unsubscription) -> None:
    """Twice changes nothing: mail programs may send it more than once."""
    preferences.stop_email(user=asked.user, kind=asked.kind)
