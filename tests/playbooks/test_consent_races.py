"""Consent is withdrawn while scorers and triggers run, on PostgreSQL: no figure comes back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest
from django.db import connection, transaction

from accounts.models import Account
from playbooks.models import CallToAction
from playbooks.services.triggers import run_triggers
from tests import book
from tests.factories import NOW, make_user
from tests.scoring import BUILDS
from usage.models import Edition, MetricDefinition, ScoreCard
from usage.services import consent, editions
from usage.services.scoring import ScoreRequest, score_shard, shards

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

OVERLAP_SECONDS = 0.5  # the other one begins meanwhile, and has to wait


@pytest.fixture
def fallen() -> Account:
    """An account with a fall of CI that is not scored yet, in October by the edition in force."""
    book.load_edition()
    book.make_triggers()
    instance = book.make_customer(make_user())
    book.build(instance, "GGY")
    MetricDefinition.objects.filter(key_path=BUILDS).update(data_category="optional")
    return book.account_of(instance)


def meanwhile(work: Callable[[], object], account: Account) -> None:
    """Withdraw the account's consent after `work` was done and before its transaction ends."""
    is_done = Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                work()
                is_done.set()
                sleep(OVERLAP_SECONDS)
        finally:
            connection.close()

    def withdraw() -> None:
        try:
            assert is_done.wait(20)
            consent.withdraw(account_id=account.pk, by=None, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(hold), pool.submit(withdraw)]:
            future.result()


def test_a_scorer_in_flight_writes_no_card_back(fallen: Account) -> None:
    former = Edition.objects.get()
    (stretch,) = ScoreRequest(book.AUGUST, book.OCTOBER).stretches()
    edition = editions.frozen(former)
    (shard,) = shards([fallen.pk])
    meanwhile(lambda: score_shard(shard, stretch, edition, now=NOW), fallen)
    assert not ScoreCard.objects.exists()


def test_a_scorer_that_begins_meanwhile_waits_and_reads_what_is_left(fallen: Account) -> None:
    is_held = Event()

    def withdraw() -> None:
        try:
            with transaction.atomic():
                consent.withdraw(account_id=fallen.pk, by=None, now=NOW)
                is_held.set()
                sleep(OVERLAP_SECONDS)
        finally:
            connection.close()

    def score() -> None:
        try:
            assert is_held.wait(20)
            book.score()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(withdraw), pool.submit(score)]:
            future.result()
    cards = list(ScoreCard.objects.all())
    assert len(cards) == 3
    assert all(value != 38 for card in cards for value, _ in card.evidence["measures"])


def test_triggers_in_flight_leave_no_figure_in_a_call_to_action(fallen: Account) -> None:
    book.score(now=NOW)
    CallToAction.objects.all().delete()
    meanwhile(lambda: run_triggers(now=NOW), fallen)
    cta = CallToAction.objects.get()
    assert cta.evidence[0]["to_value"] is None
    assert "38" not in cta.summary
