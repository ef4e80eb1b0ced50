"""Messages leave once, are tried again, and are given up with their reason told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import count

import pytest
from django.core import mail
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from accounts.models import Account, AuditEntry, User
from playbooks.alerting import ATTEMPTS_AFTER
from playbooks.errors import DeliveryNotDead
from playbooks.models import AlertSchedule, Delivery, Endpoint
from playbooks.services.alerts import deliveries, endpoints, transports
from playbooks.services.alerts.derive import derive
from tests.factories import (
    make_cta,
    make_delivery,
    make_endpoint,
    make_event,
    make_notification,
)
from tests.playbooks.alerts import begin, want
from tests.playbooks.receiving import HOST, Receiver, receiver

pytestmark = pytest.mark.django_db
State = Delivery.State


@pytest.fixture
def hook(settings) -> Iterator[Receiver]:
    """A receiver on this machine; that it may be called has to be allowed."""
    settings.OUTGOING_HOSTS = [HOST]
    with receiver() as seen:
        yield seen


@pytest.fixture
def alert(account: Account, csm: User):
    return make_notification(user=csm, account=account, title="New risk: CI <fell> & stays")


def send(now: datetime) -> deliveries.Counts:
    return deliveries.send_due(clock=lambda: now)


def standing(delivery: Delivery) -> tuple[str, int]:
    delivery.refresh_from_db()
    return delivery.state, delivery.attempts


# --- E-mail -----------------------------------------------------------------------------------------


def test_an_email_has_text_html_and_a_way_to_end_it(alert, csm: User, now: datetime) -> None:
    delivery = make_delivery(notification=alert)
    assert send(now).sent == 1
    (message,) = mail.outbox
    assert message.to == [csm.email]
    assert message.subject == "Larch Telecom: New risk: CI <fell> & stays"
    assert "New risk: CI <fell> & stays" in message.body
    assert isinstance(message, mail.EmailMultiAlternatives)
    (html,) = message.alternatives
    assert "CI &lt;fell&gt; &amp; stays" in str(html[0])
    headers = message.extra_headers
    assert headers["Message-ID"] == f"<{delivery.message_id}@127.0.0.1>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Unsubscribe"].strip("<>") in message.body
    assert standing(delivery) == (State.SENT, 1)


def test_what_was_sent_is_not_sent_again(alert, now: datetime) -> None:
    make_delivery(notification=alert)
    assert [send(now).sent, send(now).sent] == [1, 0]
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_down_is_tried_again(alert, now: datetime, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    delivery = make_delivery(notification=alert)
    assert send(now).failed == 1
    assert standing(delivery) == (State.RETRYING, 1)
    assert delivery.not_before == now + ATTEMPTS_AFTER[0]
    assert "mail server" in delivery.last_error
    assert send(now).failed == 0  # not before its time


# --- Webhooks and Slack -----------------------------------------------------------------------------


def test_a_webhook_is_signed_as_the_standard_has_it(alert, hook: Receiver, csm: User) -> None:
    endpoint = make_endpoint(webhook_url=hook.url, owner=csm)
    delivery = make_delivery(notification=alert, endpoint=endpoint)
    assert deliveries.send_due().sent == 1
    secret = endpoints.secrets_of(endpoint)[0]
    told = Webhook(secret).verify(hook.bodies[0], hook.headers[0])
    assert told["type"] == "alert.assigned"
    assert told["data"]["account"]["name"] == "Larch Telecom"
    assert hook.headers[0]["webhook-id"] == f"msg_{delivery.message_id.hex}"
    other = endpoints.renew_secret(endpoint_id=endpoint.pk, by=csm, now=timezone.now()).secret
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(hook.bodies[0], hook.headers[0])


def test_after_a_new_key_of_the_installation_the_former_secret_holds_on(
    alert, hook: Receiver, csm: User, settings
) -> None:
    endpoint = make_endpoint(webhook_url=hook.url, owner=csm)
    former = endpoints.secrets_of(endpoint)[0]
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    make_delivery(notification=alert, endpoint=endpoint)
    deliveries.send_due()
    for secret in (former, endpoints.secrets_of(endpoint)[0]):
        Webhook(secret).verify(hook.bodies[0], hook.headers[0])


def test_slack_gets_its_own_shape_without_a_way_to_call_everyone(
    alert, hook: Receiver, now: datetime, settings
) -> None:
    settings.SLACK_WEBHOOK_URL = hook.url
    alert.text = "<!channel> look"
    alert.save()
    make_delivery(notification=alert, channel="slack")
    assert send(now).sent == 1
    told = json.loads(hook.bodies[0])
    assert told["text"] == "Larch Telecom: New risk: CI &lt;fell&gt; &amp; stays"
    shown = told["blocks"][0]["text"]["text"]
    assert "&lt;!channel&gt; look" in shown
    assert "http://127.0.0.1:8000/ctas/1/|" in shown


def test_a_receiver_that_fails_is_tried_until_it_is_given_up(
    alert, hook: Receiver, now: datetime
) -> None:
    hook.answers = [500]
    delivery = make_delivery(notification=alert, endpoint=make_endpoint(webhook_url=hook.url))
    for _ in range(20):
        send(now)
        now += timedelta(days=1)
    assert standing(delivery) == (State.DEAD, len(ATTEMPTS_AFTER) + 1)
    assert len({headers["webhook-id"] for headers in hook.headers}) == 1
    assert delivery.last_error == "It answered 500"


@pytest.mark.parametrize("channel", ["webhook", "slack"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_asks_to_wait_is_left_alone_for_as_long(
    alert, hook: Receiver, now: datetime, status: int, channel: str
) -> None:
    hook.answers, hook.retry_after = [status], "3600"
    endpoint = make_endpoint(webhook_url=hook.url, kind=channel)
    delivery = make_delivery(notification=alert, endpoint=endpoint, channel=channel)
    send(now)
    assert standing(delivery) == (State.RETRYING, 1)
    assert delivery.not_before == now + timedelta(hours=1)


def test_a_receiver_that_fails_otherwise_is_tried_as_always(
    alert, hook: Receiver, now: datetime
) -> None:
    hook.answers, hook.retry_after = [500], "3600"
    delivery = make_delivery(notification=alert, endpoint=make_endpoint(webhook_url=hook.url))
    send(now)
    assert standing(delivery) == (State.RETRYING, 1)
    assert delivery.not_before == now + ATTEMPTS_AFTER[0]


def test_a_receiver_that_is_gone_is_not_asked_again(alert, hook: Receiver, now: datetime) -> None:
    hook.answers = [410]
    delivery = make_delivery(notification=alert, endpoint=make_endpoint(webhook_url=hook.url))
    send(now)
    assert standing(delivery) == (State.DEAD, 1)


def test_a_private_address_is_refused_for_good_and_nothing_of_it_is_told(
    alert, now: datetime, caplog
) -> None:
    endpoint = make_endpoint(webhook_url="https://127.0.0.1/services/T0/B0/of-tests-only")
    delivery = make_delivery(notification=alert, endpoint=endpoint)
    send(now)
    assert standing(delivery) == (State.DEAD, 1)
    assert delivery.last_error == "127.0.0.1 leads into a network that is not public."
    assert "of-tests-only" not in caplog.text


def test_a_place_that_does_not_answer_keeps_no_other_waiting(
    alert, hook: Receiver, now: datetime
) -> None:
    dead = make_endpoint(webhook_url=f"http://{HOST}:9/")
    waiting = [make_delivery(notification=alert, endpoint=dead) for _ in range(3)]
    make_delivery(notification=alert, endpoint=make_endpoint(webhook_url=hook.url))
    assert (send(now).sent, len(hook.bodies)) == (1, 1)
    assert [standing(each)[1] for each in waiting] == [1, 0, 0]


def test_slow_receivers_keep_a_worker_no_longer_than_a_round(alert, now: datetime) -> None:
    for _ in range(5):
        make_delivery(notification=alert)
    moments = (now + timedelta(seconds=5 * n) for n in count())
    assert 0 < deliveries.send_due(clock=lambda: next(moments)).sent < 5


def test_an_address_that_is_switched_off_gets_nothing(alert, hook: Receiver, now) -> None:
    off = make_endpoint(webhook_url=hook.url, is_active=False)
    delivery = make_delivery(notification=alert, endpoint=off)
    send(now)
    assert (standing(delivery), hook.bodies) == ((State.DEAD, 1), [])


def test_what_several_share_gets_each_thing_once(
    account: Account, csm: User, teammate: User, hook: Receiver, now: datetime
) -> None:
    begin()
    make_endpoint(webhook_url=hook.url, kind="slack")
    for person in (csm, teammate):
        want(person, "mentioned", "slack")
    make_event(
        cta=make_cta(account=account, owner=None),
        kind="commented",
        detail={"mentions": [csm.pk, teammate.pk]},
    )
    derive(now=now)
    assert Delivery.objects.count() == 1


def test_ones_own_address_goes_before_the_shared_one(
    account: Account, csm: User, now: datetime
) -> None:
    begin()
    make_endpoint(name="Of all")
    make_endpoint(name="Mine", owner=csm)
    want(csm, "assigned", "webhook")
    make_event(cta=make_cta(account=account))
    derive(now=now)
    assert [str(each.endpoint) for each in Delivery.objects.all()] == ["Mine"]


# --- Killed, twice, too late ------------------------------------------------------------------------


def test_a_worker_killed_after_sending_is_followed_by_one_that_sends_the_same(
    alert, hook: Receiver, now: datetime
) -> None:
    delivery = make_delivery(notification=alert, endpoint=make_endpoint(webhook_url=hook.url))
    claimed = deliveries.claim(delivery_id=delivery.pk, now=now)
    assert claimed is not None
    transports.hand_over(claimed, now=now)  # and here it was killed
    assert send(now + timedelta(minutes=1)).sent == 0  # it may still be at it
    assert send(now + timedelta(minutes=6)).sent == 0  # taken for dead, and put back
    assert send(now + timedelta(minutes=8)).sent == 1
    assert standing(delivery) == (State.SENT, 2)
    assert len(hook.headers) == 2
    assert len({headers["webhook-id"] for headers in hook.headers}) == 1


def test_a_worker_that_was_taken_for_dead_writes_nothing(alert, now: datetime) -> None:
    delivery = make_delivery(notification=alert)
    slow = deliveries.claim(delivery_id=delivery.pk, now=now)
    assert slow is not None
    deliveries.give_back_stalled(now=now + timedelta(minutes=6))
    send(now + timedelta(hours=1))
    assert not deliveries._change(slow, state=State.DEAD)
    assert standing(delivery) == (State.SENT, 2)


def test_what_is_claimed_is_no_others(alert, now: datetime) -> None:
    delivery = make_delivery(notification=alert)
    assert deliveries.claim(delivery_id=delivery.pk, now=now) is not None
    assert deliveries.claim(delivery_id=delivery.pk, now=now) is None


def test_what_was_given_up_is_sent_again_when_somebody_says_so(
    alert, admin: User, now: datetime
) -> None:
    delivery = make_delivery(notification=alert, state=State.DEAD, attempts=8, last_error="x")
    deliveries.send_again(delivery_id=delivery.pk, by=admin, now=now)
    assert AuditEntry.objects.get().verb == "delivery.sent_again"
    send(now)
    assert standing(delivery) == (State.SENT, 1)
    with pytest.raises(DeliveryNotDead):
        deliveries.send_again(delivery_id=delivery.pk, by=admin, now=now)


def test_who_no_longer_sees_the_account_gets_nothing_of_it(
    alert, account: Account, csm: User, now: datetime
) -> None:
    delivery = make_delivery(notification=alert)
    Account.objects.filter(pk=account.pk).update(csm=None, team=None)
    send(now)
    assert standing(delivery)[0] == State.DEAD
    assert mail.outbox == []


def test_quiet_hours_put_email_off_and_no_machine(
    alert, csm: User, hook: Receiver, now: datetime
) -> None:
    User.objects.filter(pk=csm.pk).update(time_zone="Europe/Berlin")
    AlertSchedule.objects.create(user=csm, quiet_from=time(22), quiet_until=time(7))
    make_delivery(notification=alert, endpoint=make_endpoint(webhook_url=hook.url))
    letter = make_delivery(notification=alert)
    night = datetime.fromisoformat("2026-11-16T22:30+00:00")
    assert send(night).sent == 1
    assert standing(letter) == (State.QUEUED, 0)
    morning = datetime.fromisoformat("2026-11-17T06:00+00:00")
    assert letter.not_before == morning
    assert [send(morning - timedelta(minutes=1)).sent, send(morning).sent] == [0, 1]


# --- Addresses --------------------------------------------------------------------------------------


def test_a_secret_is_told_once_and_stands_nowhere(csm: User, now: datetime) -> None:
    made = endpoints.add(
        kind="webhook",
        name="Ours",
        webhook_url="https://hooks.example/in?key=of-tests-only",
        owner=csm,
        by=csm,
        now=now,
    )
    assert made.secret.startswith("whsec_")
    stored = Endpoint.objects.values().get()
    assert made.secret.removeprefix("whsec_") not in str(stored)
    noted = str(list(AuditEntry.objects.values()))
    assert "hooks.example" in noted
    assert "of-tests-only" not in noted
    assert made.endpoint.host == "hooks.example"
