"""Rules label Unknown instances Production; a person's label and clones are left alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from accounts.models import Subscription
from tests import factories
from tests.history import history_of
from usage.models import Instance, LabelRule
from usage.services import labels
from usage.services.labels import apply_rules

pytestmark = pytest.mark.django_db

Kind, KindSource = Instance.Kind, Instance.KindSource
ACTIVE = "redis_hll_counters.manage.unique_active_users_monthly"


@pytest.fixture
def subscription(db: None) -> Subscription:
    return factories.make_subscription(seats=100)


def unknown(subscription: Subscription, **fields: Any) -> Instance:
    return factories.make_unmapped_instance(subscription=subscription, **fields)


def kinds_after(subscription: Subscription) -> list[str]:
    apply_rules(subscription_ids=[subscription.pk], now=factories.NOW)
    return list(Instance.objects.order_by("pk").values_list("kind", flat=True))


@pytest.fixture
def only_instance(db: None) -> LabelRule:
    return LabelRule.objects.create(kind=LabelRule.Kind.ONLY_INSTANCE)


@pytest.fixture
def utilization(db: None) -> LabelRule:
    return LabelRule.objects.create(
        kind=LabelRule.Kind.UTILIZATION,
        threshold=0.2,
        user_metrics=["license_billable_users", ACTIVE],
    )


def test_the_only_instance_is_production(
    subscription: Subscription, only_instance: LabelRule, now: datetime
) -> None:
    instance = unknown(subscription)
    assert apply_rules(subscription_ids=[subscription.pk], now=now) == {subscription.account_id}
    instance.refresh_from_db()
    assert (instance.kind, instance.kind_source) == (Kind.PRODUCTION, KindSource.RULE)
    assert history_of(instance)[-1].history_change_reason == "label rule"


def test_one_of_two_instances_is_not_the_only_one(
    subscription: Subscription, only_instance: LabelRule
) -> None:
    unknown(subscription)
    factories.make_instance(subscription=subscription, kind=Kind.OBSOLETE)
    assert kinds_after(subscription) == [Kind.UNKNOWN, Kind.OBSOLETE]


@pytest.mark.parametrize(
    ("metrics", "seats", "kind"),
    [
        pytest.param({"license_billable_users": 20}, 100, Kind.PRODUCTION, id="20 % of the seats"),
        pytest.param({"license_billable_users": 19}, 100, Kind.UNKNOWN, id="fewer"),
        pytest.param({ACTIVE: 20}, 100, Kind.PRODUCTION, id="active users where that is known"),
        pytest.param(
            {"license_billable_users": -1, ACTIVE: 30}, 100, Kind.PRODUCTION, id="-1 is not known"
        ),
        pytest.param(
            {"license_billable_users": 1, ACTIVE: 90}, 100, Kind.UNKNOWN, id="the first one known"
        ),
        pytest.param({}, 100, Kind.UNKNOWN, id="no users known"),
        pytest.param({"license_billable_users": 20}, 0, Kind.UNKNOWN, id="no seats"),
        pytest.param({"license_billable_users": 20}, None, Kind.UNKNOWN, id="seats not known"),
        pytest.param(
            {"license_billable_users": 20, "license_user_count": 100},
            None, Kind.PRODUCTION, id="seats of the license",
        ),
    ],
)  # fmt: skip
def test_users_per_seat_decide(
    utilization: LabelRule, metrics: dict[str, int], seats: int | None, kind: str
) -> None:
    subscription = factories.make_subscription(seats=seats)
    instance = unknown(subscription)
    factories.make_snapshot(instance=instance, metrics=metrics)
    assert kinds_after(subscription) == [kind]


def test_the_newest_month_decides(subscription: Subscription, utilization: LabelRule) -> None:
    instance = unknown(subscription)
    for period, users in ((date(2026, 9, 1), 90), (date(2026, 10, 1), 1)):
        factories.make_snapshot(
            instance=instance, period=period, metrics={"license_billable_users": users}
        )
    assert kinds_after(subscription) == [Kind.UNKNOWN]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"kind_source": KindSource.PERSON}, id="a person said Unknown"),
        pytest.param({"is_clone": True}, id="a clone"),
        pytest.param({"deployment": "SaaS"}, id="a namespace"),
        pytest.param({"kind": Kind.NON_PRODUCTION}, id="labelled otherwise"),
    ],
)
def test_rules_leave_alone(
    subscription: Subscription, only_instance: LabelRule, fields: dict[str, Any]
) -> None:
    instance = unknown(subscription, **fields)
    assert kinds_after(subscription) == [instance.kind]


def test_a_rule_that_is_switched_off_labels_nothing(
    subscription: Subscription, only_instance: LabelRule
) -> None:
    only_instance.enabled = False
    only_instance.save()
    unknown(subscription)
    assert kinds_after(subscription) == [Kind.UNKNOWN]


def test_other_subscriptions_are_left_alone(only_instance: LabelRule, now: datetime) -> None:
    unknown(factories.make_subscription())
    assert apply_rules(subscription_ids=[], now=now) == set()


def test_the_rules_that_ship_are_made_once(db: None) -> None:
    assert (labels.load_defaults(), labels.load_defaults()) == (2, 0)
    assert LabelRule.objects.get(kind="utilization").threshold == 0.2
