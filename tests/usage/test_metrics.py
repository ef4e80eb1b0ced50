"""What snapshots hold, and how a metric that becomes tracked later is filled in."""

from __future__ import annotations

from datetime import datetime

import pytest

from accounts.models import Account, Job
from tests import factories
from tests.usage.payloads import BUILDS, HOSTNAME, UUID, ingest, line
from usage.models import Instance, LabelRule, MetricDefinition, Snapshot
from usage.services import metrics
from usage.services.metrics import request_backfill, run_backfill_job, tracked_key_paths

pytestmark = pytest.mark.django_db

USERS = {"license_user_count", "license_billable_users"}


def running_job(now: datetime) -> Job:
    return factories.make_job(
        kind="backfill_metrics", state=Job.State.RUNNING, attempts=0, heartbeat_at=now
    )


@pytest.fixture
def reporting(account: Account) -> Instance:
    """An instance whose builds were reported in two months and not tracked."""
    instance = factories.make_instance(
        external_id=UUID, hostname=HOSTNAME,
        subscription=factories.make_subscription(account=account),
    )  # fmt: skip
    ingest(line(recorded_at="2026-09-06T03:00:00Z"), line())
    Job.objects.all().delete()
    return instance


def track_builds() -> None:
    factories.make_metric(BUILDS, tracked=True)


# --- what is tracked ------------------------------------------------------------------------------
def test_the_licensed_users_are_always_tracked(db: None) -> None:
    assert tracked_key_paths() == USERS


def test_what_an_edition_names_is_tracked_but_not_seats(db: None) -> None:
    factories.make_edition()
    assert tracked_key_paths() == USERS | {"counts.ci_builds", "counts.scans"}


def test_what_a_label_rule_or_an_admin_names_is_tracked(db: None) -> None:
    LabelRule.objects.create(kind="utilization", threshold=0.2, user_metrics=["active"])
    factories.make_metric("counts.tracked", tracked=True)
    factories.make_metric("counts.not_tracked")
    assert tracked_key_paths() == USERS | {"active", "counts.tracked"}


# --- filling in -----------------------------------------------------------------------------------
def test_a_metric_that_becomes_tracked_is_filled_from_the_payloads(
    reporting: Instance, account: Account, now: datetime
) -> None:
    track_builds()
    assert run_backfill_job(running_job(now)) == {"snapshots": 2, "changed": 2}
    assert [row.metrics[BUILDS] for row in Snapshot.objects.all()] == [4000, 4000]
    job = Job.objects.get(kind="score")
    assert (job.params["account_ids"], job.params["from"]) == ([account.pk], "2026-09")


def test_filling_in_again_changes_nothing(reporting: Instance, now: datetime) -> None:
    track_builds()
    run_backfill_job(running_job(now))
    Job.objects.all().delete()
    assert run_backfill_job(running_job(now)) == {"snapshots": 2, "changed": 0}
    assert not Job.objects.filter(kind="score").exists()


def test_filling_in_goes_in_batches_and_tells_how_far(
    reporting: Instance, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "SNAPSHOTS_PER_BATCH", 1)
    track_builds()
    job = running_job(now)
    run_backfill_job(job)
    job.refresh_from_db()
    assert (job.done_count, job.total_count) == (2, 2)


def test_a_snapshot_without_its_payload_stays_as_it_is(now: datetime) -> None:
    snapshot = factories.make_snapshot(metrics={"license_billable_users": 7})
    track_builds()
    run_backfill_job(running_job(now))
    snapshot.refresh_from_db()
    assert snapshot.metrics == {"license_billable_users": 7}


def test_filling_in_is_asked_for_where_there_is_something_to_fill(
    reporting: Instance, now: datetime
) -> None:
    job = request_backfill(key_paths=["b", "a"], now=now)
    assert job is not None
    assert (job.kind, job.params) == ("backfill_metrics", {"key_paths": ["a", "b"]})


def test_without_snapshots_there_is_nothing_to_fill(db: None, now: datetime) -> None:
    assert request_backfill(key_paths=["a"], now=now) is None


def test_what_is_no_longer_tracked_leaves_the_snapshots(reporting: Instance, now: datetime) -> None:
    track_builds()
    run_backfill_job(running_job(now))
    MetricDefinition.objects.update(tracked=False)
    run_backfill_job(running_job(now))
    assert all(row.metrics.keys() == USERS for row in Snapshot.objects.all())
