"""An alert of a score that fell says in one sentence what moved it, when it is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.formats import MINUS
from accounts.models import User
from playbooks.models import CallToAction, Delivery, Digest, Notification
from playbooks.services.alerts import deliveries, messages, moved
from playbooks.services.alerts.derive import derive
from playbooks.services.alerts.moved import Causes
from tests import book, factories
from tests.book import AUGUST, OCTOBER, SEPTEMBER, build, make_customer, report
from tests.factories import NOW, make_delivery, make_endpoint, make_notification
from tests.playbooks.alerts import begin, want
from tests.scoring import BUILDS
from usage.models import Band, Edition, Instance, ScoreCard
from usage.services import editions

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)
FELL = f"Moved by Builds per billable user ({MINUS}\xa025.0 points)."


@pytest.fixture(autouse=True)
def edition(db: None) -> Edition:
    loaded = book.load_edition()
    begin()
    return loaded


@pytest.fixture
def customer(csm: User) -> Instance:
    want(csm, "drop", "email_now")
    return make_customer(csm, name="Acme")


def fall(customer: Instance) -> None:
    build(customer, "GGY")
    book.score()
    derive(now=NOW)


def sent(now: datetime = NOW) -> str:
    deliveries.send_due(clock=lambda: now)
    return str(mail.outbox[-1].body)


def body(of: Callable[..., bytes], **fields: Any) -> dict[str, Any]:
    """What is sent of the one alert by another way."""
    delivery = make_delivery(notification=Notification.objects.get(), **fields)
    told: dict[str, Any] = json.loads(of(delivery, Causes(NOW)))
    return told


def test_an_email_says_it_in_text_and_html(customer: Instance) -> None:
    fall(customer)
    assert f"  {FELL}\n" in sent()
    message = mail.outbox[-1]
    assert isinstance(message, mail.EmailMultiAlternatives)
    assert FELL in str(message.alternatives[0][0])


def test_slack_says_it_below_the_fall(customer: Instance) -> None:
    fall(customer)
    shown = body(messages.slack_of, channel="slack")["blocks"][0]["text"]["text"]
    assert shown.endswith(f"\n>October 2026\n>{FELL}")


def test_a_webhook_has_it_as_a_field(customer: Instance) -> None:
    fall(customer)
    assert body(messages.webhook_of, endpoint=make_endpoint())["data"]["moved_by"] == FELL


def test_nothing_of_it_is_stored(customer: Instance) -> None:
    """A customer may withdraw its figures after the alert was made."""
    fall(customer)
    assert Notification.objects.get().text == "October 2026"


def test_a_call_to_action_that_the_fall_opened_says_it_too(customer: Instance, csm: User) -> None:
    book.make_triggers()
    want(csm, "drop")
    want(csm, "assigned", "email_now")
    fall(customer)
    assert "New for you: CI fell from Green to Yellow" in sent()
    assert FELL in sent()


def test_the_fall_that_the_alert_tells_is_meant_and_no_later_one(
    customer: Instance, csm: User
) -> None:
    book.make_triggers()
    want(csm, "drop")
    want(csm, "assigned", "email_now")
    fall(customer)
    build(customer, "GGYR", last=date(2026, 11, 1))
    book.score(date(2026, 11, 1), now=NOW + timedelta(days=14))
    assert len(CallToAction.objects.get().evidence) == 2
    assert FELL in sent()


def test_a_call_to_action_that_is_no_fall_says_nothing(customer: Instance, csm: User) -> None:
    want(csm, "assigned", "email_now")
    cta = factories.make_cta(account=book.account_of(customer), title="Talk about seats")
    factories.make_event(cta=cta)
    derive(now=NOW)
    assert "Moved by" not in sent()


def test_a_use_case_that_has_begun_is_no_fall(customer: Instance, csm: User) -> None:
    book.make_triggers()
    want(csm, "assigned", "email_now")
    build(customer, "RRG")
    book.score()
    derive(now=NOW)
    assert "CI has begun to be used" in sent()
    assert "Moved by" not in sent()


def test_without_the_former_months_card_it_says_nothing(customer: Instance) -> None:
    fall(customer)
    ScoreCard.objects.filter(period=SEPTEMBER).delete()
    assert "CI fell from Green to Yellow" in sent()
    assert "Moved by" not in sent()


def test_a_fall_that_was_undone_says_nothing(customer: Instance) -> None:
    fall(customer)
    build(customer, "GGG")
    book.score()
    assert "Moved by" not in sent()


def test_the_change_of_edition_is_named(customer: Instance, edition: Edition) -> None:
    strict = stricter(edition)
    build(customer, "GGG")
    publish(strict, OCTOBER)
    book.score()
    derive(now=NOW)
    assert f"Moved by the change of edition 2025 → 2025-b ({MINUS}\xa025.0 points)." in sent()


def test_an_installation_that_is_known_no_more_is_named(customer: Instance, csm: User) -> None:
    other = factories.make_instance(
        subscription=factories.make_subscription(
            account=book.account_of(customer), plan=factories.make_plan("Ultimate"), seats=100
        )
    )
    for month in (AUGUST, SEPTEMBER, OCTOBER):
        report(customer, month, {BUILDS: 1})
    for month in (AUGUST, SEPTEMBER):
        report(other, month, {BUILDS: 20_000})
    book.score()
    derive(now=NOW)
    assert "Moved by what is known of CI (" in sent()


def stricter(source: Edition) -> Edition:
    draft = editions.copy_as_draft(edition_id=source.pk, name="2025-b")
    bands = Band.objects.filter(measure__use_case__edition=draft, measure__use_case__code="ci")
    bands.filter(color="Green").update(lower=60)
    bands.filter(color="Yellow").update(upper=60)
    return draft


def publish(draft: Edition, month: date) -> None:
    editions.publish(edition_id=draft.pk, now=LATER, note="For a test.", in_force_from=month)


# --- Many at once -----------------------------------------------------------------------------------


@pytest.mark.parametrize("accounts", [2, 20])
def test_the_queries_of_a_digest_do_not_grow(
    csm: User, accounts: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(accounts):
        build(make_customer(csm), "GGY")
    book.score()
    derive(now=NOW)
    digest = Digest.objects.create(user=csm, day=NOW.date(), made_at=NOW)
    Notification.objects.update(digest=digest)
    delivery = Delivery.objects.create(
        user=csm, digest=digest, channel="email", key="digest", created_at=NOW
    )
    with django_assert_max_num_queries(20):
        text = str(messages.email_of(delivery, Causes(NOW)).body)
    assert text.count(FELL) == accounts


@pytest.mark.parametrize("accounts", [2, 20])
def test_nor_where_each_month_is_judged_by_another_edition_besides(
    csm: User, edition: Edition, accounts: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(accounts):
        build(make_customer(csm), "GGG")
    publish(stricter(edition), OCTOBER)
    book.score()
    derive(now=NOW)
    alerts = list(Notification.objects.select_related("account"))
    with django_assert_max_num_queries(20):
        said = moved.sentences(alerts, now=NOW)
    assert len(said) == accounts


@pytest.mark.parametrize("accounts", [2, 20])
def test_a_round_reads_the_cards_of_all_its_messages_at_once(csm: User, accounts: int) -> None:
    want(csm, "drop", "email_now")
    for _ in range(accounts):
        build(make_customer(csm), "GGY")
    book.score()
    derive(now=NOW)
    with CaptureQueriesContext(connection) as queries:
        deliveries.send_due(clock=lambda: NOW)
    assert [FELL in message.body for message in mail.outbox] == [True] * accounts
    assert len([each for each in queries if 'FROM "usage_scorecard"' in each["sql"]]) == 1


def test_an_alert_of_another_kind_asks_nothing(csm: User, django_assert_num_queries: Any) -> None:
    alert = make_notification(user=csm, kind="due")
    with django_assert_num_queries(0):
        assert moved.sentences([alert], now=NOW) == {}
