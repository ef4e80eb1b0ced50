"""Fills a PostgreSQL database with accounts and their monthly readings at once, as ingest would leave them.

The customers are those of tests.bench.generate; what they report is computed for all of them at a time,
so that a hundred thousand accounts and a year take a minute or two, not hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import polars as pl
from django.db import connection, models, transaction

from accounts.models import Account, Plan, Subscription, User
from playbooks.demo.pings import SCANNERS
from tests.bench.generate import (
    CSM_ACCOUNTS,
    FAILED,
    PRICE,
    SILENT,
    Customer,
    Size,
    customer,
)
from usage.models import Instance, Snapshot

STORED_AT = datetime(2026, 1, 1, tzinfo=UTC)
SECURE = "usage_activity_by_stage_monthly.secure"
ACTIVE = "redis_hll_counters.manage.unique_active_users_monthly"
DRAWS = 200_000  # of chance, drawn once for a month and used by each site at a place of its own


@transaction.atomic
def fill(size: Size) -> int:
    """Store the customers and their readings; return how many readings."""
    User.objects.bulk_create(
        User(email=f"csm{number}@bench.example", password="!")
        for number in range(size.accounts // CSM_ACCOUNTS + 1)
    )
    csms = dict(User.objects.values_list("email", "pk"))
    plans = {
        name: Plan.objects.get_or_create(name=name, defaults={"rank": rank})[0].pk
        for rank, name in enumerate(PRICE)
    }
    everyone = [customer(number, size) for number in range(size.accounts)]
    _store(Account, [_account(each, csms) for each in everyone])
    subscriptions = [row for each in everyone for row in _subscriptions(each, plans)]
    for number, row in enumerate(subscriptions, start=1):
        row["id"] = number
    _store(Subscription, subscriptions)
    ids = {row["external_id"]: row["id"] for row in subscriptions}
    sites = pl.DataFrame(list(_sites(everyone, ids))).with_row_index("id", offset=1)
    _store(Instance, sites.select("id", *INSTANCE, **INSTANCE_CONSTANTS))
    count = 0
    for age, period in enumerate(size.periods):
        readings = _readings(sites, period, age, Random(f"{size.seed}:{period}"))  # noqa: S311
        _store(Snapshot, readings)
        count += len(readings)
    for model in (Account, Subscription, Instance):
        _advance(model)
    return count


INSTANCE = ("external_id", "hostname", "subscription_id", "deployment", "kind")
INSTANCE_CONSTANTS = {
    "kind_source": pl.lit("person"),
    "is_clone": pl.lit(value=False),
    "opted_out_of_health": pl.lit(value=False),
    "license_md5": pl.lit(""),
    "license_sha256": pl.lit(""),
    "version": pl.lit(""),
}


def _store(model: type[models.Model], rows: pl.DataFrame | Sequence[dict[str, Any]]) -> None:
    frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(rows, infer_schema_length=None)
    names = ", ".join(map(connection.ops.quote_name, frame.columns))
    table = connection.ops.quote_name(model._meta.db_table)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT CSV)") as copy,
    ):
        for part in frame.iter_slices(50_000):
            copy.write(part.write_csv(include_header=False))


def _advance(model: type[models.Model]) -> None:
    """The ids were given here; the next one is the database's to give."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608 - a model's name
        )


def _account(each: Customer, csms: dict[str, int]) -> dict[str, Any]:
    has_csm = each.segment in {"Enterprise", "Mid-Market"}
    return {
        "id": each.number + 1,
        "external_id": each.external_id,
        "name": f"{each.industry} company {each.number}",
        "customer_since": each.since,
        "segment": each.segment,
        "industry": each.industry,
        "region": each.region,
        "priority": Account.Priority.STANDARD,
        "csm_id": csms[f"csm{each.number // CSM_ACCOUNTS}@bench.example"] if has_csm else None,
        "shares_optional_data": True,
        "created_at": STORED_AT,
        "updated_at": STORED_AT,
    }


