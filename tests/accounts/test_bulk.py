from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from django.db import IntegrityError, connection, transaction

from accounts.bulk import (
    JSONText,
    MergeCounts,
    append_frame,
    append_rows,
    differs,
    merge_rows,
    update_rows,
)
from accounts.models import Account, Subscription, Team
from tests import factories
from usage.models import Instance, RawPayload, Snapshot

pytestmark = pytest.mark.django_db

MAY = date(2026, 5, 1)
SNAPSHOT = ("instance_id", "period", "recorded_at", "metrics")
SUBSCRIPTION = (
    "external_id", "account_id", "plan_id", "delivery", "start_date", "end_date", "seats", "arr",
)  # fmt: skip


@pytest.fixture
def instance() -> Instance:
    return factories.make_instance()


def merge_snapshot(*row: object) -> MergeCounts:
    return merge_rows(
        Snapshot,
        [row],
        columns=SNAPSHOT,
        key=("instance_id", "period"),
        update=("recorded_at", "metrics"),
        where="excluded.recorded_at >= old.recorded_at",
    )


def teams(*names: str) -> Iterator[tuple[str]]:
    return ((name,) for name in names)


def test_new_rows_are_inserted_and_known_ones_left() -> None:
    counts = merge_rows(Team, teams("EMEA", "APAC"), columns=("name",), key=("name",))
    again = merge_rows(Team, teams("APAC", "AMER"), columns=("name",), key=("name",))
    assert counts == MergeCounts(inserted=2, updated=0, unchanged=0)
    assert again == MergeCounts(inserted=1, updated=0, unchanged=1)
    assert set(Team.objects.values_list("name", flat=True)) == {"EMEA", "APAC", "AMER"}


def test_merging_nothing_is_nothing() -> None:
    nothing = MergeCounts(inserted=0, updated=0, unchanged=0)
    assert merge_rows(Team, [], columns=("name",), key=("name",)) == nothing


def test_every_kind_of_value_is_stored_as_the_orm_would(instance: Instance) -> None:
    recorded_at = datetime(2026, 5, 31, 23, 59, 59, 123456, tzinfo=UTC)
    metrics = {"a.b": 1, "c": -1.5, "d": None, "quote": 'ä"\\\t\n'}
    merge_snapshot(instance.pk, MAY, recorded_at, metrics)
    stored = Snapshot.objects.get(period=MAY, recorded_at=recorded_at, metrics=metrics)
    assert (stored.instance, stored.metrics) == (instance, metrics)


def test_decimals_and_nulls_come_back_equal() -> None:
    model = factories.make_subscription()
    row = ("S1", model.account_id, model.plan_id, "SaaS", MAY, None, None, Decimal("12345678.90"))
    merge_rows(Subscription, [row], columns=SUBSCRIPTION, key=("external_id",))
    stored = Subscription.objects.get(arr=Decimal("12345678.90"))
    assert (stored.external_id, stored.end_date, stored.seats) == ("S1", None, None)


def test_bytes_and_booleans_come_back_equal(instance: Instance, now: datetime) -> None:
    body = bytes(range(256))
    columns = ("instance_id", "recorded_at", "received_at", "digest", "body")
    merge_rows(
        RawPayload,
        [(instance.pk, now, now, "d", body)],
        columns=columns,
        key=("instance_id", "recorded_at"),
    )
    update_rows(Instance, [(instance.pk, True)], columns=("id", "is_clone"), key=("id",))
    assert bytes(RawPayload.objects.get().body) == body
    assert Instance.objects.filter(is_clone=True).get() == instance


def test_json_that_is_text_already_is_taken_as_it_is(instance: Instance, now: datetime) -> None:
    merge_snapshot(instance.pk, MAY, now, JSONText('{"a":{"b":[1,null]}}'))
    assert Snapshot.objects.get(metrics__a__b=[1, None]).metrics == {"a": {"b": [1, None]}}


def test_a_row_is_updated_where_the_condition_holds(instance: Instance, now: datetime) -> None:
    merge_snapshot(instance.pk, MAY, now, {"n": 1})
    older = merge_snapshot(instance.pk, MAY, now - timedelta(days=1), {"n": 0})
    newer = merge_snapshot(instance.pk, MAY, now + timedelta(days=1), {"n": 2})
    assert older == MergeCounts(inserted=0, updated=0, unchanged=1)
    assert newer == MergeCounts(inserted=0, updated=1, unchanged=0)
    assert Snapshot.objects.get().metrics == {"n": 2}


def test_without_a_condition_only_a_difference_is_written() -> None:
    model = factories.make_subscription(seats=None, end_date=None)
    row = (model.external_id, model.account_id, model.plan_id, model.delivery, model.start_date)

    def merge(end_date: date | None, seats: int | None) -> MergeCounts:
        rows = [(*row, end_date, seats, model.arr)]
        update = ("end_date", "seats")
        return merge_rows(
            Subscription, rows, columns=SUBSCRIPTION, key=("external_id",), update=update
        )

    assert merge(None, None).unchanged == 1
    assert merge(None, 7).updated == 1
    assert merge(None, 7).unchanged == 1
    assert merge(None, None).updated == 1


