"""An account is erased while payloads come in, on PostgreSQL: nothing of it is left, or comes back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest
from django.db import connection, transaction

from accounts.lines import Line
from accounts.models import Account
from accounts.services import erasure
from tests import factories
from tests.factories import NOW
from tests.usage.payloads import HOSTNAME, UUID, line
from usage.models import Instance, RawPayload, RejectedRow
from usage.services.ingest import Ingestion

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

OVERLAP_SECONDS = 0.5  # the other one begins meanwhile, and has to wait
MD5 = "a" * 32


@pytest.fixture
def account() -> Account:
    account = factories.make_account()
    subscription = factories.make_subscription(account=account)
    factories.make_license(subscription=subscription, md5=MD5)
    factories.make_instance(external_id=UUID, hostname=HOSTNAME, subscription=subscription)
    return account


def take_in() -> None:
    """A payload of a known instance, and one of an instance that its licence tells."""
    run = Ingestion(source="x", now=NOW)
    lines = [line(), line(uuid="new", hostname="new", license_md5=MD5)]
    run.store([Line(number, text) for number, text in enumerate(lines, 1)])


def erase(account: Account) -> None:
    begun = erasure.begin(account_id=account.pk, by=None, now=NOW)
    erasure.erase(begun, now=NOW)


def overlapping(first: Callable[[], object], second: Callable[[], object]) -> None:
    """Begin the second after the first was done, and before its transaction ends."""
    is_done = Event()

    def lead() -> None:
        try:
            with transaction.atomic():
                first()
                is_done.set()
                sleep(OVERLAP_SECONDS)
        finally:
            connection.close()

    def follow() -> None:
        try:
            assert is_done.wait(20)
            second()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(lead), pool.submit(follow)]:
            future.result()


def test_what_was_being_stored_is_erased_too(account: Account) -> None:
    overlapping(take_in, lambda: erase(account))
    assert not Account.objects.exists()
    assert not Instance.objects.exists()
    assert not RawPayload.objects.exists()


def test_what_comes_in_while_it_begins_is_refused(account: Account) -> None:
    overlapping(lambda: erasure.begin(account_id=account.pk, by=None, now=NOW), take_in)
    assert not RawPayload.objects.exists()
    assert list(RejectedRow.objects.values_list("text", flat=True)) == ["", ""]
