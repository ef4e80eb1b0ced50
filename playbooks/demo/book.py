"""The demo's book of business: its accounts, what they bought, what they run and who works there. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from playbooks.demo import cast, stories
from playbooks.demo.cast import CSMS_OF_REGION, Company, Person
from playbooks.demo.curves import EARLY, SOLID, Curves, chance, level
from playbooks.demo.pings import Body, Sender, body, is_last_of_month, weekly
from playbooks.demo.stories import GROUP_SIZE, NO_SCANS, Plot, plots

Row = dict[str, str]

MONTH = timedelta(days=30.44)
WEEKLY_FOR = timedelta(days=75)  # before that the last ping of each month is enough
FAR_FUTURE = 10_000.0
ACCOUNT_PREFIX = "DEMO-"
SOURCE = "usage-feed-demo.ndjson"
UUID_PREFIX = "f0074d30"
FIRST_NAMESPACE = 987_600_000
LIST_PRICE = {"Premium": 348, "Ultimate": 1188}  # a seat and year
LARGE = 600  # seats from which an account is of priority 1


@dataclass(frozen=True)
class Unit:
    """An instance that sends: as who, between when (months), and how it is used."""

    sender: Sender
    curves: Curves
    subscription: str
    kind: str = ""
    is_listed: bool = True
    since: float = -FAR_FUTURE
    until: float = FAR_FUTURE


@dataclass(frozen=True)
class Customer:
    """An account of the book with all that belongs to it."""

    external_id: str
    company: Company
    plot: Plot
    csm: Person | None
    parent: str
    customer_since: datetime
    subscriptions: tuple[Row, ...]
    units: tuple[Unit, ...]

    @property
    def is_large(self) -> bool:
        return self.plot.seats >= LARGE

    @property
    def segment(self) -> str:
        if self.csm is None:
            return "Digital" if self.plot.seats < 60 else "Scale"
        return "Enterprise" if self.is_large else "Mid-Market"

    def account_row(self) -> Row:
        region = self.company.region
        return {
            "external_id": self.external_id,
            "name": self.company.name,
            "customer_since": f"{self.customer_since:%Y-%m-%d}",
            "segment": self.segment,
            "industry": self.company.industry,
            "region": region,
            "csm": self.csm.email if self.csm else "",
            "parent": self.parent,
            "priority": "1" if self.is_large and self.csm else "2",
            "team": CSMS_OF_REGION[region][0].team,
        }

    def instance_rows(self) -> Iterator[Row]:
        for unit in self.units:
            if unit.is_listed:
                yield {
                    "external_id": unit.sender.uuid or str(unit.sender.namespace_id),
                    "subscription": unit.subscription,
                    "kind": unit.kind,
                    "deployment": _deployment(unit, self.plot),
                    "hostname": unit.sender.hostname,
                    "created_on": f"{self.customer_since:%Y-%m-%d}",
                }


@dataclass(frozen=True)
class Contact:
    name: str
    email: str
    title: str
    persona: str
    opted_out_of_surveys: bool


def build(*, now: datetime, seed: int, most_per_story: int | None = None) -> list[Customer]:
    """The whole book, or a smaller one with each of its stories; the same for a seed and a day."""
    found: list[Customer] = []
    parent = ""
    singles = iter(range(len(cast.COMPANIES)))
    groups = iter(range(len(cast.COMPANIES) - stories.STORIES[stories.group], len(cast.COMPANIES)))
    children = 0
    for plot in plots(most_per_story=most_per_story):
        position = next(groups if plot.story == "group" else singles)
        is_child = plot.story == "group" and children % GROUP_SIZE > 0
        customer = _customer(position, plot, parent=parent if is_child else "", now=now, seed=seed)
        if plot.story == "group":
            children += 1
            parent = parent if is_child else customer.external_id
        found.append(customer)
    return found


def contacts(customer: Customer) -> list[Contact]:
    """Two to five people of a customer, each with another persona."""
    wanted = 2 + int(4 * chance(f"{customer.external_id}:contacts"))
    return [_contact(customer, persona) for persona in list(cast.TITLES)[:wanted]]


def payloads(
    customers: Sequence[Customer], *, after: datetime, until: datetime, now: datetime
) -> list[Body]:
    """What all instances sent within a time, in the order they sent it."""
    sent = [
        (moment, unit)
        for customer in customers
        for unit in customer.units
        for moment in _moments(unit, after=after, until=until, now=now)
    ]
    sent.sort(key=lambda item: (item[0], item[1].sender.key))
    return [_body(unit, moment, now=now) for moment, unit in sent]


# --- accounts -------------------------------------------------------------------------------------
def _customer(position: int, plot: Plot, *, parent: str, now: datetime, seed: int) -> Customer:
    company = cast.COMPANIES[position]
    external_id = f"{ACCOUNT_PREFIX}{position + 1:04}"
    csms = CSMS_OF_REGION[company.region]
    since = now - MONTH * plot.age
    rows = tuple(_subscriptions(external_id, plot, since=since, now=now))
    return Customer(
        external_id=external_id,
        company=company,
        plot=plot,
        csm=csms[position // 2 % len(csms)] if plot.has_csm else None,
        parent=parent,
        customer_since=since,
        subscriptions=rows,
        units=tuple(_units(external_id, company, plot, seed=seed)),
    )


def _subscriptions(
    external_id: str, plot: Plot, *, since: datetime, now: datetime
) -> Iterator[Row]:
    days = plot.renewal_in
    if days is None:
        days = 190 + int(500 * chance(f"{external_id}:term"))
    end = f"{now + timedelta(days=days):%Y-%m-%d}"
    shared = {"account": external_id, "start_date": f"{since:%Y-%m-%d}", "end_date": end}
    md5, sha256 = license_hashes(f"{external_id}-1") if _has_license(plot) else ("", "")
    yield {
        "external_id": f"{external_id}-1", **shared, "plan": plot.plan, "delivery": plot.delivery,
        "seats": str(plot.seats), "arr": _arr(plot.plan, plot.seats),
        "license_md5": md5, "license_sha256": sha256,
    }  # fmt: skip
    if plot.saas_seats:
        yield {
            "external_id": f"{external_id}-2", **shared, "plan": "Premium", "delivery": "SaaS",
            "seats": str(plot.saas_seats), "arr": _arr("Premium", plot.saas_seats),
            "license_md5": "", "license_sha256": "",
        }  # fmt: skip


def _arr(plan: str, seats: int) -> str:
    discount = 0.36 if seats >= 1000 else 0.28 if seats >= 400 else 0.15 if seats >= 100 else 0
    return f"{LIST_PRICE[plan] * seats * (1 - discount):.2f}"


def _has_license(plot: Plot) -> bool:
    return plot.delivery != "SaaS" and not plot.is_unmapped


def license_hashes(name: str) -> tuple[str, str]:
    """MD5 and SHA-256 of a license, in shape: 32 and 64 hexadecimal digits."""
    key = f"license of {name}".encode()
    return hashlib.blake2b(key, digest_size=16).hexdigest(), hashlib.sha256(key).hexdigest()


# --- instances ------------------------------------------------------------------------------------
def _units(external_id: str, company: Company, plot: Plot, *, seed: int) -> Iterator[Unit]:
    subscription = f"{external_id}-1"
    main = _sender(external_id, f"gitlab.{company.slug}.example", plot, seed=seed)
    curves = {**plot.curves, **NO_SCANS} if _has_no_scanners(plot) else plot.curves
    gone = plot.silent_since if plot.silent_since is not None else plot.moved_since
    unit = Unit(
        main, curves, subscription, kind="Production" if chance(main.key) < 0.6 else "",
        is_listed=not plot.is_unmapped and (chance(f"{main.key}:listed") < 0.8 or not _has_license(plot)),
        until=FAR_FUTURE if gone is None else gone,
    )  # fmt: skip
    yield unit
    if plot.moved_since is not None:
        moved = _sender(f"{external_id}:moved", f"git.{company.slug}.example", plot, seed=seed)
        yield replace(unit, sender=moved, is_listed=False, since=plot.moved_since, until=FAR_FUTURE)
    if plot.is_cloned:
        restored = replace(main, hostname=f"restore-test.{company.slug}.example")
        quiet: Curves = {**EARLY, **NO_SCANS, "users": 0.05, "engagement": 0.1, "ci": 0.5}
        yield Unit(restored, quiet, subscription, is_listed=False, since=-2.2)
    if plot.staging:
        hostname = f"gitlab-staging.{company.slug}.example"
        tested = _sender(f"{external_id}:staging", hostname, plot, seed=seed)
        small = {**curves, "users": 0.03, "engagement": 0.4}
        yield Unit(tested, small, subscription, kind="Non-Production")
    if plot.saas_seats:
        bought = replace(plot, delivery="SaaS", plan="Premium", seats=plot.saas_seats)
        sender = _sender(f"{external_id}:saas", "", bought, seed=seed)
        yield Unit(sender, {**SOLID, **NO_SCANS}, f"{external_id}-2", kind="Production")


def _has_no_scanners(plot: Plot) -> bool:
    return plot.plan != "Ultimate" and plot.story != "scanning"


def _sender(key: str, hostname: str, plot: Plot, *, seed: int) -> Sender:
    digest = hashlib.blake2b(f"{seed}:{key}".encode(), digest_size=16).hexdigest()
    is_saas = plot.delivery == "SaaS"
    is_recorded = _has_license(plot) and not key.endswith(":moved")
    name = f"{key.partition(':')[0]}-1" if is_recorded else f"{key}:unrecorded"
    md5, sha256 = ("", "") if is_saas else license_hashes(name)
    return Sender(
        uuid="" if is_saas else _uuid(digest),
        hostname="" if is_saas else hostname,
        namespace_id=FIRST_NAMESPACE + int(digest[:6], 16) % 100_000 if is_saas else None,
        plan=plot.plan,
        seats=plot.seats,
        license_md5=md5,
        license_sha256=sha256,
        releases_behind=int(digest[6:8], 16) % 7 if plot.story != "steady" else 11,
    )


def _uuid(digest: str) -> str:
    return f"{UUID_PREFIX}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def _deployment(unit: Unit, plot: Plot) -> str:
    return "SaaS" if unit.sender.namespace_id is not None else plot.delivery


# --- payloads -------------------------------------------------------------------------------------
def _moments(unit: Unit, *, after: datetime, until: datetime, now: datetime) -> Iterator[datetime]:
    for moment in weekly(unit.sender, after, until):
        months = (moment - now) / MONTH
        is_kept = now - moment <= WEEKLY_FOR or is_last_of_month(moment)
        if is_kept and unit.since <= months <= unit.until:
            yield moment


def _body(unit: Unit, moment: datetime, *, now: datetime) -> Body:
    week = moment.toordinal() // 7
    used = level(unit.curves, (moment - now) / MONTH, seed=unit.sender.key, week=week)
    return body(unit.sender, used, moment)


# --- contacts -------------------------------------------------------------------------------------
def _contact(customer: Customer, persona: str) -> Contact:
    key = f"{customer.external_id}:{persona}"
    first = _pick(cast.FIRST_NAMES, f"{key}:first")
    last = _pick(cast.LAST_NAMES, f"{key}:last")
    return Contact(
        name=f"{first} {last}",
        email=f"{first}.{last}@{customer.company.slug}.example".lower(),
        title=_pick(cast.TITLES[persona], f"{key}:title"),
        persona=persona,
        opted_out_of_surveys=chance(f"{key}:surveys") < 0.12,
    )


def _pick(values: Sequence[str], key: str) -> str:
    return values[int(len(values) * chance(key))]
