"""What admins do with instances, rejected rows, metrics and editions."""

from __future__ import annotations

import json

import pytest
from django.apps import apps
from django.urls import reverse

from accounts.models import Job
from tests.admin.pages import act, change
from tests.factories import (
    make_edition,
    make_instance,
    make_metric,
    make_raw_payload,
    make_rejected_row,
    make_snapshot,
    make_subscription,
    make_unmapped_instance,
)
from usage.models import Edition, Instance, Measure, RawPayload
from usage.services.rejections import digest_of

pytestmark = pytest.mark.django_db

PING = {
    "uuid": "00000000-0000-4000-8000-00000000abcd",
    "hostname": "gitlab.larch.example",
    "recorded_at": "2026-10-28T03:00:00Z",
    "version": "18.5.0",
    "license_billable_users": 80,
}


def test_mapping_an_instance_brings_what_waits_and_scores_it(admin_client) -> None:
    instance = make_unmapped_instance()
    make_snapshot(instance=instance)
    subscription = make_subscription()
    change(admin_client, instance, subscription=subscription.pk)
    instance.refresh_from_db()
    assert instance.subscription == subscription
    assert Job.objects.get().params["account_ids"] == [subscription.account_id]


def test_a_kind_that_an_admin_sets_is_a_persons(admin_client) -> None:
    instance = make_instance(kind="Production", kind_source=Instance.KindSource.RULE)
    change(admin_client, instance, kind="Non-Production")
    instance.refresh_from_db()
    assert (instance.kind, instance.kind_source) == ("Non-Production", Instance.KindSource.PERSON)


def test_many_instances_are_labelled_at_once(admin_client, admin) -> None:
    snapshots = [make_snapshot(instance__kind="Unknown") for _ in range(2)]
    ids = [snapshot.instance_id for snapshot in snapshots]
    answer = act(admin_client, "usage_instance", "label_production", ids)
    labelled = Instance.objects.filter(kind="Production", kind_source=Instance.KindSource.PERSON)
    assert set(labelled.values_list("pk", flat=True)) == set(ids)
    assert "2 instances are Production now." in answer.text
    assert len(Job.objects.get().params["account_ids"]) == 2
    history = apps.get_model("usage", "HistoricalInstance")._default_manager
    assert {row.history_user for row in history.filter(history_type="~")} == {admin}


def test_a_mended_row_goes_in(admin_client) -> None:
    row = make_rejected_row(text="{", reason="is not JSON")
    change(admin_client, row, text=json.dumps(PING))
    answer = act(admin_client, "usage_rejectedrow", "retry_selected", [row.pk])
    row.refresh_from_db()
    assert row.resolved_at is not None
    assert RawPayload.objects.get().instance.hostname == PING["hostname"]
    assert "1 taken in, 0 rejected again." in answer.text


def test_a_row_that_is_still_wrong_says_why(admin_client) -> None:
    row = make_rejected_row(text="{")
    answer = act(admin_client, "usage_rejectedrow", "retry_selected", [row.pk])
    row.refresh_from_db()
    assert row.resolved_at is None
    assert "0 taken in, 1 rejected again." in answer.text


def test_the_same_row_is_not_mended_twice(admin_client) -> None:
    text = json.dumps(PING)
    make_rejected_row(text=text, digest=digest_of("service_ping", text))
    answer = change(admin_client, make_rejected_row(text="{"), text=text)
    assert "Another row that waits has this very text." in answer.text


def test_a_payload_is_shown_as_it_came(admin_client) -> None:
    payload = make_raw_payload()
    address = reverse("admin:usage_rawpayload_change", args=[payload.pk])
    assert "&quot;issues&quot;: 3" in admin_client.get(address).text


def test_a_metric_that_becomes_tracked_is_filled_in(admin_client) -> None:
    make_snapshot()
    change(admin_client, make_metric("counts.ci_runners"), tracked=True)
    assert Job.objects.get(kind="backfill_metrics").params == {"key_paths": ["counts.ci_runners"]}


def test_a_metric_that_becomes_optional_is_erased_where_it_must_be(admin_client) -> None:
    answer = change(admin_client, make_metric(), data_category="optional")
    assert "It was erased for the customers who share no optional data." in answer.text


def test_a_draft_is_published(admin_client, admin) -> None:
    edition = make_edition("2026", published=False)
    for path in ("license_billable_users", "counts.ci_builds", "counts.scans"):
        make_metric(path)
    answer = act(admin_client, "usage_edition", "publish", [edition.pk])
    page = reverse("playbooks:publish_edition", args=[edition.pk])
    assert answer.redirect_chain == [(page, 302)]
    admin_client.post(page, {"note": "It is time.", "in_force_from": ""})
    edition.refresh_from_db()
    assert (edition.status, edition.published_by) == (Edition.Status.PUBLISHED, admin)


def test_a_draft_that_is_not_valid_says_what_is_wrong(admin_client) -> None:
    edition = make_edition("2026", published=False)  # none of its metrics is known
    answer = act(admin_client, "usage_edition", "publish", [edition.pk])
    edition.refresh_from_db()
    assert edition.is_draft
    assert "The edition is not valid" in answer.text


@pytest.mark.parametrize("action", ["publish", "retire"])
def test_editions_are_put_in_and_out_of_force_one_at_a_time(admin_client, action) -> None:
    several = [make_edition(name).pk for name in ("2025", "2026")]
    answer = act(admin_client, "usage_edition", action, several)
    assert "Choose one edition at a time." in answer.text


def test_a_published_edition_cannot_be_changed(admin_client) -> None:
    edition = make_edition("2025")
    answer = admin_client.post(
        reverse("admin:usage_edition_change", args=[edition.pk]), {"name": "2025b"}
    )
    assert answer.status_code == 403


def test_an_edition_is_copied_to_work_on(admin_client) -> None:
    edition = make_edition("2025")
    act(admin_client, "usage_edition", "copy_as_draft", [edition.pk])
    act(admin_client, "usage_edition", "copy_as_draft", [edition.pk])
    copies = Edition.objects.filter(status=Edition.Status.DRAFT).values_list("name", flat=True)
    assert set(copies) == {"2025 copy", "2025 copy 2"}


def test_an_edition_is_taken_out_of_force(admin_client) -> None:
    edition = make_edition("2025")
    answer = act(admin_client, "usage_edition", "retire", [edition.pk])
    page = reverse("playbooks:publish_edition", args=[edition.pk])
    assert answer.redirect_chain == [(f"{page}#retire", 302)]


def test_a_draft_is_retired_at_once(admin_client) -> None:
    edition = make_edition("2026", published=False)
    act(admin_client, "usage_edition", "retire", [edition.pk])
    edition.refresh_from_db()
    assert edition.status == Edition.Status.RETIRED


@pytest.mark.parametrize("published", [False, True])
def test_bands_change_with_a_draft_only(admin_client, published) -> None:
    edition = make_edition("2026", published=published)
    measure = Measure.objects.filter(use_case__edition=edition).earliest("pk")
    page = admin_client.get(reverse("admin:usage_measure_change", args=[measure.pk])).text
    assert ('name="bands-0-upper"' in page) is not published
