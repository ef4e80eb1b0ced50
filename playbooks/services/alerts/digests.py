"""One e-mail a day with what has happened: by the person's clock, once, and none where nothing has."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Min

from accounts.models import User
from playbooks import alerting
from playbooks.models import AlertSchedule, Delivery, Digest, Notification


def make_digests(*, now: datetime) -> int:
    """Make the digests that are due; return how many. Three queries where none is."""
    waiting = Notification.objects.waiting_for_digest().order_by()
    oldest = dict(waiting.values_list("user").annotate(Min("at")))
    people = User.objects.filter(is_active=True).in_bulk(oldest)
    hours = dict(AlertSchedule.objects.filter(user__in=people).values_list("user", "digest_hour"))
    made = 0
    for user_id, user in people.items():
        day = alerting.digest_of(
            now,
            zone=user.time_zone,
            hour=hours.get(user_id, alerting.DIGEST_HOUR),
            oldest=oldest[user_id],
        )
        made += day is not None and _make(user, day, now=now)
    return made


def _make(user: User, day: date, *, now: datetime) -> bool:
    """Gather what waits into the day's digest; False where that has been made already."""
    try:
        with transaction.atomic():
            digest = Digest.objects.create(user=user, day=day, made_at=now)
            gathered = Notification.objects.visible_to(user).waiting_for_digest()
            if not gathered.filter(at__lte=now).update(digest=digest):
                digest.delete()  # of accounts that the person no longer sees
                return False
            Delivery.objects.create(
                user=user,
                digest=digest,
                channel=Delivery.Channel.EMAIL,
                key=f"digest:{digest.pk}",
                created_at=now,
            )
    except IntegrityError:  # digest_once_per_user_and_day
        return False
    return True