def _subscriptions(each: Customer, plans: dict[str, int]) -> Iterator[dict[str, Any]]:
    for external_id, plan, delivery, seats in each.subscriptions:
        yield {
            "external_id": external_id,
            "account_id": each.number + 1,
            "plan_id": plans[plan],
            "delivery": delivery,
            "start_date": each.since,
            "seats": seats,
            "arr": f"{PRICE[plan] * seats:.2f}",
        }


def _sites(everyone: Sequence[Customer], ids: dict[str, int]) -> Iterator[dict[str, Any]]:
    for each in everyone:
        for site in each.sites:
            sender, used = site.sender, site.first
            yield {
                "external_id": sender.uuid or str(sender.namespace_id),
                "hostname": sender.hostname,
                "subscription_id": ids[site.subscription],
                "deployment": site.delivery,
                "kind": site.kind,
                "seats": sender.seats,
                "growth": site.growth,
                **{f"used_{name}": float(value) for name, value in vars(used).items()},
            }


# --- What they report: as playbooks.demo.pings says it, a column at a time ------------------------------


def _readings(sites: pl.DataFrame, period: date, age: int, chance: Random) -> pl.DataFrame:
    draws = pl.Series([chance.random() for _ in range(DRAWS)])
    noise = pl.Series([chance.gauss(1, 0.03) for _ in range(DRAWS)])
    place = sites["id"].cast(pl.Int64) * 7_919 % DRAWS
    drawn = sites.with_columns(
        silent=draws.gather(place),
        failed=draws.gather((place + 101) % DRAWS),
        second=draws.gather((place + 577) % DRAWS) * 28 * 86_400,
        grown=noise.gather(place) * (1 + sites["growth"]).pow(age),
    ).filter(pl.col("silent") >= SILENT)
    grown = drawn.with_columns(
        users=(pl.col("seats") * (pl.col("used_users") * pl.col("grown")).clip(0, 1.3)).round(),
        used_ci=pl.col("used_ci") * pl.col("grown"),
    )
    metrics = pl.struct([v.alias(k) for k, v in _metrics().items()]).struct.json_encode()
    start = datetime(period.year, period.month, 1, tzinfo=UTC)
    return grown.select(
        pl.col("id").alias("instance_id"),
        pl.lit(period).alias("period"),
        (pl.lit(start) + pl.duration(seconds=pl.col("second").cast(pl.Int64))).alias("recorded_at"),
        metrics.alias("metrics"),
    )


def _metrics() -> dict[str, pl.Expr]:
    def used(name: str) -> pl.Expr:
        return pl.col(f"used_{name}")

    users = pl.col("users")
    pipelines = (users * used("ci") / 5).round()
    deployments = (users * used("deploys")).round()
    successful = (deployments * used("success")).round()
    in_use = used("scanners").round()
    share = (pipelines * used("scans") / in_use).round()
    failed = pl.when(pl.col("failed") < FAILED).then(-1)
    values = {
        "license_billable_users": users,
        "license_user_count": pl.col("seats"),
        ACTIVE: failed.otherwise((users * used("engagement")).round()),
        "usage_activity_by_stage_monthly.create.action_monthly_active_users_project_repo": (
            users * used("scm")
        ).round(),
        "usage_activity_by_stage_monthly.verify.ci_pipelines": (
            users * (used("ci") / 120).clip(upper_bound=0.9)
        ).round(),
        "counts.count_total_create_ci_build_monthly": (users * used("ci")).round(),
        "usage_activity_by_stage_monthly.release.deployments": (users * used("deployers")).round(),
        "counts_monthly.deployments": deployments,
        "counts_monthly.successful_deployments": successful,
        "counts_monthly.failed_deployments": deployments - successful,
        "counts_monthly.ci_internal_pipelines": pipelines,
        f"{SECURE}.user_unique_users_all_secure_scanners": (users * used("scan_users")).round(),
        **{
            f"{SECURE}.{name}_scans": pl.when(in_use > position).then(share).otherwise(0)
            for position, name in enumerate(SCANNERS)
        },
    }
    return {key: value.cast(pl.Int64) for key, value in values.items()}
