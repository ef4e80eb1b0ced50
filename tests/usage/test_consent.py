"""Withdrawn consent erases optional metrics, wherever they are stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from accounts.models import Account, Job, User
from tests import factories
from tests.history import history_of
from tests.usage.payloads import BUILDS, HOSTNAME, UUID, ingest, line
from usage import ingest as pure
from usage.models import Instance, MetricDefinition, RawPayload, Snapshot
from usage.services import consent

pytestmark = pytest.mark.django_db


@pytest.fixture
def reporting(account: Account) -> Instance:
    """The account's instance, with two months of payloads that hold an optional metric."""
    factories.make_metric(BUILDS, tracked=True, data_category="optional")
    subscription = factories.make_subscription(account=account)
    instance = factories.make_instance(
        external_id=UUID, hostname=HOSTNAME, subscription=subscription
    )
    ingest(line(recorded_at="2026-09-06T03:00:00Z"), line())
    Job.objects.all().delete()
    return instance


def bodies() -> list[dict[str, Any]]:
    return [pure.decompress(raw.body) for raw in RawPayload.objects.all()]


def test_withdrawing_erases_snapshots_and_payloads(
    reporting: Instance, account: Account, admin: User, now: datetime
) -> None:
    erased = consent.withdraw(account_id=account.pk, by=admin, now=now)
    assert (erased.payloads, erased.snapshots) == (2, 2)
    assert not any(BUILDS in row.metrics for row in Snapshot.objects.all())
    assert not any("count_total_create_ci_build_monthly" in body["counts"] for body in bodies())
    assert all(body["counts"]["ci_builds"] == 9000 for body in bodies())


def test_withdrawing_is_noted_with_who_did_it_and_scored_anew(
    reporting: Instance, account: Account, admin: User, now: datetime
) -> None:
    erased = consent.withdraw(account_id=account.pk, by=admin, now=now)
    account.refresh_from_db()
    assert account.shares_optional_data is False
    assert history_of(account)[-1].history_user == admin
    assert erased.job == Job.objects.get()
    assert erased.job.params["account_ids"] == [account.pk]
    assert (erased.job.params["from"], erased.job.params["to"]) == ("2026-09", "2026-11")


def test_withdrawing_again_finds_nothing_to_erase(
    reporting: Instance, account: Account, now: datetime
) -> None:
    consent.withdraw(account_id=account.pk, by=None, now=now)
    erased = consent.withdraw(account_id=account.pk, by=None, now=now)
    assert (erased.payloads, erased.snapshots) == (0, 0)


def test_an_erased_payload_that_is_sent_again_is_unchanged(
    reporting: Instance, account: Account, now: datetime
) -> None:
    consent.withdraw(account_id=account.pk, by=None, now=now)
    assert [row.result.value for row in ingest(line())] == ["unchanged"]


def test_other_accounts_keep_theirs(reporting: Instance, now: datetime) -> None:
    consent.withdraw(account_id=factories.make_account().pk, by=None, now=now)
    assert all(BUILDS in row.metrics for row in Snapshot.objects.all())


def test_pages_of_rows_are_all_erased(
    reporting: Instance, account: Account, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consent, "ROWS_PER_PAGE", 1)
    assert consent.withdraw(account_id=account.pk, by=None, now=now).payloads == 2


def test_without_optional_metrics_there_is_nothing_to_erase(
    reporting: Instance, account: Account, now: datetime
) -> None:
    MetricDefinition.objects.update(data_category="operational")
    erased = consent.withdraw(account_id=account.pk, by=None, now=now)
    assert (erased.payloads, erased.snapshots) == (0, 0)


def test_consent_that_is_given_again_holds_from_then_on(
    reporting: Instance, account: Account, now: datetime
) -> None:
    consent.withdraw(account_id=account.pk, by=None, now=now)
    consent.grant(account_id=account.pk, by=None)
    ingest(line(recorded_at="2026-11-01T03:00:00Z"))
    assert [BUILDS in row.metrics for row in Snapshot.objects.order_by("period")] == [
        False,
        False,
        True,
    ]


def test_a_metric_that_has_several_time_frames_is_optional_in_each(
    account: Account, now: datetime
) -> None:
    factories.make_metric("counts.x", data_category="optional", time_frames=["7d", "28d", "all"])
    subscription = factories.make_subscription(account=account)
    factories.make_instance(external_id=UUID, hostname=HOSTNAME, subscription=subscription)
    ingest(line(counts={"x": 1, "x_weekly": 2, "x_monthly": 3, "y": 4}))
    consent.withdraw(account_id=account.pk, by=None, now=now)
    assert bodies()[0]["counts"] == {"y": 4}
