"""One e-mail a day with what has happened, and an end to it for who wants none."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Account, User
from playbooks.alerting import Channel, Kind
from playbooks.models import AlertSchedule, Delivery, Digest, Notification
from playbooks.services.alerts import deliveries, following, preferences, unsubscribing
from playbooks.services.alerts.digests import make_digests
from tests.factories import make_delivery, make_notification, make_user

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def waiting(user: User, **fields: object) -> Notification:
    return make_notification(user=user, in_digest=True, **{"at": at("2026-11-16T05:00"), **fields})


def sent(now: datetime) -> list[str]:
    make_digests(now=now)
    deliveries.send_due(clock=lambda: now)
    return [str(message.subject) for message in mail.outbox]


def test_a_day_is_told_in_one_email(account: Account, csm: User) -> None:
    waiting(csm, account=account, title="First")
    waiting(csm, account=account, title="Second", text="And why")
    assert sent(at("2026-11-16T08:00")) == ["2 things since your last digest"]
    text = str(mail.outbox[0].body)
    assert text.index("First") < text.index("Second") < text.index("And why")
    assert "16 Nov 2026, 05:00" in text


def test_nothing_is_sent_where_nothing_has_happened(csm: User) -> None:
    assert sent(at("2026-11-16T08:00")) == []
    assert not Digest.objects.exists()


def test_it_comes_at_the_hour_of_the_persons_clock(csm: User) -> None:
    User.objects.filter(pk=csm.pk).update(time_zone="Asia/Tokyo")
    AlertSchedule.objects.create(user=csm, digest_hour=17)
    waiting(csm)
    assert sent(at("2026-11-16T07:59")) == []
    assert len(sent(at("2026-11-16T08:00"))) == 1


def test_once_a_day_and_the_rest_tomorrow(csm: User) -> None:
    waiting(csm)
    sent(at("2026-11-16T08:00"))
    waiting(csm, at=at("2026-11-16T07:00"))
    assert len(sent(at("2026-11-16T12:00"))) == 1
    assert len(sent(at("2026-11-17T08:00"))) == 2


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_once_on_the_days_on_which_the_clock_is_changed(csm: User, day: str) -> None:
    User.objects.filter(pk=csm.pk).update(time_zone="Europe/Berlin")
    AlertSchedule.objects.create(user=csm, digest_hour=2)
    midnight = at(f"{day}T00:00")
    waiting(csm, at=midnight - timedelta(hours=3))
    rounds = [midnight + timedelta(minutes=15 * n) for n in range(-4, 20)]
    for now in rounds:
        waiting(csm, at=now - timedelta(hours=3))
        make_digests(now=now)
    assert Digest.objects.filter(day=day).count() == 1


def test_what_was_read_on_the_page_is_left_out(csm: User, now: datetime) -> None:
    waiting(csm)
    following.mark_read(by=csm, now=now)
    assert sent(at("2026-11-16T09:00")) == []


def test_who_has_left_gets_none(csm: User) -> None:
    waiting(csm)
    User.objects.filter(pk=csm.pk).update(is_active=False)
    assert sent(at("2026-11-16T09:00")) == []


def test_what_they_no_longer_see_is_left_out(account: Account, stranger: User) -> None:
    waiting(stranger, account=account)
    assert sent(at("2026-11-16T09:00")) == []
    assert not Digest.objects.exists()


def test_a_long_day_names_fifty_and_says_how_many_more(csm: User) -> None:
    for n in range(53):
        waiting(csm, title=f"Thing {n}.")
    sent(at("2026-11-16T08:00"))
    text = str(mail.outbox[0].body)
    assert text.count("Thing ") == 50
    assert "And 3 more: http://127.0.0.1:8000/alerts/" in text


def test_the_queries_of_a_round_without_digests_are_few(
    csm: User, django_assert_max_num_queries
) -> None:
    for _ in range(20):
        waiting(make_user(), at=at("2026-11-16T09:00"))
    with django_assert_max_num_queries(3):
        make_digests(now=at("2026-11-16T10:00"))


# --- Unsubscribing ----------------------------------------------------------------------------------


def link_in(message: mail.EmailMessage) -> str:
    found = re.search(r"http\S+/alerts/unsubscribe/\S+", str(message.body))
    assert found is not None
    return urlsplit(found[0]).path


def test_the_link_asks_first_and_then_ends_it_without_signing_in(client: Client, csm: User) -> None:
    waiting(csm)
    sent(at("2026-11-16T08:00"))
    path = link_in(mail.outbox[0])
    assert "End these e-mails?" in client.get(path).text
    assert preferences.wishes({csm.pk})[csm.pk].of("drop").in_digest
    assert "No more of these e-mails" in client.post(path).text
    assert not preferences.wishes({csm.pk})[csm.pk].of("drop").in_digest


def test_a_mail_program_ends_it_by_one_post(csm: User, now: datetime) -> None:
    make_delivery(notification=make_notification(user=csm, kind="mentioned"))
    deliveries.send_due(clock=lambda: now)
    link = mail.outbox[0].extra_headers["List-Unsubscribe"].strip("<>")
    client = Client(enforce_csrf_checks=True)
    answer = client.post(urlsplit(link).path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    ways = preferences.wishes({csm.pk})[csm.pk]
    assert not ways.wants(Kind.MENTIONED, Channel.EMAIL_NOW)
    assert ways.wants(Kind.DROP, Channel.EMAIL_DIGEST)  # of that kind alone


def test_what_waits_is_not_sent_any_more(csm: User) -> None:
    waiting(csm, kind="drop")
    make_delivery(notification=make_notification(user=csm))
    preferences.stop_email(user=csm, kind=None)
    assert sent(at("2026-11-16T08:00")) == []
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("token", ["made-up", "WzEsIiJd:1abc:forged"])
def test_a_link_that_was_made_up_is_not_there(client: Client, token: str) -> None:
    assert client.get(f"/alerts/unsubscribe/{token}/").status_code == 404


def test_a_link_of_somebody_who_is_gone_is_not_there(client: Client) -> None:
    link = unsubscribing.link(User(pk=12345), Kind.DROP)
    assert client.get(urlsplit(link).path).status_code == 404
