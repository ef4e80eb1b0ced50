"""Instances from parsed rows of instances.csv. Call inside atomic()."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.conf import settings

from accounts import rows
from accounts.bulk import merge_rows, update_rows
from accounts.models import Delivery, ErasedKey, Subscription
from accounts.rows import Column, Record, Values
from accounts.services import history
from accounts.services.history import Change
from accounts.services.tombstones import without_erased
from accounts.services.upserts import KEY, Outcome, chunks, ids_of
from usage.ingest import host
from usage.models import Instance
from usage.services import instances, labels, mapping

REASON = "import of instances.csv"


def _in_lower_case(text: str) -> str:
    return str(rows.text_up_to(120)(text)).lower()


def _host(text: str) -> str:
    return host(rows.text_up_to(255)(text))


INSTANCE_COLUMNS = {
    KEY: Column(_in_lower_case, is_required=True),
    "subscription": Column(rows.text_up_to(120)),
    "kind": Column(rows.one_of(Instance.Kind.values)),
    "deployment": Column(rows.one_of(Delivery.values, settings.DEPLOYMENT_ALIASES)),
    "hostname": Column(_host),
    "created_on": Column(rows.optional_day),
}
STORED = (
    "pk", KEY, "hostname", "subscription_id", "deployment", "kind", "kind_source", "created_on",
)  # fmt: skip
SCORED = ("deployment", "kind")  # what scores depend on, besides the subscription


def import_instances(records: Iterable[Record], outcome: Outcome, *, now: datetime) -> None:
    """Create or update instances; a kind that is given is a person's label, none is left to rules."""
    allowed = without_erased(_without_repeats(records, outcome), outcome, ErasedKey.Kind.INSTANCE)
    kept = _with_known_subscription(allowed, outcome)
    names = {record.values["subscription"] for record in kept if record.values.get("subscription")}
    subscription_ids = ids_of(Subscription, names)
    deliveries = _deliveries(subscription_ids)
    book = _Book({record.values[KEY] for record in kept})
    for record in kept:
        name = record.values.get("subscription", "")
        book.enter(record, subscription_ids.get(name), deliveries.get(name, ""), outcome)
    outcome.affected_account_ids |= book.write(now=now)
    labelled = labels.apply_rules(subscription_ids=subscription_ids.values(), now=now)
    outcome.affected_account_ids |= labelled


class _Book:
    """The stored instances of the rows' ids, with what the rows say entered into them."""

    def __init__(self, external_ids: Collection[str]) -> None:
        instances.lock_ids(external_ids)
        self._known: dict[str, list[Values]] = {}
        self._before: dict[int, Values] = {}
        for chunk in chunks(sorted(external_ids)):
            for row in (
                Instance.objects.filter(external_id__in=chunk)
                .order_by("is_clone", "pk")
                .values(*STORED)
            ):
                self._known.setdefault(row[KEY], []).append(row)
                self._before[row["pk"]] = dict(row)

    def enter(
        self, record: Record, subscription_id: int | None, delivery: str, outcome: Outcome
    ) -> None:
        """Note what a row says; of a new instance its subscription tells where it is deployed."""
        values = record.values
        row = self._match(values, delivery)
        if row is None:
            first_seen = _new(values, subscription_id, delivery or Delivery.SELF_MANAGED.value)
            self._known.setdefault(values[KEY], []).append(first_seen)
            outcome.created += 1
            return
        if row["deployment"] == Delivery.SAAS and _is_installation(values):
            outcome.reject(record, "deployment", "is another: the id is that of a SaaS namespace")
            return
        told = _told(values, subscription_id)
        if all(row[name] == value for name, value in told.items()):
            outcome.unchanged += 1
        else:
            row.update(told)
            outcome.updated += 1

    def write(self, *, now: datetime) -> set[int]:
        """Store what differs; return the accounts whose scores may change by it."""
        rows = [row for known in self._known.values() for row in known]
        self._insert([row for row in rows if row["pk"] is None], now=now)
        changed = [row for row in rows if row["pk"] and row != self._before[row["pk"]]]
        moved = {
            row["pk"]: row["subscription_id"]
            for row in changed
            if row["subscription_id"] != self._before[row["pk"]]["subscription_id"]
        }
        self._update(changed, now=now)
        account_ids = mapping.attach(moved, now=now, reason=REASON)
        rescored = [
            row["subscription_id"]
            for row in changed
            if any(row[name] != self._before[row["pk"]][name] for name in SCORED)
        ]
        owners = Subscription.objects.filter(pk__in=rescored).values_list("account_id", flat=True)
        return account_ids | set(owners)

    def _match(self, values: Values, delivery: str) -> Values | None:
        """Find the instance: by hostname; without one the first of the id, whose is nameless too.

        A namespace is known by its id alone, and never by an installation's row.
        """
        known = self._known.get(values[KEY], [])
        hostname = values.get("hostname", "")
        by_hostname = {host(row["hostname"]): row for row in reversed(known)}
        if (row := by_hostname.get(hostname)) is not None:
            return row
        is_namespace = (values.get("deployment") or delivery) == Delivery.SAAS
        alike = [row for row in known if (row["deployment"] == Delivery.SAAS) is is_namespace]
        if is_namespace:
            return next(iter(alike), by_hostname.get(""))
        if not hostname:
            return next(iter(alike or known), None)
        return next((row for row in alike if not row["hostname"]), None)

    def _insert(self, rows: list[Values], *, now: datetime) -> None:
        if not rows:
            return
        columns = tuple(name for name in rows[0] if name != "pk")
        merge_rows(
            Instance,
            [tuple(row[name] for name in columns) for row in rows],
            columns=columns,
            key=(KEY, "hostname"),
        )
        made = {(row[KEY], row["hostname"]) for row in rows}
        ids = [
            pk
            for chunk in chunks(sorted({key for key, _ in made}))
            for pk, key, hostname in Instance.objects.filter(external_id__in=chunk).values_list(
                "pk", KEY, "hostname"
            )
            if (key, hostname) in made
        ]
        history.record(Instance, ids=ids, change=Change.CREATED, now=now, reason=REASON)

    def _update(self, rows: list[Values], *, now: datetime) -> None:
        columns = ("pk", "hostname", "deployment", "kind", "kind_source", "created_on")
        differing = [
            row["pk"]
            for row in rows
            if any(row[name] != self._before[row["pk"]][name] for name in columns)
        ]
        update_rows(
            Instance,
            [tuple(row[name] for name in columns) for row in rows],
            columns=("id", *columns[1:]),
            key=("id",),
        )
        history.record(Instance, ids=differing, change=Change.CHANGED, now=now, reason=REASON)


