"""What the beat and the command do, again and again: make alerts, gather digests, send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from playbooks.services.alerts import deliveries, derive, digests


@dataclass(frozen=True)
class Round:
    alerts: int
    digests: int
    sent: int
    failed: int


def make_and_send(*, clock: Callable[[], datetime] = timezone.now) -> Round:
    """Safe to run at any time, twice at once, and to kill."""
    alerts = derive.derive(now=clock())
    gathered = digests.make_digests(now=clock())
    sent = deliveries.send_due(clock=clock)
    return Round(alerts, gathered, sent.sent, sent.failed)
