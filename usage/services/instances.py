"""Which instance a payload is of: found, adopted or made. Call inside atomic()."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from django.db import connection

from accounts.bulk import merge_rows, update_rows
from accounts.models import Delivery
from accounts.services import history
from accounts.services.history import Change
from usage.ingest import Identity, Payload, host
from usage.models import Instance

LOCK_CLASS = 0x1D5
LOCKS = 1_024  # of them all ids share: a transaction holds no more than the database has
REASON = "first payload"
NEW_COLUMNS = (
    "external_id", "hostname", "deployment", "kind", "kind_source", "is_clone",
    "opted_out_of_health", "license_md5", "license_sha256", "version",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reporter:
    """An instance as far as storing its payloads needs to know it."""

    pk: int
    external_id: str
    hostname: str
    deployment: str
    subscription_id: int | None
    account_id: int | None
    shares_optional_data: bool | None
    last_reported_at: datetime | None


REPORTER_COLUMNS = (
    "pk", "external_id", "hostname", "deployment", "subscription_id", "subscription__account_id",
    "subscription__account__shares_optional_data", "last_reported_at",
)  # fmt: skip


def lock(instance_ids: Iterable[int]) -> None:
    """Hold instances against other writers of their payloads, always in the same order."""
    rows = Instance.objects.filter(pk__in=instance_ids).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def lock_ids(external_ids: Iterable[str]) -> None:
    """Let one transaction at a time make instances of these ids, always in the same order.

    Rows that are not there yet cannot be held. SQLite has one writer anyway.
    """
    keys = sorted({crc32(external_id.encode()) % LOCKS for external_id in external_ids})
    if keys and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, key) FROM unnest(%s::int[]) AS key",
                [LOCK_CLASS, keys],
            )


def resolve(payloads: Sequence[Payload], *, now: datetime) -> dict[Identity, Reporter]:
    """Return the instance of each payload's identity, held; those that are new are made.

    An installation is found by uuid and hostname. One that was announced without a hostname takes
    the first that reports; a known uuid under yet another hostname is a clone of it. No instance
    is returned for an installation whose uuid and hostname are those of a SaaS namespace.
    """
    identities = {payload.identity for payload in payloads}
    known = _by_external_id({identity.external_id for identity in identities})
    lock_ids(i.external_id for i in identities if _match(i, known[i.external_id]) is None)
    found = find(identities)
    missing = identities - found.keys()
    if not missing:
        return found
    in_order = sorted(payloads, key=lambda payload: (payload.recorded_at, payload.identity))
    in_order_missing = [i for i in dict.fromkeys(p.identity for p in in_order) if i in missing]
    _adopt_or_make(in_order_missing, spoken_for={r.pk for r in found.values()}, now=now)
    return find(identities)


def find(identities: Iterable[Identity]) -> dict[Identity, Reporter]:
    """Return the known instances of identities, and hold them."""
    external_ids = {identity.external_id for identity in identities}
    lock(Instance.objects.filter(external_id__among=external_ids).values_list("pk", flat=True))
    known = _by_external_id(external_ids)
    matches = ((identity, _match(identity, known[identity.external_id])) for identity in identities)
    return {identity: reporter for identity, reporter in matches if reporter is not None}


def _match(identity: Identity, known: list[Reporter]) -> Reporter | None:
    if identity.is_namespace:  # its number is enough, whatever hostname someone gave it
        nameless = next((reporter for reporter in known if not reporter.hostname), None)
        return next((r for r in known if r.deployment == Delivery.SAAS), nameless)
    wanted = identity.hostname  # which has one form; what a person entered may have another
    return next((r for r in _installations(known) if host(r.hostname) == wanted), None)


def _installations(known: Iterable[Reporter]) -> list[Reporter]:
    """Whoever sends a namespace's number as its uuid does not become it."""
    return [reporter for reporter in known if reporter.deployment != Delivery.SAAS]


def _nameless(installations: Iterable[Reporter], spoken_for: set[int]) -> Reporter | None:
    """Who waits for the first that reports; one that has reported without a name is a namespace."""
    waiting = (
        r for r in installations if not r.hostname and not r.last_reported_at
        and r.pk not in spoken_for
    )  # fmt: skip
    return next(waiting, None)


def _by_external_id(external_ids: set[str]) -> dict[str, list[Reporter]]:
    instances = Instance.objects.filter(external_id__among=external_ids)
    known: dict[str, list[Reporter]] = defaultdict(list)
    for row in instances.order_by("pk").values_list(*REPORTER_COLUMNS):
        reporter = Reporter(*row)
        known[reporter.external_id].append(reporter)
    return known


def _adopt_or_make(identities: Sequence[Identity], *, spoken_for: set[int], now: datetime) -> None:
    known = _by_external_id({identity.external_id for identity in identities})
    adopted: list[tuple[int, str]] = []
    made: list[tuple[Identity, bool]] = []
    taken: set[str] = set()
    for identity in identities:
        if identity.is_namespace:
            made.append((identity, False))
            continue
        everyone = known[identity.external_id]
        if any(reporter.hostname == identity.hostname for reporter in everyone):
            continue  # a namespace has its place
        siblings = _installations(everyone)
        nameless = _nameless(siblings, spoken_for)
        is_first = identity.external_id not in taken
        if nameless is not None and is_first:
            adopted.append((nameless.pk, identity.hostname))
        else:
            made.append((identity, bool(siblings) or not is_first))
        taken.add(identity.external_id)
    _adopt(adopted, now=now)
    _make(made, now=now)


def _adopt(hostnames: list[tuple[int, str]], *, now: datetime) -> None:
    if not hostnames:
        return
    update_rows(Instance, hostnames, columns=("id", "hostname"), key=("id",))
    ids = [pk for pk, _ in hostnames]
    history.record(Instance, ids=ids, change=Change.CHANGED, now=now, reason=REASON)


def _make(identities: list[tuple[Identity, bool]], *, now: datetime) -> None:
    if not identities:
        return
    rows = [new_row(identity, is_clone=is_clone) for identity, is_clone in identities]
    merge_rows(Instance, rows, columns=NEW_COLUMNS, key=("external_id", "hostname"))
    made = {(identity.external_id, identity.hostname) for identity, _ in identities}
    stored = Instance.objects.filter(external_id__in={key[0] for key in made})
    ids = [
        pk
        for pk, external_id, hostname in stored.values_list("pk", "external_id", "hostname")
        if (external_id, hostname) in made
    ]
    history.record(Instance, ids=ids, change=Change.CREATED, now=now, reason=REASON)


def new_row(identity: Identity, *, is_clone: bool) -> tuple[object, ...]:
    """The first values of an instance, in the order of NEW_COLUMNS."""
    deployment = Delivery.SAAS if identity.is_namespace else Delivery.SELF_MANAGED
    return (
        identity.external_id, identity.hostname, deployment.value, first_kind(deployment).value,
        Instance.KindSource.DEFAULT.value, is_clone, False, "", "", "",
    )  # fmt: skip


def first_kind(deployment: str) -> Instance.Kind:
    """What an instance is held for until a rule or a person says better."""
    is_saas = deployment == Delivery.SAAS
    return Instance.Kind.PRODUCTION if is_saas else Instance.Kind.UNKNOWN
