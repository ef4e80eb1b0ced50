"""Several workers at once on PostgreSQL: each alert is made once, each message sent once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from django.db import connections, transaction

from accounts.models import Account, User
from playbooks.models import AlertWatermark, CTAEvent, Delivery, Digest, Notification
from playbooks.services.alerts import deliveries
from playbooks.services.alerts.derive import derive
from playbooks.services.alerts.digests import make_digests
from tests.factories import make_cta, make_delivery, make_endpoint, make_event, make_notification
from tests.playbooks.alerts import begin, want
from tests.playbooks.receiving import HOST, Receiver, receiver
from tests.playbooks.test_cta_races import at_once

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

WORKERS = 6


@pytest.fixture
def hook(settings) -> Iterator[Receiver]:
    settings.OUTGOING_HOSTS = [HOST]
    with receiver() as seen:
        yield seen


def test_many_derive_and_each_alert_is_made_once(
    account: Account, csm: User, now: datetime
) -> None:
    begin()
    want(csm, "assigned", "page", "email_now")
    cta = make_cta(account=account)
    CTAEvent.objects.bulk_create(
        CTAEvent(cta=cta, account=account, kind="opened", at=now) for _ in range(300)
    )
    made = at_once([partial(derive, now=now)] * WORKERS)
    assert sum(made) == 300  # type: ignore[arg-type]  # numbers, or an error that this shows
    assert Notification.objects.count() == Delivery.objects.count() == 300


def test_many_send_and_each_message_leaves_once(
    account: Account, csm: User, hook: Receiver, now: datetime
) -> None:
    endpoint = make_endpoint(webhook_url=hook.url)
    for _ in range(40):
        make_delivery(notification=make_notification(user=csm, account=account), endpoint=endpoint)
    at_once([partial(deliveries.send_due, clock=lambda: now)] * WORKERS)
    assert len(hook.headers) == 40
    assert len({headers["webhook-id"] for headers in hook.headers}) == 40
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_many_make_one_digest(csm: User, now: datetime) -> None:
    for _ in range(5):
        make_notification(user=csm, in_digest=True, at=now - timedelta(hours=5))
    at_once([partial(make_digests, now=now)] * WORKERS)
    assert Digest.objects.get().day == date(2026, 11, 16)
    assert Delivery.objects.count() == 1
    assert Notification.objects.filter(digest=None).count() == 0


def test_a_key_that_is_committed_late_is_not_passed_by(
    account: Account, csm: User, now: datetime
) -> None:
    begin()
    cta = make_cta(account=account)
    other = connections.create_connection("default")
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute(
            "INSERT INTO playbooks_ctaevent (cta_id, account_id, kind, at, text, detail) "
            "VALUES (%s, %s, 'woke', %s, '', '{}') RETURNING id",
            [cta.pk, account.pk, now],
        )
        late = cursor.fetchone()[0]
    later = make_event(cta=cta, kind="woke")
    assert later.pk > late
    minutes = [now + timedelta(minutes=n) for n in range(4)]
    assert derive(now=minutes[0]) == 1
    assert derive(now=minutes[1]) == 0
    assert AlertWatermark.objects.get(name="cta_events").settled_id < late
    other.commit()
    other.close()
    assert derive(now=minutes[2]) == 1
    assert derive(now=minutes[3]) == 0
    assert settles(later, now=minutes[3])


def settles(event: CTAEvent, *, now: datetime) -> bool:
    """Whether nothing before the event is waited for; transactions elsewhere on the server end first."""
    for _ in range(100):
        if AlertWatermark.objects.get(name="cta_events").settled_id == event.pk:
            return True
        time.sleep(0.1)
        derive(now=now)
    return False


def test_a_run_that_is_cut_off_within_a_page_leaves_nothing_half_done(
    account: Account, csm: User, now: datetime, monkeypatch
) -> None:
    begin()
    want(csm, "assigned", "email_now")
    make_event(cta=make_cta(account=account))

    class Killed(BaseException):
        """As a signal ends it."""

    def killed(*args: object, **kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(type(Delivery.objects.all()), "bulk_create", killed)
        with pytest.raises(Killed):
            derive(now=now)
    assert not Notification.objects.exists()
    assert transaction.get_autocommit()
    assert derive(now=now) == 1
    assert Delivery.objects.count() == 1
