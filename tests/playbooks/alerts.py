"""What the tests of alerts share: a first round, so that all that follows is news."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import User
from playbooks.models import AlertPreference, Notification
from playbooks.services.alerts.derive import derive
from tests.factories import NOW


def begin(now: datetime = NOW - timedelta(days=1)) -> None:
    """What is there already is no news from here on."""
    derive(now=now)


def told(user: User) -> list[tuple[str, str]]:
    """Kind and title of each alert of a person, oldest first."""
    found = Notification.objects.filter(user=user).order_by("pk")
    return list(found.values_list("kind", "title"))


def want(user: User, kind: str, *channels: str) -> None:
    """The channels, and no others."""
    AlertPreference.objects.filter(user=user, kind=kind).delete()
    for channel in AlertPreference.Channel.values:
        AlertPreference.objects.create(
            user=user, kind=kind, channel=channel, is_on=channel in channels
        )
