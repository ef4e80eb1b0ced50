"""Snoozing calls to action, and how they wake."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.models import User
from playbooks.errors import CommentNeeded, SnoozeNotInFuture, TooFarAway
from playbooks.models import CallToAction
from playbooks.organisation import organisation_day
from playbooks.services.ctas.changes import OPEN, Kind, change, log, workable_cta

LONGEST_SNOOZE = timedelta(days=10 * 366)


@transaction.atomic
def snooze(*, cta_id: int, until: date, reason: str, by: User, now: datetime) -> CallToAction:
    """Take a live CTA out of the queue to the end of a day; it stays live: no other of its kind opens.

    The days are the organisation's. Raises SnoozeNotInFuture, TooFarAway, CommentNeeded, CTAChanged.
    """
    cta = workable_cta(cta_id, by)
    today = organisation_day(now)
    if until < today:
        raise SnoozeNotInFuture
    if until - today > LONGEST_SNOOZE:
        raise TooFarAway
    if not reason.strip():
        raise CommentNeeded("snooze")
    change(
        cta,
        while_in=OPEN,
        seen={"snoozed_until": cta.snoozed_until},
        snoozed_until=until,
        snooze_reason=reason.strip(),
    )
    detail = {"until": until.isoformat()}
    log(cta, Kind.SNOOZED, by=by, now=now, text=reason.strip(), detail=detail)
    return cta


@transaction.atomic
def wake(*, cta_id: int, by: User, now: datetime) -> CallToAction:
    """Bring a snoozed CTA back before its day is over. Waking one that is awake changes nothing."""
    cta = workable_cta(cta_id, by)
    if cta.snoozed_until is not None:
        seen = {"snoozed_until": cta.snoozed_until}
        awake = {"snoozed_until": None, "woke_on": organisation_day(now)}
        change(cta, while_in=OPEN, seen=seen, snooze_reason="", **awake)
        log(cta, Kind.WOKE, by=by, now=now)
    return cta


def wake_snoozed(*, now: datetime) -> int:
    """Wake each CTA whose last day asleep is over for the organisation; return how many."""
    over = CallToAction.objects.live().filter(snoozed_until__lt=organisation_day(now))
    return sum(_wake_if_due(cta, now=now) for cta in over)


@transaction.atomic
def _wake_if_due(cta: CallToAction, *, now: datetime) -> bool:
    today = organisation_day(now)
    over = CallToAction.objects.live().filter(pk=cta.pk, snoozed_until__lt=today)
    if not over.update(snoozed_until=None, snooze_reason="", woke_on=today):
        return False
    log(cta, Kind.WOKE, by=None, now=now)
    return True
