"""The import of a folder: its instances, what it asks to be scored, and what it refuses."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from accounts.errors import FileUnusable
from accounts.models import Delivery, Job, Subscription
from tests import factories
from tests.history import history_of
from tests.usage.folders import (
    ACCOUNT,
    ACCOUNTS,
    INSTANCE,
    INSTANCES,
    SUBSCRIPTION,
    SUBSCRIPTIONS,
    counts,
    load,
    load_file,
    write,
    write_all,
)
from tests.usage.payloads import BUILDS, HOSTNAME, UUID, ingest, line
from usage.models import Instance, LabelRule, RejectedRow, Snapshot

pytestmark = pytest.mark.django_db

Kind, KindSource = Instance.Kind, Instance.KindSource


@pytest.fixture
def subscription(db: None) -> Subscription:
    return factories.make_subscription(external_id="S1", account__external_id="A1")


def import_instances(folder: Path, *rows: str) -> tuple[int, int, int, int]:
    return load_file(folder, "instances.csv", INSTANCES, *rows)


# --- the folder -----------------------------------------------------------------------------------
def test_a_folder_is_imported_in_one_go(tmp_path: Path) -> None:
    write_all(tmp_path)
    imported = load(tmp_path)
    assert [counts(imported, name) for name in imported.outcomes] == [(1, 0, 0, 0)] * 3
    assert Instance.objects.filter(subscription__account__external_id="A1").exists()
    assert imported.jobs == []


def test_a_folder_without_any_of_the_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileUnusable, match=r"holds none of accounts\.csv"):
        load(tmp_path)


def test_columns_that_are_not_read_are_told(tmp_path: Path) -> None:
    write(tmp_path, "accounts.csv", f"{ACCOUNTS},colour", f"{ACCOUNT},red")
    notes = load(tmp_path).outcomes["accounts.csv"].notes
    assert "columns that are not known and were not read: colour" in notes


# --- instances ------------------------------------------------------------------------------------
def test_an_instance_is_created_with_a_persons_label(
    tmp_path: Path, subscription: Subscription
) -> None:
    assert import_instances(tmp_path, INSTANCE) == (1, 0, 0, 0)
    instance = Instance.objects.get()
    assert (instance.subscription, instance.hostname) == (subscription, HOSTNAME)
    assert (instance.kind, instance.kind_source) == (Kind.PRODUCTION, KindSource.PERSON)
    assert instance.created_on == date(2025, 1, 5)
    assert [row.history_type for row in history_of(instance)] == ["+"]


def test_without_a_label_an_instance_is_left_to_the_rules(
    tmp_path: Path, subscription: Subscription
) -> None:
    rows = ("u-1,S1,,,h1,", "42,S1,,GitLab.com,,")
    assert import_instances(tmp_path, *rows) == (2, 0, 0, 0)
    unknown, namespace = Instance.objects.order_by("-external_id")
    assert (unknown.kind, unknown.kind_source) == (Kind.UNKNOWN, KindSource.DEFAULT)
    assert (namespace.kind, namespace.deployment) == (Kind.PRODUCTION, Delivery.SAAS)


def test_the_only_instance_of_a_subscription_is_labelled(
    tmp_path: Path, subscription: Subscription
) -> None:
    LabelRule.objects.create(kind=LabelRule.Kind.ONLY_INSTANCE)
    import_instances(tmp_path, "u-1,S1,,,h1,")
    assert Instance.objects.get().kind_source == KindSource.RULE


def test_an_empty_cell_says_nothing(tmp_path: Path, subscription: Subscription) -> None:
    import_instances(tmp_path, INSTANCE)
    assert import_instances(tmp_path, "u-1,,,,,") == (0, 0, 1, 0)
    assert import_instances(tmp_path, "u-1,S1,Obsolete,,,") == (0, 1, 0, 0)
    instance = Instance.objects.get()
    assert (instance.kind, instance.hostname) == (Kind.OBSOLETE, HOSTNAME)


def test_an_instance_without_a_hostname_gets_the_one_that_comes_later(
    tmp_path: Path, subscription: Subscription
) -> None:
    import_instances(tmp_path, f"{UUID},S1,Production,,,")
    ingest(line())
    assert import_instances(tmp_path, f"{UUID},S1,Production,,,") == (0, 0, 1, 0)
    assert import_instances(tmp_path, f"{UUID},S1,Production,,{HOSTNAME.upper()},") == (0, 0, 1, 0)
    assert Instance.objects.get().hostname == HOSTNAME


def test_another_hostname_of_an_id_is_another_instance(
    tmp_path: Path, subscription: Subscription
) -> None:
    assert import_instances(tmp_path, INSTANCE, "u-1,S1,Geo Secondary,,b.example,") == (2, 0, 0, 0)
    assert Instance.objects.filter(external_id="u-1", is_clone=False).count() == 2


def test_an_empty_deployment_is_that_of_the_subscription(tmp_path: Path) -> None:
    factories.make_subscription(external_id="S1", delivery=Delivery.SAAS)
    import_instances(tmp_path, "42,S1,,,,")
    assert Instance.objects.get().deployment == Delivery.SAAS
    ingest(line(namespace_id=42))
    assert Snapshot.objects.get().instance.subscription is not None


def test_an_installation_takes_over_no_namespace(
    tmp_path: Path, subscription: Subscription
) -> None:
    factories.make_instance(external_id="42", hostname="", deployment=Delivery.SAAS)
    rows = ("42,S1,,,h.example,", "42,S1,,Self-Managed,,")
    assert import_instances(tmp_path, rows[0]) == (1, 0, 0, 0)
    assert Instance.objects.get(deployment=Delivery.SAAS).hostname == ""
    Instance.objects.filter(hostname="h.example").delete()
    assert import_instances(tmp_path, rows[1]) == (0, 0, 0, 1)
    assert RejectedRow.objects.get().field == "deployment"


def test_case_and_the_point_of_the_root_make_no_other_instance(
    tmp_path: Path, subscription: Subscription
) -> None:
    rows = (f"{UUID.upper()},S1,,,{HOSTNAME.upper()}.,", f"{UUID},S1,,,{HOSTNAME},")
    assert import_instances(tmp_path, rows[0]) == (1, 0, 0, 0)
    assert import_instances(tmp_path, rows[1]) == (0, 0, 1, 0)
    ingest(line())
    assert Snapshot.objects.get().instance.subscription == subscription


def test_an_instance_that_comes_twice_is_unchanged_or_rejected(
    tmp_path: Path, subscription: Subscription
) -> None:
    other = INSTANCE.replace("Production", "Obsolete")
    assert import_instances(tmp_path, INSTANCE, INSTANCE, other) == (1, 0, 1, 1)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        pytest.param("u-1,S9,,,,", "subscription", id="an unknown subscription"),
        pytest.param("u-1,S1,Main,,,", "kind", id="an unknown kind"),
        pytest.param("u-1,S1,,Mars,,", "deployment", id="an unknown deployment"),
        pytest.param("u-1,S1,,,,soon", "created_on", id="no day"),
        pytest.param(",S1,,,,", "external_id", id="no id"),
    ],
)
def test_a_bad_instance_is_rejected_by_field(
    tmp_path: Path, subscription: Subscription, row: str, field: str
) -> None:
    assert import_instances(tmp_path, row) == (0, 0, 0, 1)
    assert RejectedRow.objects.get().field == field


# --- what follows ---------------------------------------------------------------------------------
def test_a_later_import_attaches_payloads_that_waited(
    tmp_path: Path, subscription: Subscription
) -> None:
    ingest(line(recorded_at="2026-09-06T03:00:00Z"), line())
    import_instances(tmp_path, f"{UUID},S1,,,{HOSTNAME},")
    assert Snapshot.objects.filter(instance__subscription=subscription).count() == 2
    job = Job.objects.get()
    assert (job.kind, job.params["account_ids"]) == ("score", [subscription.account_id])
    assert (job.params["from"], job.params["to"]) == ("2026-09", "2026-11")


def test_an_imported_license_attaches_payloads_that_waited(tmp_path: Path) -> None:
    ingest(line(license_md5="a" * 32))
    write(tmp_path, "accounts.csv", ACCOUNTS, ACCOUNT)
    write(
        tmp_path, "subscriptions.csv", f"{SUBSCRIPTIONS},license_md5", f"{SUBSCRIPTION},{'a' * 32}"
    )
    load(tmp_path)
    assert Instance.objects.filter(subscription__external_id="S1").exists()
    assert Job.objects.get().params["from"] == "2026-10"


@pytest.mark.parametrize(
    ("name", "header", "row"),
    [
        pytest.param(
            "accounts.csv", "external_id,name,customer_since", "A1,L,2024-02-01", id="age"
        ),
        pytest.param("subscriptions.csv", SUBSCRIPTIONS, SUBSCRIPTION + "0", id="ARR"),
        pytest.param(
            "subscriptions.csv", SUBSCRIPTIONS, SUBSCRIPTION.replace("S1", "S2"), id="one more"
        ),
        pytest.param("instances.csv", INSTANCES, f"{UUID},S1,Obsolete,,{HOSTNAME},", id="kind"),
    ],
)
def test_what_scores_depend_on_is_scored_anew(
    tmp_path: Path, subscription: Subscription, name: str, header: str, row: str
) -> None:
    instance = factories.make_instance(
        external_id=UUID, hostname=HOSTNAME, subscription=subscription
    )
    factories.make_snapshot(instance=instance)
    load_file(tmp_path, name, header, row)
    assert Job.objects.get().params["account_ids"] == [subscription.account_id]


def test_a_subscription_that_moves_to_who_withdrew_loses_its_optional_metrics(
    tmp_path: Path, subscription: Subscription
) -> None:
    factories.make_metric(BUILDS, tracked=True, data_category="optional")
    factories.make_instance(external_id=UUID, hostname=HOSTNAME, subscription=subscription)
    ingest(line())
    factories.make_account(external_id="A2", shares_optional_data=False)
    row = SUBSCRIPTION.replace(",A1,", ",A2,")
    assert load_file(tmp_path, "subscriptions.csv", SUBSCRIPTIONS, row) == (0, 1, 0, 0)
    assert BUILDS not in Snapshot.objects.get().metrics


def test_what_scores_do_not_depend_on_is_not_scored_anew(
    tmp_path: Path, subscription: Subscription
) -> None:
    factories.make_snapshot(instance__subscription=subscription)
    since = subscription.account.customer_since
    load_file(tmp_path, "accounts.csv", "external_id,name,customer_since", f"A1,Renamed,{since}")
    assert not Job.objects.exists()
