"""A run of the triggers beside people who work, on PostgreSQL."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from accounts.models import User
from playbooks.models import CallToAction, CTAEvent
from playbooks.services import ctas
from playbooks.services.triggers import run_triggers
from tests import book
from tests.book import OCTOBER, build, live_ctas, make_customer, report
from tests.factories import NOW
from tests.scoring import BUILDS

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_a_call_to_action_that_is_reopened_meanwhile_is_added_to(csm: User) -> None:
    book.load_edition()
    book.make_triggers()
    customer = make_customer(csm)
    build(customer, "GY")
    book.score()
    (cta,) = live_ctas()
    ctas.close_cta(cta_id=cta.pk, status=CallToAction.Status.ALREADY_SOLVED, by=csm, now=NOW)
    report(customer, OCTOBER, {BUILDS: 1})
    reopened = Event()

    def reopen() -> None:
        with transaction.atomic():
            ctas.reopen_cta(cta_id=cta.pk, by=csm, now=NOW)
            reopened.set()
            time.sleep(
                1
            )  # the run has planned to open a twin by now, and waits for this transaction
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        person = pool.submit(reopen)
        reopened.wait()
        book.score()
        person.result()
    assert [live.pk for live in live_ctas()] == [cta.pk]
    assert cta.events.filter(kind=CTAEvent.Kind.SIGNAL_ADDED).count() == 1
    assert run_triggers(now=NOW).added == 0
