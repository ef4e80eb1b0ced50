"""Writes any number of accounts and months of payloads in the shapes that the product takes in.

    python -m tests.bench.generate FOLDER --accounts 10000 --months 13

The same for a seed, whatever the machine. Nothing but the row at hand is held in memory.
"""

from __future__ import annotations

import argparse
import csv
import gzip
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import BinaryIO, TypeVar

import orjson

from playbooks.demo.curves import EARLY, SIGNALS, SOLID, STRONG, Curves, Level
from playbooks.demo.pings import Body, Sender, body
from usage.periods import parse_period, shift, span

Item = TypeVar("Item")

ACCOUNT = ("external_id", "name", "customer_since", "segment", "industry", "region", "csm")
SUBSCRIPTION = (
    "external_id", "account", "plan", "delivery", "start_date", "end_date", "seats", "arr",
)  # fmt: skip
INSTANCE = ("external_id", "subscription", "kind", "deployment", "hostname", "created_on")

SEGMENTS = (("Enterprise", 0.1), ("Mid-Market", 0.25), ("Scale", 0.4), ("Digital", 0.25))
REGIONS = (("EMEA", 0.4), ("AMER", 0.42), ("APAC", 0.13), ("LATAM", 0.05))
INDUSTRIES = (("Software", 0.3), ("Financial services", 0.2), ("Manufacturing", 0.2),
              ("Public sector", 0.12), ("Retail", 0.1), ("Healthcare", 0.08))  # fmt: skip
PLANS = (("Premium", 0.68), ("Ultimate", 0.32))
DELIVERIES = (("Self-Managed", 0.6), ("SaaS", 0.37), ("Dedicated", 0.03))
LEVELS: tuple[tuple[Curves, float], ...] = ((STRONG, 0.35), (SOLID, 0.4), (EARLY, 0.25))
SEATS_OF = {"Enterprise": 900, "Mid-Market": 180, "Scale": 45, "Digital": 12}  # median
PRICE = {"Premium": 348, "Ultimate": 1188}
CSM_ACCOUNTS = 40  # of one CSM; scale and digital accounts have none
EXTRA_GROUP = 50  # metrics that nothing tracks, in objects of so many
SILENT, FAILED, NON_PRODUCTION = 0.06, 0.01, 0.25  # shares of pings, metrics, subscriptions


@dataclass(frozen=True)
class Size:
    accounts: int
    months: int
    last: date
    seed: int = 1
    pings_per_month: int = 1
    extra_metrics: int = 0  # in each payload, beside those that the product knows

    @property
    def periods(self) -> list[date]:
        return span(shift(self.last, 1 - self.months), self.last)


@dataclass(frozen=True)
class Site:
    """An instance with how it was used in the first month, and how that grows in a month."""

    sender: Sender
    subscription: str
    delivery: str
    kind: str
    first: Level
    growth: float


@dataclass(frozen=True)
class Customer:
    number: int
    segment: str
    region: str
    industry: str
    since: date
    subscriptions: tuple[tuple[str, str, str, int], ...]  # id, plan, delivery, seats
    sites: tuple[Site, ...]

    @property
    def external_id(self) -> str:
        return f"B{self.number:07}"


def customer(number: int, size: Size) -> Customer:
    """The account of a number, always the same."""
    draw = Random(f"{size.seed}:{number}")  # noqa: S311 - not for secrets
    segment = _choose(draw, SEGMENTS)
    since = size.last - timedelta(days=30 * int(draw.triangular(0, 96, 20)))
    subscriptions = []
    sites: list[Site] = []
    for index in range(_choose(draw, ((1, 0.84), (2, 0.12), (3, 0.04)))):
        plan, delivery = _choose(draw, PLANS), _choose(draw, DELIVERIES)
        seats = max(3, round(SEATS_OF[segment] * draw.lognormvariate(0, 0.8)))
        external_id = f"B{number:07}-{index + 1}"
        subscriptions.append((external_id, plan, delivery, seats))
        sites += _sites(draw, external_id, plan, delivery, seats)
    return Customer(
        number, segment, _choose(draw, REGIONS), _choose(draw, INDUSTRIES), since,
        tuple(subscriptions), tuple(sites),
    )  # fmt: skip


def payloads(size: Size) -> Iterator[Body]:
    """Every payload, month by month and account by account."""
    for age, period in enumerate(size.periods):
        for number in range(size.accounts):
            yield from _payloads_of(customer(number, size), period, age, size)


