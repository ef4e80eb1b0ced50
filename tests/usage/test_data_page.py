from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from tests.factories import (
    NOW,
    make_account,
    make_card_drift,
    make_instance,
    make_raw_payload,
    make_rejected_row,
    make_snapshot,
    make_subscription,
    make_unmapped_instance,
)
from usage.models import Instance
from usage.queries import reporting

pytestmark = pytest.mark.django_db

OCTOBER = date(2026, 10, 1)


def make_reporting(account, *, arr: int, reports: bool = True, **instance: object) -> Instance:
    subscription = make_subscription(account=account, arr=arr)
    made = make_instance(subscription=subscription, last_reported_at=NOW, **instance)
    if reports:
        make_snapshot(instance=made, period=OCTOBER)
    return made


def test_coverage_weighs_accounts_and_arr(csm, account) -> None:
    make_reporting(account, arr=30_000)
    make_reporting(make_account(csm=csm), arr=10_000, reports=False)
    month = reporting.month_coverage(csm, OCTOBER)
    assert (month.account_share, month.arr_share) == (0.5, 0.75)


@pytest.mark.parametrize(
    "instance",
    [
        pytest.param({"kind": "Unknown"}, id="an instance that nobody has labelled"),
        pytest.param({"kind": "Non-Production"}, id="a test installation"),
        pytest.param({"opted_out_of_health": True}, id="one that was taken out of health"),
    ],
)
def test_what_does_not_count_does_not_cover(csm, account, instance) -> None:
    make_reporting(account, arr=1_000, **instance)
    assert reporting.month_coverage(csm, OCTOBER).arr_share == 0


def test_a_subscription_that_has_ended_is_no_gap(csm, account) -> None:
    make_subscription(account=account, end_date=date(2026, 9, 30))
    assert reporting.month_coverage(csm, OCTOBER).arr_share is None


def test_coverage_counts_only_what_one_sees(stranger, account) -> None:
    make_reporting(account, arr=1_000)
    assert reporting.month_coverage(stranger, OCTOBER).accounts == 0


def test_production_that_went_silent_is_listed(csm, account) -> None:
    silent = make_reporting(account, arr=1_000)
    make_reporting(account, arr=1_000)
    Instance.objects.filter(pk=silent.pk).update(last_reported_at=NOW - timedelta(days=61))
    assert list(reporting.silent(csm, now=NOW)) == [silent]


def test_unmapped_instances_say_how_many_payloads_wait(admin) -> None:
    instance = make_unmapped_instance()
    for _ in range(3):
        make_raw_payload(instance=instance)
    [listed] = reporting.unmapped(admin)
    assert listed.waiting == 3  # type: ignore[attr-defined]  # annotated


def test_the_page_leads_admins_to_what_needs_them(admin_client) -> None:
    instance, row = make_unmapped_instance(), make_rejected_row()
    page = admin_client.get(reverse("usage:data")).text
    assert reverse("admin:usage_instance_change", args=[instance.pk]) in page
    assert reverse("admin:usage_rejectedrow_change", args=[row.pk]) in page


def test_others_see_neither_rejected_rows_nor_instances_of_nobody(csm_client) -> None:
    make_unmapped_instance(hostname="secret.example")
    make_rejected_row(source="secret.ndjson")
    assert "secret" not in csm_client.get(reverse("usage:data")).text


def test_cards_that_drifted_are_shown_to_who_sees_the_account(csm_client, account) -> None:
    assert "came out as it is stored" in csm_client.get(reverse("usage:data")).text
    make_card_drift(account=account, differences="ci: stored 1, rebuilt 2")
    make_card_drift(differences="ci: stored secret, rebuilt 2")
    page = csm_client.get(reverse("usage:data")).text
    assert "ci: stored 1, rebuilt 2" in page
    assert "secret" not in page


def test_of_many_only_the_first_are_listed(admin_client) -> None:
    for _ in range(reporting.LISTED + 5):
        make_rejected_row()
    assert "and 5 more" in admin_client.get(reverse("usage:data")).text


@pytest.mark.parametrize("rows", [3, 30])
def test_the_query_count_is_flat(
    admin_client, account, rows, django_assert_max_num_queries
) -> None:
    for _ in range(rows):
        make_reporting(account, arr=1_000, kind="Unknown")
        make_raw_payload(instance=make_unmapped_instance())
        make_rejected_row()
        make_card_drift()
    with django_assert_max_num_queries(17):
        admin_client.get(reverse("usage:data"))
