"""Rejected rows are taken in again, each by the way it came."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from accounts.models import Account, Subscription, User
from tests import factories
from tests.usage import folders
from tests.usage.payloads import HOSTNAME, UUID, ingest, line
from usage.models import Instance, RawPayload, RejectedRow
from usage.services.retries import Retried, retry

pytestmark = pytest.mark.django_db


def retry_all(by: User | None = None, now: datetime = factories.NOW) -> Retried:
    ids = RejectedRow.objects.values_list("pk", flat=True)
    return retry(ids=ids, by=by, now=now)


def test_a_mended_payload_goes_in(db: None, now: datetime) -> None:
    factories.make_instance(external_id=UUID, hostname=HOSTNAME)
    ingest(line(recorded_at="soon"))
    RejectedRow.objects.update(text=line().decode())
    retried = retry_all(now=now)
    assert (retried.resolved, retried.rejected) == (1, 0)
    assert [job.kind for job in retried.jobs.values()] == ["score"]
    assert RejectedRow.objects.get().resolved_at == now
    assert RawPayload.objects.count() == 1


def test_a_payload_that_is_still_bad_says_why_by_now(db: None) -> None:
    ingest(b"{")
    RejectedRow.objects.update(text=line(recorded_at="soon").decode())
    retried = retry_all()
    row = RejectedRow.objects.get()
    assert (retried.resolved, retried.rejected) == (0, 1)
    assert (row.field, row.reason, row.resolved_at) == ("recorded_at", "is no time: 'soon'", None)


def test_a_resolved_row_is_not_taken_in_again(db: None) -> None:
    factories.make_rejected_row(text=line().decode(), resolved_at=factories.NOW)
    assert retry_all() == Retried()
    assert not RawPayload.objects.exists()


def test_the_same_bad_row_after_it_was_resolved_is_another_one(db: None) -> None:
    ingest(b"{")
    RejectedRow.objects.update(resolved_at=factories.NOW)
    ingest(b"{")
    assert RejectedRow.objects.filter(resolved_at=None).count() == 1


def test_a_row_that_was_cut_has_to_be_sent_again(db: None) -> None:
    ingest(b"x" * 100_001)
    assert retry_all().rejected == 1
    assert RejectedRow.objects.get().reason == "only the beginning was kept: send the row again"


def test_bytes_that_were_lost_are_to_be_mended_first(db: None) -> None:
    ingest(line(version="18").replace(b'"18"', b'"1\xff8"'))
    for _ in range(2):
        assert retry_all() == Retried(rejected=1)
        assert RejectedRow.objects.get().reason.startswith("is not UTF-8: its bytes are lost")
    RejectedRow.objects.update(text=line(version="18").decode())
    assert retry_all().resolved == 1


def test_a_replacement_character_that_was_sent_is_no_fault(db: None) -> None:
    ingest(line(version="1\N{REPLACEMENT CHARACTER}8", recorded_at="2026-11-20T03:00:00Z"))
    assert retry_all(now=datetime(2026, 11, 21, tzinfo=UTC)).resolved == 1


def test_rows_that_need_each_other_go_in_together(tmp_path: Path) -> None:
    """Their account was rejected too, and is mended."""
    folders.write_all(tmp_path)
    folders.write(tmp_path, "accounts.csv", folders.ACCOUNTS, "A1,Larch,soon,,,,")
    folders.load(tmp_path)
    assert RejectedRow.objects.count() == 3
    bad = RejectedRow.objects.get(kind="account")
    bad.text = bad.text.replace("soon", "2025-01-01") + "\n"
    bad.save()
    retried = retry_all()
    assert (retried.resolved, retried.rejected) == (3, 0)
    account = Account.objects.get()
    assert Instance.objects.filter(subscription__account=account).exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "it is empty", id="nothing"),
        pytest.param("external_id\nA1", "column name, customer_since is missing", id="columns"),
        pytest.param(
            "external_id,name,customer_since\n", "is not one row under its columns", id="no row"
        ),
        pytest.param("external_id,name,customer_since\nA1,Larch,x", "is no day", id="a bad cell"),
    ],
)
def test_a_row_of_a_file_that_is_still_bad_says_why(db: None, text: str, reason: str) -> None:
    factories.make_rejected_row(kind="account", source="accounts.csv", text=text)
    assert retry_all().rejected == 1
    assert RejectedRow.objects.get().reason.startswith(reason)


def test_a_retried_row_that_changes_scores_asks_for_them(subscription: Subscription) -> None:
    text = f"{folders.SUBSCRIPTIONS}\nS1,A1,Premium,Self-Managed,2025-01-01,,7,1"
    factories.make_rejected_row(kind="subscription", source="subscriptions.csv", text=text)
    assert len(retry_all().jobs) == 1


@pytest.fixture
def subscription(db: None) -> Subscription:
    subscription = factories.make_subscription(external_id="S1", account__external_id="A1")
    factories.make_snapshot(instance__subscription=subscription)
    return subscription