def write(folder: Path, size: Size, *, is_compressed: bool = False) -> int:
    """Write the four files; return the number of payloads."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_customers(folder, size)
    count = 0
    with ExitStack() as stack:
        out: BinaryIO | gzip.GzipFile
        if is_compressed:
            path = folder / "service_pings.ndjson.gz"
            plain = stack.enter_context(path.open("wb"))
            # without a time: the same bytes each time
            out = stack.enter_context(
                gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=plain, mtime=0)
            )
        else:
            out = stack.enter_context((folder / "service_pings.ndjson").open("wb"))
        for count, payload in enumerate(payloads(size), start=1):  # noqa: B007 - the last one counts
            out.write(orjson.dumps(payload, option=orjson.OPT_APPEND_NEWLINE))
    return count


def _write_customers(folder: Path, size: Size) -> None:
    with ExitStack() as stack:
        tables = []
        for name, columns in (
            ("accounts", ACCOUNT), ("subscriptions", SUBSCRIPTION), ("instances", INSTANCE),
        ):  # fmt: skip
            path = folder / f"{name}.csv"
            stream = stack.enter_context(path.open("w", newline="", encoding="utf-8"))
            tables.append(csv.writer(stream))
            tables[-1].writerow(columns)
        accounts, subscriptions, instances = tables
        for number in range(size.accounts):
            each = customer(number, size)
            accounts.writerow(_account_row(each))
            subscriptions.writerows(_subscription_rows(each))
            instances.writerows(_instance_rows(each))


def _account_row(each: Customer) -> tuple[str, ...]:
    has_csm = each.segment in {"Enterprise", "Mid-Market"}
    csm = f"csm{each.number // CSM_ACCOUNTS}@bench.example" if has_csm else ""
    name = f"{each.industry} company {each.number}"
    since = each.since.isoformat()
    return each.external_id, name, since, each.segment, each.industry, each.region, csm


def _subscription_rows(each: Customer) -> Iterator[tuple[object, ...]]:
    end = each.since + timedelta(days=365 * 9)
    for external_id, plan, delivery, seats in each.subscriptions:
        arr = f"{PRICE[plan] * seats:.2f}"
        yield external_id, each.external_id, plan, delivery, each.since, end, seats, arr


def _instance_rows(each: Customer) -> Iterator[tuple[object, ...]]:
    for site in each.sites:
        sender = site.sender
        external_id = sender.uuid or sender.namespace_id
        yield external_id, site.subscription, site.kind, site.delivery, sender.hostname, each.since


def _sites(draw: Random, subscription: str, plan: str, delivery: str, seats: int) -> Iterator[Site]:
    bits = draw.getrandbits(122)
    digits = f"{bits:032x}"
    is_saas = delivery == "SaaS"
    sender = Sender(
        uuid="" if is_saas else f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}",
        hostname="" if is_saas else f"gitlab.{subscription.lower()}.example",
        namespace_id=10_000_000 + bits % 10**12 if is_saas else None,
        plan=plan,
        seats=seats,
        releases_behind=draw.randrange(9),
    )  # fmt: skip
    growth = draw.gauss(0.004, 0.02)
    yield Site(sender, subscription, delivery, "Production", _level(draw, plan), growth)
    if not is_saas and draw.random() < NON_PRODUCTION:
        other = f"{digits[:24]}{bits % 16**12 ^ 1:012x}"
        uuid = f"{other[:8]}-{other[8:12]}-4{other[13:16]}-9{other[17:20]}-{other[20:32]}"
        staging = replace(sender, uuid=uuid, hostname=f"staging.{subscription.lower()}.example")
        quiet = replace(_level(draw, plan), users=0.05)
        yield Site(staging, subscription, delivery, "Non-Production", quiet, 0)


def _level(draw: Random, plan: str) -> Level:
    curves = _choose(draw, LEVELS)
    values = {name: float(curves[name]) * draw.lognormvariate(0, 0.3) for name in SIGNALS}  # type: ignore[arg-type]  # steady curves are numbers
    values["scanners"] = min(7.0, values["scanners"]) if plan == "Ultimate" else 0.0
    capped = {name: min(values[name], 1.0) for name in ("engagement", "scm", "success", "jenkins")}
    return Level(**values | capped | {"users": min(values["users"], 1.3)})


def _payloads_of(each: Customer, period: date, age: int, size: Size) -> Iterator[Body]:
    draw = Random(f"{size.seed}:{each.number}:{period}")  # noqa: S311 - not for secrets
    for site in each.sites:
        if draw.random() < SILENT:
            continue
        for ping in range(size.pings_per_month):
            seconds = (ping + draw.random()) * 28 * 86_400 / size.pings_per_month
            moment = datetime(period.year, period.month, 1, tzinfo=UTC) + timedelta(
                seconds=int(seconds)
            )
            grown = (1 + site.growth) ** age * draw.gauss(1, 0.03)
            used = replace(site.first, users=max(0.0, min(1.3, site.first.users * grown)))
            payload = body(site.sender, replace(used, ci=site.first.ci * grown), moment)
            if draw.random() < FAILED:
                payload["redis_hll_counters"]["manage"]["unique_active_users_monthly"] = -1
            yield payload | _extra(draw, size.extra_metrics)


def _extra(draw: Random, count: int) -> Body:
    groups: Body = {}
    for number in range(count):
        group = groups.setdefault(f"counts_{number // EXTRA_GROUP}", {})
        group[f"users_of_feature_{number}_monthly"] = int(draw.expovariate(0.001))
    return groups


def _choose(draw: Random, shares: tuple[tuple[Item, float], ...]) -> Item:
    rest = draw.random()
    for item, share in shares:
        rest -= share
        if rest < 0:
            return item
    return shares[-1][0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--months", type=int, default=13)
    parser.add_argument("--last", type=parse_period, default="2026-10", metavar="YYYY-MM")
    parser.add_argument("--pings-per-month", type=int, default=1)
    parser.add_argument("--extra-metrics", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gzip", action="store_true")
    given = parser.parse_args()
    size = Size(
        given.accounts, given.months, given.last, given.seed, given.pings_per_month,
        given.extra_metrics,
    )  # fmt: skip
    count = write(given.folder, size, is_compressed=given.gzip)
    print(f"{count:,} payloads of {size.accounts:,} accounts")


if __name__ == "__main__":
    main()
