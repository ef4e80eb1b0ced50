"""Payloads come in: stored whole, the newest of a month as its snapshot, each exactly once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import FileUnusable
from accounts.lines import Line
from accounts.models import Delivery
from tests import factories
from tests.history import history_of
from tests.usage.payloads import BUILDS, HOSTNAME, UUID, ingest, line, outcomes
from usage import ingest as pure
from usage.models import Instance, LabelRule, MetricDefinition, RawPayload, RejectedRow, Snapshot
from usage.services.ingest import LINES_PER_BATCH, Ingestion, batches
from usage.services.metrics import encode
from usage.services.payloads import store_snapshots

pytestmark = pytest.mark.django_db

OCTOBER = date(2026, 10, 1)
Kind, KindSource = Instance.Kind, Instance.KindSource


@pytest.fixture(autouse=True)
def tracked_builds(db: None) -> None:
    factories.make_metric(BUILDS, tracked=True)


@pytest.fixture
def instance() -> Instance:
    """A mapped installation, before its first payload."""
    return factories.make_instance(external_id=UUID, hostname=HOSTNAME)


def builds(count: int, recorded_at: str = "2026-10-04T03:00:00Z") -> bytes:
    return line(recorded_at=recorded_at, counts={"count_total_create_ci_build_monthly": count})


def stored_builds() -> dict[str, float]:
    return {
        f"{period:%Y-%m}": metrics[BUILDS]
        for period, metrics in Snapshot.objects.values_list("period", "metrics")
    }


# --- one payload ----------------------------------------------------------------------------------
def test_a_payload_is_kept_whole_and_its_tracked_metrics_as_snapshot(instance: Instance) -> None:
    assert outcomes(line(new_metric={"x": [1, None]})) == ["accepted"]
    raw = RawPayload.objects.get()
    snapshot = Snapshot.objects.get()
    assert pure.decompress(raw.body)["new_metric"] == {"x": [1, None]}
    assert snapshot.metrics == {
        BUILDS: 4000, "license_user_count": 100, "license_billable_users": 80,
    }  # fmt: skip
    assert (snapshot.instance, snapshot.period) == (instance, OCTOBER)
    assert raw.recorded_at == snapshot.recorded_at == datetime(2026, 10, 4, 3, tzinfo=UTC)


def test_an_instance_shows_what_it_reported_last(instance: Instance) -> None:
    ingest(line(license_md5="a" * 32), line(recorded_at="2026-09-01T00:00:00Z", version="17.0"))
    instance.refresh_from_db()
    assert instance.version == "18.5.0-ee"
    assert instance.license_md5 == "a" * 32
    assert instance.last_reported_at == datetime(2026, 10, 4, 3, tzinfo=UTC)


def test_a_failed_count_keeps_its_raw_value(instance: Instance) -> None:
    ingest(builds(-1))
    assert stored_builds() == {"2026-10": -1}


def test_a_month_begins_at_midnight_utc(instance: Instance) -> None:
    ingest(builds(1, "2026-10-01T01:59:59+02:00"), builds(2, "2026-09-30T23:00:00-02:00"))
    assert stored_builds() == {"2026-09": 1, "2026-10": 2}


# --- again, corrected, older ----------------------------------------------------------------------
def test_sent_again_nothing_is_written(instance: Instance) -> None:
    ingest(line())
    before = RawPayload.objects.get()
    assert outcomes(line(), now=factories.NOW.replace(hour=10)) == ["unchanged"]
    assert RawPayload.objects.get().received_at == before.received_at


def test_a_correction_replaces_payload_and_snapshot(instance: Instance) -> None:
    ingest(builds(1))
    assert outcomes(builds(2)) == ["replaced"]
    assert stored_builds() == {"2026-10": 2}
    assert RawPayload.objects.count() == 1


def test_within_one_batch_the_last_version_stands(instance: Instance) -> None:
    assert outcomes(builds(1), builds(1), builds(2)) == ["accepted", "unchanged", "replaced"]
    assert stored_builds() == {"2026-10": 2}


def test_the_newest_payload_of_a_month_stands_for_it(instance: Instance) -> None:
    ingest(builds(2, "2026-10-11T03:00:00Z"))
    assert outcomes(builds(1, "2026-10-04T03:00:00Z")) == ["accepted"]
    assert stored_builds() == {"2026-10": 2}
    assert RawPayload.objects.count() == 2


def test_a_correction_of_an_older_payload_leaves_the_snapshot(instance: Instance) -> None:
    ingest(builds(1, "2026-10-04T03:00:00Z"), builds(2, "2026-10-11T03:00:00Z"))
    assert outcomes(builds(7, "2026-10-04T03:00:00Z")) == ["replaced"]
    assert stored_builds() == {"2026-10": 2}


TIMES = ["2026-09-27T03:00:00Z", "2026-10-04T03:00:00Z", "2026-10-11T03:00:00Z"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_the_order_of_arrival_does_not_matter(instance: Instance, order: tuple[int, ...]) -> None:
    for index in order:
        ingest(builds(index, TIMES[index]))
    assert stored_builds() == {"2026-09": 0, "2026-10": 2}
    instance.refresh_from_db()
    assert instance.last_reported_at == datetime(2026, 10, 11, 3, tzinfo=UTC)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    days=st.lists(st.integers(1, 60), min_size=1, max_size=8),
    cuts=st.lists(st.integers(0, 8), max_size=3),
    random=st.randoms(use_true_random=False),
)
def test_neither_order_nor_batches_matter(
    instance: Instance, days: list[int], cuts: list[int], random
) -> None:
    Snapshot.objects.all().delete()
    RawPayload.objects.all().delete()
    moments = [
        datetime(2026, 9 + day // 31, day % 31 + 1, tzinfo=UTC) for day in days if day % 31 < 30
    ]
    rows = [builds(moment.toordinal(), moment.isoformat()) for moment in moments]
    random.shuffle(rows)
    bounds = sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})
    for start, end in itertools.pairwise(bounds):
        ingest(*rows[start:end])
    newest = {
        f"{m:%Y-%m}": max(n.toordinal() for n in moments if n.month == m.month) for m in moments
    }
    assert stored_builds() == newest
    assert RawPayload.objects.count() == len(set(moments))


@pytest.mark.parametrize(
    ("day", "count", "told"),
    [
        pytest.param(4, 7, (0, 0), id="the same again"),
        pytest.param(4, 8, (0, 1), id="another value of the same time"),
        pytest.param(5, 7, (0, 1), id="a later time"),
        pytest.param(3, 9, (0, 0), id="an earlier time"),
    ],
)
def test_only_a_snapshot_that_changes_something_is_written(
    instance: Instance, day: int, count: int, told: tuple[int, int]
) -> None:
    def store(day: int, count: int) -> tuple[int, int]:
        moment = datetime(2026, 10, day, 3, tzinfo=UTC)
        return store_snapshots([(instance.pk, OCTOBER, moment, encode({BUILDS: count}))])

    assert store(4, 7) == (1, 0)
    assert store(day, count) == told


# --- whose it is ----------------------------------------------------------------------------------
def test_the_payload_of_an_unknown_installation_waits(db: None) -> None:
    assert outcomes(line()) == ["unmapped"]
    instance = Instance.objects.get()
    assert (instance.external_id, instance.hostname) == (UUID, HOSTNAME)
    assert (instance.kind, instance.kind_source) == (Kind.UNKNOWN, KindSource.DEFAULT)
    assert instance.subscription is None
    assert Snapshot.objects.get().instance == instance
    assert [row.history_type for row in history_of(instance)] == ["+"]


def test_an_unknown_namespace_is_a_production_instance(db: None) -> None:
    assert outcomes(line(namespace_id=42)) == ["unmapped"]
    instance = Instance.objects.get(external_id="42", hostname="")
    assert (instance.kind, instance.deployment) == (Kind.PRODUCTION, Delivery.SAAS)


def test_a_namespace_is_found_by_its_number_alone() -> None:
    factories.make_instance(external_id="42", hostname="saas.example", deployment=Delivery.SAAS)
    assert outcomes(line(namespace_id=42)) == ["accepted"]


@pytest.mark.parametrize("deployment", [Delivery.DEDICATED, Delivery.SELF_MANAGED])
def test_a_nameless_instance_of_its_number_is_the_namespace(deployment: str) -> None:
    factories.make_instance(external_id="42", hostname="", deployment=deployment)
    lines = (line(uuid="42", hostname="new.example"), line(namespace_id=42), line(uuid="u-1"))
    assert outcomes(*lines) == ["unmapped", "accepted", "unmapped"]
    later = line(uuid="42", hostname="newer.example", recorded_at="2026-10-05T03:00:00Z")
    assert outcomes(later, line(namespace_id=42)) == ["unmapped", "unchanged"]


def test_an_installation_named_by_digits_takes_over_no_namespace() -> None:
    factories.make_instance(external_id="42", hostname="", deployment=Delivery.SAAS)
    assert outcomes(line(uuid="42"), line(namespace_id=42)) == ["unmapped", "accepted"]
    installation = Instance.objects.get(hostname=HOSTNAME)
    assert (installation.deployment, installation.is_clone) == (Delivery.SELF_MANAGED, False)


def test_an_installation_with_the_name_of_a_namespace_is_rejected_by_itself() -> None:
    factories.make_instance(external_id="42", hostname=HOSTNAME, deployment=Delivery.SAAS)
    assert outcomes(line(uuid="42"), line(namespace_id=42)) == ["rejected", "accepted"]
    assert RejectedRow.objects.get().field == "uuid"


def test_a_namespace_is_never_an_installation_with_that_name() -> None:
    factories.make_instance(external_id="42", hostname="h")
    assert outcomes(line(namespace_id=42)) == ["unmapped"]


def test_an_installation_announced_without_a_hostname_takes_its_first() -> None:
    instance = factories.make_instance(external_id=UUID, hostname="")
    assert outcomes(line(), line(recorded_at=TIMES[0])) == ["accepted", "accepted"]
    instance.refresh_from_db()
    assert instance.hostname == HOSTNAME
    assert history_of(instance)[-1].hostname == HOSTNAME


def test_a_hostname_that_a_person_entered_is_found_in_any_case() -> None:
    factories.make_instance(external_id=UUID, hostname=HOSTNAME.title())
    assert outcomes(line()) == ["accepted"]


def test_a_known_uuid_under_another_hostname_is_a_clone(instance: Instance) -> None:
    assert outcomes(line(), line(hostname="restored.example")) == ["accepted", "unmapped"]
    clone = Instance.objects.get(hostname="restored.example")
    assert (clone.is_clone, clone.kind, clone.subscription) == (True, Kind.UNKNOWN, None)
    assert Snapshot.objects.filter(instance=instance).count() == 1


def test_of_two_new_hostnames_the_one_that_reported_first_is_no_clone(db: None) -> None:
    ingest(
        line(hostname="b.example", recorded_at=TIMES[1]),
        line(hostname="a.example", recorded_at=TIMES[2]),
    )
    assert Instance.objects.get(is_clone=True).hostname == "a.example"


def test_a_nameless_installation_takes_one_hostname_only() -> None:
    factories.make_instance(external_id=UUID, hostname="")
    ingest(line(recorded_at=TIMES[1]), line(hostname="b.example", recorded_at=TIMES[2]))
    assert Instance.objects.get(hostname=HOSTNAME).is_clone is False
    assert Instance.objects.get(hostname="b.example").is_clone is True


@pytest.mark.parametrize("field", ["md5", "sha256"])
def test_a_known_license_maps_an_unknown_installation(field: str) -> None:
    license_ = factories.make_license()
    factories.make_account(external_id="nobody")
    told = {f"license_{field}": getattr(license_, field)}
    assert outcomes(line(**told)) == ["accepted"]
    instance = Instance.objects.get()
    assert instance.subscription == license_.subscription
    assert history_of(instance)[-1].history_change_reason == "mapped by license"


def test_a_license_brings_all_payloads_that_waited() -> None:
    license_ = factories.make_license()
    ingest(builds(1, TIMES[0]))
    ingest(line(recorded_at=TIMES[2], license_md5=license_.md5))
    owned = Snapshot.objects.filter(instance__subscription=license_.subscription)
    assert owned.count() == 2


def test_a_mapped_instance_is_not_moved_by_a_license(instance: Instance) -> None:
    license_ = factories.make_license()
    ingest(line(license_md5=license_.md5))
    instance.refresh_from_db()
    assert instance.subscription != license_.subscription


# --- labels ---------------------------------------------------------------------------------------
def test_rules_label_what_has_reported() -> None:
    LabelRule.objects.create(kind=LabelRule.Kind.ONLY_INSTANCE)
    license_ = factories.make_license()
    ingest(line(license_md5=license_.md5))
    instance = Instance.objects.get()
    assert (instance.kind, instance.kind_source) == (Kind.PRODUCTION, KindSource.RULE)


# --- consent --------------------------------------------------------------------------------------
def test_without_consent_optional_metrics_are_not_stored() -> None:
    MetricDefinition.objects.update(data_category="optional")
    account = factories.make_account(shares_optional_data=False)
    subscription = factories.make_subscription(account=account)
    factories.make_instance(external_id=UUID, hostname=HOSTNAME, subscription=subscription)
    assert outcomes(line()) == ["accepted"]
    assert outcomes(line()) == ["unchanged"]
    body = pure.decompress(RawPayload.objects.get().body)
    assert "count_total_create_ci_build_monthly" not in body["counts"]
    assert body["counts"]["ci_builds"] == 9000
    assert BUILDS not in Snapshot.objects.get().metrics


def test_with_consent_given_again_a_payload_sent_again_is_whole() -> None:
    MetricDefinition.objects.update(data_category="optional")
    account = factories.make_account(shares_optional_data=False)
    subscription = factories.make_subscription(account=account)
    factories.make_instance(external_id=UUID, hostname=HOSTNAME, subscription=subscription)
    ingest(line())
    account.shares_optional_data = True
    account.save()
    assert outcomes(line()) == ["replaced"]
    assert Snapshot.objects.get().metrics[BUILDS] == 4000


# --- what is rejected -----------------------------------------------------------------------------
def test_a_bad_row_is_kept_and_the_others_go_in(instance: Instance) -> None:
    results = ingest(builds(1, TIMES[0]), b"{", b"", builds(2, TIMES[2]))
    assert [(row.line, row.result.value) for row in results] == [
        (1, "accepted"),
        (2, "rejected"),
        (4, "accepted"),
    ]
    row = RejectedRow.objects.get()
    assert (row.kind, row.source, row.line) == ("service_ping", "pings.ndjson", 2)
    assert (row.text, row.field, row.is_cut) == ("{", "", False)
    assert row.reason == results[1].reason


def test_the_same_bad_row_again_is_one_row_to_mend(db: None) -> None:
    later = factories.NOW.replace(hour=10)
    ingest(b"{", b"{")
    ingest(b"{", now=later)
    assert RejectedRow.objects.get().received_at == later


def test_a_bad_row_with_nul_and_broken_text_is_kept(db: None) -> None:
    assert outcomes(b'{"uuid": "\x00\xff"') == ["rejected"]
    assert RejectedRow.objects.get().text == '{"uuid": "\ufffd\ufffd"'


def test_of_a_long_bad_row_the_beginning_is_kept(db: None) -> None:
    ingest(b"x" * 100_001)
    row = RejectedRow.objects.get()
    assert (len(row.text), row.is_cut) == (100_000, True)


def test_a_line_beyond_all_bounds_is_rejected_with_its_beginning(db: None) -> None:
    run = Ingestion(source="f", now=factories.NOW)
    [result] = run.store([Line(7, b"x" * 10, is_cut=True)])
    assert (result.line, result.reason) == (7, "is longer than any payload may be")
    assert RejectedRow.objects.get().is_cut


def test_a_file_that_is_damaged_after_a_full_batch_ends_in_its_error() -> None:
    def lines() -> Iterator[Line]:
        yield from (Line(n, b"{}") for n in range(LINES_PER_BATCH))
        raise FileUnusable("f", "it is damaged")

    found = batches(lines())
    assert len(next(found)) == LINES_PER_BATCH
    with pytest.raises(FileUnusable):
        next(found)
