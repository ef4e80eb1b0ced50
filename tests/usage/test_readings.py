"""What scoring reads is the same from either database, whatever names and numbers hold."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests import editions as tea
from tests.book import load_edition
from tests.factories import make_account, make_instance, make_plan, make_snapshot, make_subscription
from tests.scoring import BILLABLE, BUILDS, GIT
from usage.models import Edition, Instance
from usage.scoring import Readings, frames, score
from usage.services import editions, readings

pytestmark = pytest.mark.django_db

OCTOBER = date(2026, 10, 1)
AWKWARD = 'Ex "quoted", comma\\ ünï\n'


@pytest.fixture
def edition(db: None) -> Edition:
    return load_edition()


def make_reporter(**fields: Any) -> Instance:
    subscription = make_subscription(
        account=make_account(customer_since=date(2025, 3, 31)), plan=make_plan("Ultimate"), **fields
    )
    return make_instance(subscription=subscription, hostname=AWKWARD)


def read(edition: Edition, *instances: Instance) -> Readings:
    accounts = [i.subscription.account_id for i in instances if i.subscription is not None]
    return readings.read(accounts, editions.frozen(edition), [OCTOBER])


def test_nothing_is_read_in_the_right_shape(edition: Edition) -> None:
    data = readings.read([], frozen := editions.frozen(edition), [OCTOBER])
    assert data.subscriptions.schema == frames.SUBSCRIPTIONS
    assert data.instances.schema == frames.INSTANCES
    assert data.snapshots.schema == frames.snapshots_schema(frozen)
    assert score(data, frozen, [OCTOBER]).accounts.height == 0


def test_subscriptions(edition: Edition) -> None:
    instance = make_reporter(seats=None, arr="1234567.89", end_date=None, external_id=AWKWARD)
    (row,) = read(edition, instance).subscriptions.iter_rows(named=True)
    assert row["customer_since"] == date(2025, 3, 31)
    assert (row["plan"], row["arr"], row["seats"]) == ("Ultimate", 1234567.89, None)
    assert (row["start_date"], row["end_date"]) == (date(2025, 1, 1), None)
    assert '"arr":1234567.89,"seats":null' in row["label"]


def test_instances(edition: Edition) -> None:
    instance = make_reporter()
    instance.opted_out_of_health = True
    instance.save()
    (row,) = read(edition, instance).instances.iter_rows(named=True)
    assert (row["kind"], row["deployment"], row["opted_out"]) == (
        "Production",
        "Self-Managed",
        True,
    )


def test_snapshots_hold_the_editions_metrics_as_numbers(edition: Edition) -> None:
    instance = make_reporter()
    at = datetime(2026, 10, 31, 23, 59, 59, 123456, tzinfo=UTC)
    metrics = {BILLABLE: 3, BUILDS: 1.5, GIT: None, "counts.other": 7}
    make_snapshot(instance=instance, recorded_at=at, metrics=metrics)
    make_snapshot(instance=instance, period=date(2026, 9, 1), metrics={BILLABLE: 9})
    make_snapshot(instance=make_reporter(), metrics={BILLABLE: 9})
    (row,) = read(edition, instance).snapshots.iter_rows(named=True)
    assert (row["instance_id"], row["period"], row["recorded_at"]) == (instance.pk, OCTOBER, at)
    assert [row[frames.metric(key)] for key in (BILLABLE, BUILDS, GIT)] == [3, 1.5, None]
    assert frames.metric("counts.other") not in row


@pytest.mark.parametrize(
    ("number", "read_as"),
    [
        pytest.param(0, 0, id="zero"),
        pytest.param(-1, -1, id="a failed one is read as it is"),
        pytest.param(2**53, 2**53, id="large"),
        pytest.param(10**25, 1e25, id="larger than any integer column"),
        pytest.param(1e-9, 1e-9, id="small"),
    ],
)
def test_numbers(edition: Edition, number: float, read_as: float) -> None:
    instance = make_reporter()
    make_snapshot(instance=instance, metrics={BILLABLE: number, GIT: 1})
    (row,) = read(edition, instance).snapshots.iter_rows(named=True)
    assert row[frames.metric(BILLABLE)] == read_as


def test_names_with_quotes_and_line_ends_reach_the_evidence(edition: Edition) -> None:
    instance = make_reporter(external_id=AWKWARD)
    make_snapshot(instance=instance, metrics={BILLABLE: 3, BUILDS: 9})
    scored = score(read(edition, instance), editions.frozen(edition), [OCTOBER])
    (row,) = scored.accounts.select("evidence").iter_rows()
    (entry,) = json.loads(row[0])["rows"]
    assert (entry["subscription"], entry["hostname"]) == (AWKWARD, AWKWARD)


def test_a_metric_may_be_called_like_a_column(edition: Edition) -> None:
    """Key paths are the customers' own words: none of them may clash with what scoring calls its columns."""
    clashing = tea.edition(
        tea.use_case("brewing", tea.measure("rate", ["age"], ["arr"])), size_metric="period"
    )
    instance = make_reporter()
    make_snapshot(instance=instance, metrics={"age": 30, "arr": 10, "period": 5})
    assert instance.subscription is not None
    data = readings.read([instance.subscription.account_id], clashing, [OCTOBER])
    (row,) = score(data, clashing, [OCTOBER]).accounts.iter_rows(named=True)
    assert row["value:brewing.rate"] == 3
