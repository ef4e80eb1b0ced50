"""Mapping an instance or its license brings all that it reported to the account."""

from __future__ import annotations

from datetime import datetime

import pytest

from accounts.models import Job, Subscription, User
from tests import factories
from tests.history import history_of
from tests.usage.payloads import BUILDS, ingest, line
from usage.models import Instance, LabelRule, Snapshot
from usage.services.mapping import map_instance, map_license

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(db: None) -> Instance:
    """An unknown installation that reported in August and October."""
    ingest(line(recorded_at="2026-08-02T03:00:00Z"), line(license_md5="a" * 32))
    return Instance.objects.get()


@pytest.fixture
def subscription(db: None) -> Subscription:
    return factories.make_subscription()


def test_mapping_by_hand_has_all_reported_months_scored(
    waiting: Instance, subscription: Subscription, admin: User, now: datetime
) -> None:
    job = map_instance(instance_id=waiting.pk, subscription_id=subscription.pk, by=admin, now=now)
    assert Instance.objects.get().subscription == subscription
    assert job is not None
    assert (job.params["from"], job.params["to"]) == ("2026-08", "2026-11")
    assert job.params["account_ids"] == [subscription.account_id]
    newest = history_of(waiting)[-1]
    assert (newest.subscription_id, newest.history_user) == (subscription.pk, admin)


def test_mapping_to_the_same_again_does_nothing(subscription: Subscription, now: datetime) -> None:
    instance = factories.make_instance(subscription=subscription)
    factories.make_snapshot(instance=instance)
    same = {"instance_id": instance.pk, "subscription_id": subscription.pk}
    assert map_instance(**same, by=None, now=now) is None
    assert not Job.objects.exists()
    assert len(history_of(instance)) == 1


def test_moving_an_instance_has_both_accounts_scored(
    subscription: Subscription, now: datetime
) -> None:
    former = factories.make_subscription()
    instance = factories.make_instance(subscription=former)
    factories.make_snapshot(instance=instance)
    job = map_instance(instance_id=instance.pk, subscription_id=subscription.pk, by=None, now=now)
    assert job is not None
    assert job.params["account_ids"] == sorted({former.account_id, subscription.account_id})


def test_an_instance_that_is_taken_away_has_its_account_scored(now: datetime) -> None:
    account = factories.make_account()
    instance = factories.make_instance(subscription__account=account)
    factories.make_score_card(account=account)
    job = map_instance(instance_id=instance.pk, subscription_id=None, by=None, now=now)
    assert Instance.objects.get().subscription is None
    assert job is not None
    assert job.params["account_ids"] == [account.pk]


def test_a_new_license_maps_who_reported_it(waiting: Instance, now: datetime) -> None:
    license_ = factories.make_license(md5="a" * 32, sha256=None)
    job = map_license(license_id=license_.pk, now=now)
    assert Instance.objects.get().subscription == license_.subscription
    assert job is not None


def test_a_license_is_known_by_its_other_hash_too(now: datetime) -> None:
    ingest(line(license_sha256="b" * 64))
    license_ = factories.make_license(md5=None, sha256="b" * 64)
    map_license(license_id=license_.pk, now=now)
    assert Instance.objects.get().subscription == license_.subscription


def test_a_license_takes_no_instance_from_another_subscription(now: datetime) -> None:
    instance = factories.make_instance(license_md5="a" * 32)
    license_ = factories.make_license(md5="a" * 32)
    assert map_license(license_id=license_.pk, now=now) is None
    instance.refresh_from_db()
    assert instance.subscription != license_.subscription


def test_a_mapped_instance_is_labelled(
    waiting: Instance, subscription: Subscription, now: datetime
) -> None:
    LabelRule.objects.create(kind=LabelRule.Kind.ONLY_INSTANCE)
    map_instance(instance_id=waiting.pk, subscription_id=subscription.pk, by=None, now=now)
    assert Instance.objects.get().kind == Instance.Kind.PRODUCTION


def test_without_consent_what_waited_loses_its_optional_metrics(now: datetime) -> None:
    factories.make_metric(BUILDS, tracked=True, data_category="optional")
    ingest(line())
    account = factories.make_account(shares_optional_data=False)
    subscription = factories.make_subscription(account=account)
    map_instance(
        instance_id=Instance.objects.get().pk, subscription_id=subscription.pk, by=None, now=now
    )
    assert BUILDS not in Snapshot.objects.get().metrics