def test_differs_serves_as_part_of_a_condition(instance: Instance, now: datetime) -> None:
    merge_snapshot(instance.pk, MAY, now, {"n": 1})
    counts = merge_rows(
        Snapshot,
        [(instance.pk, MAY, now + timedelta(days=1), {"n": 1})],
        columns=SNAPSHOT,
        key=("instance_id", "period"),
        update=("recorded_at",),
        where=differs(Snapshot, ("metrics",)),
    )
    assert counts.unchanged == 1


def test_the_columns_of_a_merge_may_come_in_any_order(account: Account) -> None:
    rows = [(date(2020, 1, 1), account.external_id, "Renamed")]
    changed = update_rows(
        Account, rows, columns=("customer_since", "external_id", "name"), key=("external_id",)
    )
    account.refresh_from_db()
    assert (changed, account.name, account.customer_since) == (1, "Renamed", date(2020, 1, 1))


def test_updating_the_same_again_writes_nothing(account: Account) -> None:
    rows = [(account.pk, account.name)]
    assert update_rows(Account, rows, columns=("id", "name"), key=("id",)) == 0


def test_appended_rows_are_counted() -> None:
    assert append_rows(Team, teams("EMEA", "APAC"), columns=("name",)) == 2
    assert Team.objects.count() == 2


def test_an_error_leaves_no_table_behind_and_the_transaction_usable() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        append_rows(Team, teams("EMEA", "EMEA"), columns=("name",))
    assert append_rows(Team, teams("EMEA"), columns=("name",)) == 1


def test_a_constraint_of_the_table_holds_for_a_merge(instance: Instance, now: datetime) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        merge_snapshot(instance.pk, date(2026, 5, 2), now, {})


def test_an_error_while_rows_are_made_surfaces() -> None:
    def broken() -> Iterator[tuple[str]]:
        yield ("EMEA",)
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"), transaction.atomic():
        append_rows(Team, broken(), columns=("name",))
    assert not Team.objects.exists()


def test_no_staging_table_outlives_its_merge() -> None:
    append_rows(Team, teams("EMEA"), columns=("name",))
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor, include_views=False)
    assert not [table for table in tables if table.startswith("staged_")]


def test_a_relation_is_not_a_column() -> None:
    with pytest.raises(TypeError):
        append_rows(Team, [(1,)], columns=("members",))


# --- Frames ----------------------------------------------------------------------------------------


def snapshots(*rows: tuple[object, ...]) -> pl.DataFrame:
    kinds = (pl.Int64(), pl.Date(), pl.Datetime("us", "UTC"), pl.String())
    schema = pl.Schema(zip(("instance", *SNAPSHOT[1:]), kinds, strict=True))
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def test_a_frame_is_stored_as_its_rows_would_be(instance: Instance) -> None:
    recorded_at = datetime(2026, 5, 31, 23, 59, 59, 123456, tzinfo=UTC)
    text = '{"quote": "\u00e4\\"\\\\\\t, \\\\N"}'
    assert append_frame(Snapshot, snapshots((instance.pk, MAY, recorded_at, text))) == 1
    stored = Snapshot.objects.get()
    assert (stored.instance, stored.period, stored.recorded_at) == (instance, MAY, recorded_at)
    assert stored.metrics == {"quote": 'ä"\\\t, \\N'}


AWKWARD = ("back\\slash \\t \\N", "tab\there", "line\nend", "return\rhere", '"quoted", comma', "")


@pytest.mark.parametrize("text", AWKWARD)
def test_any_text_in_a_frame_arrives_as_it_is(text: str) -> None:
    append_frame(Team, pl.DataFrame({"name": [text, "plain"]}))
    assert set(Team.objects.values_list("name", flat=True)) == {text, "plain"}


def test_what_is_null_in_a_frame_is_null(account: Account) -> None:
    rows = pl.DataFrame({"id": [account.pk], "csm": [None], "priority": [1]})
    assert update_rows(Account, rows, columns=("id", "csm", "priority"), key=("id",)) == 1
    account.refresh_from_db()
    assert (account.csm, account.priority) == (None, 1)


def test_an_empty_frame_is_nothing() -> None:
    assert append_frame(Team, pl.DataFrame({"name": []}, schema={"name": pl.String})) == 0


def test_a_row_of_a_frame_that_is_there_already_is_refused(
    instance: Instance, now: datetime
) -> None:
    rows = snapshots((instance.pk, MAY, now, "{}"))
    append_frame(Snapshot, rows)
    with pytest.raises(IntegrityError), transaction.atomic():
        append_frame(Snapshot, rows)
    assert Snapshot.objects.count() == 1