def _deliveries(subscription_ids: Mapping[str, int]) -> dict[str, str]:
    found: dict[str, str] = {}
    for chunk in chunks(list(subscription_ids)):
        found_rows = Subscription.objects.filter(external_id__in=chunk)
        found.update(found_rows.values_list(KEY, "delivery"))
    return found


def _is_installation(values: Values) -> bool:
    """Whether a row says so itself; an empty cell says nothing."""
    return values.get("deployment") not in {None, "", Delivery.SAAS}


def _new(values: Values, subscription_id: int | None, delivery: str) -> Values:
    deployment = values.get("deployment") or delivery
    first_seen: Values = {
        "pk": None,
        KEY: values[KEY],
        "hostname": values.get("hostname", ""),
        "subscription_id": subscription_id,
        "deployment": deployment,
        "kind": instances.first_kind(deployment).value,
        "kind_source": Instance.KindSource.DEFAULT.value,
        "created_on": values.get("created_on"),
        "is_clone": False,
        "opted_out_of_health": False,
        "license_md5": "",
        "license_sha256": "",
        "version": "",
    }
    return first_seen | _told(values, subscription_id)


def _told(values: Values, subscription_id: int | None) -> Values:
    """What a row says about its instance; an empty cell says nothing."""
    told: Values = {
        "subscription_id": subscription_id,
        "kind": values.get("kind"),
        "deployment": values.get("deployment"),
        "hostname": values.get("hostname", ""),
        "created_on": values.get("created_on"),
    }
    if told["kind"]:
        told["kind_source"] = Instance.KindSource.PERSON.value
    return {name: value for name, value in told.items() if value}


def _without_repeats(records: Iterable[Record], outcome: Outcome) -> list[Record]:
    first: dict[tuple[str, str], Record] = {}
    for record in records:
        key = (record.values[KEY], record.values.get("hostname", ""))
        earlier = first.setdefault(key, record)
        if earlier is not record and earlier.values == record.values:
            outcome.unchanged += 1
        elif earlier is not record:
            outcome.reject(
                record, KEY, f"has come on line {earlier.line} already, with other values"
            )
    return list(first.values())


def _with_known_subscription(records: list[Record], outcome: Outcome) -> list[Record]:
    names = {record.values.get("subscription", "") for record in records}
    known = ids_of(Subscription, names).keys() | {""}
    kept = []
    for record in records:
        name = record.values.get("subscription", "")
        if name in known:
            kept.append(record)
        else:
            outcome.reject(record, "subscription", f"is unknown: {name[:80]!r}")
    return kept
