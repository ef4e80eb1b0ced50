"""Instances, the metric dictionary and editions over the API."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.models import Account, User
from tests import factories
from tests.api import ROOT, ids, results
from usage.models import Instance


@pytest.fixture
def instance(account: Account) -> Instance:
    subscription = factories.make_subscription(account=account, external_id="S-1")
    return factories.make_instance(
        subscription=subscription,
        external_id="uuid-1",
        deployment="Dedicated",
        kind="Non-Production",
        last_reported_at=datetime(2026, 9, 30, tzinfo=UTC),
    )


def test_an_instance_is_told_with_its_account(
    csm_client: Client, instance: Instance, account: Account
) -> None:
    (told,) = results(csm_client, "/instances/")
    assert told["account"]["external_id"] == account.external_id
    assert told["subscription"] == "S-1"


@pytest.mark.parametrize(
    "wanted",
    [
        {"subscription": "S-1"},
        {"external_id": "uuid-1"},
        {"kind": "Non-Production"},
        {"deployment": "Dedicated"},
        {"reported_before": "2026-10-01"},
        {"reported_before": "2026-09-30T00:00:01Z"},
    ],
    ids=str,
)
def test_instances_are_narrowed_by(csm: User, csm_client: Client, instance, wanted) -> None:
    factories.make_instance(
        subscription=factories.make_subscription(account__csm=csm),
        last_reported_at=datetime(2026, 10, 1, tzinfo=UTC),
    )
    assert ids(csm_client, "/instances/", **wanted) == [instance.pk]


def test_instances_are_narrowed_by_account(csm_client: Client, instance, account) -> None:
    factories.make_instance(subscription=factories.make_subscription(account__csm=account.csm))
    assert ids(csm_client, "/instances/", account=account.external_id) == [instance.pk]


def test_who_sees_everything_finds_what_is_not_mapped(viewer_client: Client, instance) -> None:
    waiting = factories.make_unmapped_instance()
    assert ids(viewer_client, "/instances/", unmapped="true") == [waiting.pk]
    assert ids(viewer_client, "/instances/", unmapped="false") == [instance.pk]
    assert viewer_client.get(f"{ROOT}/instances/{waiting.pk}/").json()["account"] is None


def test_an_unclear_yes_or_no_is_refused(csm_client: Client) -> None:
    assert csm_client.get(f"{ROOT}/instances/", {"unmapped": "perhaps"}).status_code == 400


def test_what_is_not_mapped_is_nobodys(
    csm_client: Client, stranger_client: Client, instance
) -> None:
    waiting = factories.make_unmapped_instance()
    assert ids(csm_client, "/instances/") == [instance.pk]
    assert stranger_client.get(f"{ROOT}/instances/{waiting.pk}/").status_code == 404


def test_the_dictionary_is_told_to_everyone(stranger_client: Client) -> None:
    metric = factories.make_metric("counts.ci_builds", product_stage="verify", tracked=True)
    factories.make_metric("counts.issues")
    for wanted in ({"q": "BUILD"}, {"product_stage": "verify"}, {"tracked": "true"}):
        assert ids(stranger_client, "/metric-definitions/", **wanted) == [metric.pk]


def test_an_edition_tells_its_thresholds(csm_client: Client) -> None:
    edition = factories.make_edition()
    told = csm_client.get(f"{ROOT}/editions/{edition.pk}/").json()
    ci = told["use_cases"][1]
    assert (ci["code"], ci["measures"][0]["bands"][0]["color"]) == ("ci", "Red")
    assert [level["name"] for level in told["levels"]] == ["minimum", "basic", "advanced"]
    assert {"parent": "product", "child": "ci", "weight": 15} in told["weights"]


def test_the_list_of_editions_is_short(csm_client: Client) -> None:
    edition = factories.make_edition()
    factories.make_edition("2026", published=False)
    (told,) = results(csm_client, "/editions/", status="published")
    assert told["id"] == edition.pk
    assert "use_cases" not in told


def test_configuration_cannot_be_written(csm_client: Client) -> None:
    edition = factories.make_edition()
    assert csm_client.delete(f"{ROOT}/editions/{edition.pk}/").status_code == 405


@pytest.mark.parametrize("rows", [3, 30])
def test_query_count_of_instances_is_flat(
    csm: User, csm_client: Client, rows: int, django_assert_max_num_queries
) -> None:
    for _ in range(rows):
        factories.make_instance(subscription=factories.make_subscription(account__csm=csm))
    with django_assert_max_num_queries(3):  # session, person, rows
        assert len(ids(csm_client, "/instances/")) == rows


def test_an_edition_is_read_by_a_query_a_part(
    csm_client: Client, django_assert_max_num_queries
) -> None:
    edition = factories.make_edition()
    csm_client.get(f"{ROOT}/editions/{edition.pk}/")  # a process reads a published one once
    with django_assert_max_num_queries(9):
        csm_client.get(f"{ROOT}/editions/{edition.pk}/")
