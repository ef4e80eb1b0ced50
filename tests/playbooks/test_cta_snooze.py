"""Snoozing calls to action, and how they wake."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import Settings

from accounts.models import Account, User
from playbooks.errors import CommentNeeded, CTAChanged, SnoozeNotInFuture, TooFarAway
from playbooks.models import CallToAction, CTAEvent
from playbooks.services import ctas
from playbooks.tasks import wake_snoozed
from tests.factories import TODAY, make_account, make_cta, make_user

TOMORROW = TODAY + timedelta(days=1)
YESTERDAY = TODAY - timedelta(days=1)

pytestmark = pytest.mark.django_db


def asleep(account: Account, until: date = TOMORROW) -> CallToAction:
    return make_cta(account=account, snoozed_until=until, snooze_reason="After the freeze")


def test_a_snoozed_one_stays_live_and_leaves_the_queue(
    account: Account, csm: User, now: datetime
) -> None:
    cta = make_cta(account=account)
    ctas.snooze(cta_id=cta.pk, until=TOMORROW, reason="After the freeze", by=csm, now=now)
    assert CallToAction.objects.live().get() == cta
    assert not CallToAction.objects.awake_on(TODAY).exists()
    event = cta.events.get()
    assert (event.kind, event.text) == (CTAEvent.Kind.SNOOZED, "After the freeze")
    assert event.detail == {"until": "2026-11-17"}


def test_snoozing_again_moves_the_day(account: Account, csm: User, now: datetime) -> None:
    later = TODAY + timedelta(days=9)
    cta = asleep(account)
    assert (
        ctas.snooze(cta_id=cta.pk, until=later, reason="Longer", by=csm, now=now).snoozed_until
        == later
    )


def test_the_rest_of_today_can_be_slept_through(account: Account, csm: User, now: datetime) -> None:
    cta = make_cta(account=account)
    ctas.snooze(cta_id=cta.pk, until=TODAY, reason="x", by=csm, now=now)
    assert not CallToAction.objects.awake_on(TODAY).exists()
    assert CallToAction.objects.awake_on(TOMORROW).exists()


def test_a_day_that_is_over_is_refused(account: Account, csm: User, now: datetime) -> None:
    cta = make_cta(account=account)
    with pytest.raises(SnoozeNotInFuture):
        ctas.snooze(cta_id=cta.pk, until=YESTERDAY, reason="x", by=csm, now=now)


def test_a_sleep_has_an_end(account: Account, csm: User, now: datetime) -> None:
    with pytest.raises(TooFarAway):
        ctas.snooze(
            cta_id=make_cta(account=account).pk, until=date.max, reason="x", by=csm, now=now
        )


def test_today_is_the_organisations(
    account: Account, csm: User, now: datetime, settings: Settings
) -> None:
    settings.ORGANISATION_TIME_ZONE = "Pacific/Kiritimati"  # 14 hours ahead: there it is tomorrow
    cta = make_cta(account=account)
    with pytest.raises(SnoozeNotInFuture):
        ctas.snooze(cta_id=cta.pk, until=TODAY, reason="x", by=csm, now=now.replace(hour=11))


def test_snoozing_needs_a_reason(account: Account, csm: User, now: datetime) -> None:
    with pytest.raises(CommentNeeded):
        ctas.snooze(
            cta_id=make_cta(account=account).pk, until=TOMORROW, reason=" ", by=csm, now=now
        )


def test_a_closed_one_cannot_be_snoozed(account: Account, csm: User, now: datetime) -> None:
    cta = make_cta(account=account, status=CallToAction.Status.SUCCESS)
    with pytest.raises(CTAChanged, match="Success"):
        ctas.snooze(cta_id=cta.pk, until=TOMORROW, reason="x", by=csm, now=now)


def test_waking_by_hand(account: Account, csm: User, now: datetime) -> None:
    cta = asleep(account)
    assert ctas.wake(cta_id=cta.pk, by=csm, now=now).snoozed_until is None
    assert ctas.wake(cta_id=cta.pk, by=csm, now=now).snoozed_until is None
    assert list(cta.events.values_list("kind", "actor")) == [(CTAEvent.Kind.WOKE, csm.pk)]


def test_it_wakes_by_itself_once(account: Account, now: datetime) -> None:
    cta = asleep(account, until=YESTERDAY)
    still_asleep = asleep(make_account(), until=TODAY)
    assert [ctas.wake_snoozed(now=now) for _ in range(2)] == [1, 0]
    cta.refresh_from_db()
    assert (cta.snoozed_until, cta.snooze_reason) == (None, "")
    assert CTAEvent.objects.get().actor is None
    still_asleep.refresh_from_db()
    assert still_asleep.snoozed_until == TODAY


@pytest.mark.parametrize(
    ("zone", "hour", "woken"),
    [
        ("UTC", 23, 0),
        ("Pacific/Auckland", 10, 0),
        ("Pacific/Auckland", 11, 1),  # 13 hours ahead: midnight there
        ("America/New_York", 23, 0),
    ],
)
def test_the_day_ends_where_the_organisation_is(
    settings: Settings, zone: str, hour: int, woken: int
) -> None:
    settings.ORGANISATION_TIME_ZONE = zone
    asleep(make_account(csm=make_user(time_zone="Pacific/Kiritimati")), until=TODAY)
    assert ctas.wake_snoozed(now=datetime(2026, 11, 16, hour, 0, tzinfo=UTC)) == woken


def test_the_task_wakes_what_is_due(account: Account) -> None:
    cta = asleep(account, until=date(2026, 1, 1))
    wake_snoozed()
    cta.refresh_from_db()
    assert cta.snoozed_until is None
