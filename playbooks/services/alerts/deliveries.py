"""Sends what is to be sent: claimed by one worker at a time, tried again, and given up in the open.

Each step is one conditional UPDATE; `attempts` numbers the claims, so that a worker that was taken for
dead can no longer write. What is handed over is handed over at least once: a worker that is killed
between that and writing it down is followed by another that sends the same again, with the same
`webhook-id` or Message-ID, by which a receiver knows it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.services import audit
from playbooks import alerting
from playbooks.errors import DeliveryFailed, DeliveryNotDead
from playbooks.models import AlertSchedule, Delivery, Notification
from playbooks.services.alerts import transports
from playbooks.services.alerts.moved import Causes

State = Delivery.State

AT_ONCE = 200
ROUND_LASTS = timedelta(seconds=20)  # shorter than the beat: no worker is kept by slow receivers
STALLED_AFTER = timedelta(minutes=5)  # longer than any server is waited for
ERROR_LENGTH = 500
PARTS = ("user", "endpoint", "notification__account", "digest")

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]


@dataclass
class Counts:
    sent: int = 0
    failed: int = 0
    waiting: int = 0


def send_due(*, clock: Clock = timezone.now) -> Counts:
    """Send what is due, some of it; a place that does not answer is not asked again this time."""
    give_back_stalled(now=clock())
    counts, began = Counts(), clock()
    silent: set[tuple[str, int | None]] = set()
    due = Delivery.objects.due(clock()).order_by("pk")
    waiting = list(due.values_list("pk", "channel", "endpoint")[:AT_ONCE])
    causes = _causes([delivery_id for delivery_id, *_ in waiting], now=clock())
    for delivery_id, channel, endpoint_id in waiting:
        if clock() - began > ROUND_LASTS:
            break
        if (channel, endpoint_id) in silent:
            continue
        try:
            is_sent = send(delivery_id, clock=clock, causes=causes)
        except DeliveryFailed as failed:
            counts.failed += 1
            if not failed.is_final:
                silent.add((channel, endpoint_id))
        else:
            counts.sent += is_sent
            counts.waiting += not is_sent
    return counts


def _causes(delivery_ids: Sequence[int], *, now: datetime) -> Causes:
    """What moved the scores that these tell of, read at once: a round asks no more for many."""
    causes = Causes(now)
    if delivery_ids:
        causes.read(Notification.objects.filter(deliveries__in=delivery_ids).distinct())
    return causes


def send(delivery_id: int, *, clock: Clock = timezone.now, causes: Causes | None = None) -> bool:
    """Send one message and note how that went; False: not now, or another worker has it.

    Raises DeliveryFailed, after it is noted.
    """
    if _is_put_off(delivery_id, now=clock()):
        return False
    delivery = claim(delivery_id=delivery_id, now=clock())
    if delivery is None:
        return False
    try:
        if not _may_be_told(delivery):
            raise DeliveryFailed("Its person is gone or may no longer see this.", is_final=True)
        transports.hand_over(delivery, now=clock(), causes=causes)
    except DeliveryFailed as failed:
        _note_failure(delivery, failed, now=clock())
        raise
    _change(delivery, state=State.SENT, sent_at=clock(), last_error="")
    return True


def claim(*, delivery_id: int, now: datetime) -> Delivery | None:
    """Take a message that is due; None when another worker was faster."""
    due = Delivery.objects.due(now).filter(pk=delivery_id)
    if not due.update(
        state=State.SENDING, claimed_at=now, not_before=None, attempts=F("attempts") + 1
    ):
        return None
    return Delivery.objects.select_related(*PARTS).get(pk=delivery_id)


def give_back_stalled(*, now: datetime) -> int:
    """Give back what workers had that were killed; return how much that was."""
    stalled = Delivery.objects.filter(state=State.SENDING, claimed_at__lt=now - STALLED_AFTER)
    count = 0
    for delivery in stalled:
        failed = DeliveryFailed("The worker stopped answering.")
        count += _note_failure(delivery, failed, now=now)
    return count


@transaction.atomic
def send_again(*, delivery_id: int, by: User | None, now: datetime) -> Delivery:
    """Queue what was given up, all attempts before it. Raises DeliveryNotDead, Delivery.DoesNotExist."""
    delivery = Delivery.objects.get(pk=delivery_id)
    requeued = Delivery.objects.dead().filter(pk=delivery_id)
    if not requeued.update(state=State.QUEUED, attempts=0, not_before=None, last_error=""):
        raise DeliveryNotDead(delivery_id)
    audit.record("delivery.sent_again", delivery, now=now, by=by)
    delivery.refresh_from_db()
    return delivery


def _is_put_off(delivery_id: int, *, now: datetime) -> bool:
    """Keep back what would come in somebody's quiet hours; machines have none."""
    person = Delivery.objects.due(now).exclude(channel=Delivery.Channel.WEBHOOK)
    found = person.filter(pk=delivery_id, user__alert_schedule__quiet_from__isnull=False).first()
    if found is None:
        return False
    hours = AlertSchedule.objects.select_related("user").get(user=found.user_id)
    until = alerting.quiet_until(
        now, zone=hours.user.time_zone, begin=hours.quiet_from, end=hours.quiet_until
    )
    return until is not None and bool(
        Delivery.objects.due(now).filter(pk=delivery_id).update(not_before=until)
    )


def _may_be_told(delivery: Delivery) -> bool:
    """Whether the person is still here and still sees what the message is about."""
    alerts = Notification.objects.visible_to(delivery.user)
    if delivery.notification_id is not None:
        return alerts.filter(pk=delivery.notification_id).exists()
    return alerts.filter(digest=delivery.digest_id).exists()


def _note_failure(delivery: Delivery, failed: DeliveryFailed, *, now: datetime) -> bool:
    later = None
    if not failed.is_final:
        later = alerting.next_attempt(delivery.attempts, now=now, not_before=failed.not_before)
    state = State.DEAD if later is None else State.RETRYING
    error = str(failed)[:ERROR_LENGTH]
    is_noted = _change(delivery, state=state, not_before=later, last_error=error)
    if is_noted and state == State.DEAD:
        logger.warning("Delivery %s (%s) is given up.", delivery.pk, delivery.channel)
    return is_noted


def _change(delivery: Delivery, **fields: object) -> bool:
    """Write to a message that this worker still holds."""
    held = Delivery.objects.filter(pk=delivery.pk, state=State.SENDING, attempts=delivery.attempts)
    return bool(held.update(**fields))
