"""Optional metrics are a customer's to give: withdrawing erases what was stored of them.

Payloads, snapshots, rejected payloads and the cards of former editions lose them; cards in force are
made anew. What a CTA quotes as its evidence stays: it is the record of work that was done.

Whoever holds rows of both takes instances first and accounts after them: no deadlocks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from accounts.bulk import update_rows
from accounts.models import Account, Delivery, Job, User
from accounts.services import audit
from usage import ingest
from usage.ingest import KeyPaths
from usage.models import Edition, Instance, RawPayload, RejectedRow, ScoreCard, Snapshot, Transition
from usage.querysets import InstanceQuerySet
from usage.services import instances, rescoring
from usage.services.metrics import encode, optional_key_paths

ROWS_PER_PAGE = 500
PURGED = "was erased: its customer withdrew the consent to optional data; send the row again"


@dataclass(frozen=True)
class Erased:
    """How many rows lost optional metrics, and the job that scores their account anew.

    `cards` of editions that are not in force are deleted, the text of `rejected_rows` is.
    """

    payloads: int
    snapshots: int
    cards: int = 0
    rejected_rows: int = 0
    job: Job | None = None


@transaction.atomic
def withdraw(*, account_id: int, by: User | None, now: datetime) -> Erased:
    """Note that an account shares no optional data and erase what its instances reported of it."""
    own = Instance.objects.filter(subscription__account=account_id)
    instances.lock(own.values_list("pk", flat=True))
    _note(account_id, shares=False, by=by, now=now)
    erased = erase(own.values_list("pk", flat=True))  # with what was attached meanwhile
    cards = _delete_cards_not_in_force({account_id})
    rejected_rows = _purge_rejected_rows(own)
    job = rescoring.request_all_periods(account_ids={account_id}, now=now, by=by)
    return Erased(erased.payloads, erased.snapshots, cards, rejected_rows, job)


@transaction.atomic
def grant(*, account_id: int, by: User | None, now: datetime) -> None:
    """Note that an account shares optional data from now on; what was erased stays so."""
    _note(account_id, shares=True, by=by, now=now)


@transaction.atomic
def erase(instance_ids: Iterable[int]) -> Erased:
    """Take the optional metrics out of all that instances reported; holds them meanwhile."""
    optional = KeyPaths(optional_key_paths())
    ids = sorted(instance_ids)
    instances.lock(ids)
    payloads = snapshots = 0
    if optional.paths:
        payloads = sum(_erase_bodies(optional, pks) for pks in _pages(RawPayload, ids))
        snapshots = sum(_erase_metrics(optional, pks) for pks in _pages(Snapshot, ids))
    return Erased(payloads, snapshots)


def keep(instance_ids: Iterable[int]) -> Erased:
    """Erase of instances that have come to an account which withdrew. Call inside atomic().

    Holds the accounts, so that none withdraws before they are seen to be its own.
    """
    own = Instance.objects.filter(pk__in=list(instance_ids))
    instances.lock(own.values_list("pk", flat=True))
    _share_lock(own.exclude(subscription=None).values_list("subscription__account_id", flat=True))
    withdrawn = own.filter(subscription__account__shares_optional_data=False)
    erased = erase(withdrawn.values_list("pk", flat=True))
    rejected_rows = _purge_rejected_rows(withdrawn)
    return Erased(erased.payloads, erased.snapshots, rejected_rows=rejected_rows)


@transaction.atomic
def erase_what_became_optional(*, now: datetime) -> Job | None:
    """Erase for the accounts that withdrew, after the dictionary calls more metrics optional."""
    withdrawn = Account.objects.filter(shares_optional_data=False)
    account_ids = set(withdrawn.values_list("pk", flat=True))
    own = Instance.objects.filter(subscription__account__in=withdrawn)
    if not erase(own.values_list("pk", flat=True)).snapshots:
        return None
    _delete_cards_not_in_force(account_ids)
    return rescoring.request_all_periods(account_ids=account_ids, now=now)


def _note(account_id: int, *, shares: bool, by: User | None, now: datetime) -> None:
    account = Account.objects.select_for_update().get(pk=account_id)
    if account.shares_optional_data is shares:
        return
    account.shares_optional_data = shares
    account._history_user = by  # type: ignore[attr-defined]  # how simple-history takes it
    account.save(update_fields=["shares_optional_data", "updated_at"])
    audit.record("consent.granted" if shares else "consent.withdrawn", account, now=now, by=by)


def _share_lock(account_ids: Iterable[int]) -> None:
    """Let nobody change accounts until the caller commits; others may hold them so too.

    SQLite has one writer anyway.
    """
    ids = sorted(set(account_ids))
    if ids and connection.vendor == "postgresql":
        table = connection.ops.quote_name(Account._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT 1 FROM {table} WHERE id = ANY(%s) ORDER BY id FOR SHARE",  # noqa: S608 - a name of ours
                [ids],
            )


def _delete_cards_not_in_force(account_ids: Collection[int]) -> int:
    """Delete cards and transitions that nothing makes anew: they quote what was erased."""
    cards = ScoreCard.objects.filter(account__in=account_ids)
    falls = Transition.objects.filter(account__in=account_ids)
    deleted = 0
    for period in set(cards.values_list("period", flat=True)) | set(
        falls.values_list("period", flat=True)
    ):
        in_force = Edition.objects.in_force_at(period).first()
        deleted += cards.filter(period=period).exclude(edition=in_force).delete()[0]
        falls.filter(period=period).exclude(edition=in_force).delete()
    return deleted


def _purge_rejected_rows(own: InstanceQuerySet) -> int:
    """Erase the text of rejected payloads that name an instance; open or not, it is kept."""
    purged = 0
    rows = RejectedRow.objects.filter(kind=RejectedRow.Kind.SERVICE_PING).exclude(text="")
    for external_id, deployment in own.values_list("external_id", "deployment").distinct():
        naming = rows.filter(_names(external_id, is_namespace=deployment == Delivery.SAAS))
        purged += naming.update(text="", is_cut=True, field="", reason=PURGED)
    return purged


def _names(external_id: str, *, is_namespace: bool) -> Q:
    """A number alone stands in many texts, and in those of other customers."""
    if is_namespace or external_id.isdigit():
        key = rf'"(namespace_id|uuid)"\s*:\s*"?{re.escape(external_id)}([^0-9]|$)'
        return Q(text__iregex=key)
    return Q(text__icontains=external_id)


def _pages(model: type[RawPayload | Snapshot], instance_ids: list[int]) -> Iterator[list[int]]:
    rows = model._default_manager.filter(instance__in=instance_ids).order_by("pk")
    last_id = 0
    while page := list(rows.filter(pk__gt=last_id).values_list("pk", flat=True)[:ROWS_PER_PAGE]):
        yield page
        last_id = page[-1]


def _erase_bodies(optional: KeyPaths, ids: list[int]) -> int:
    rows = []
    for pk, stored in RawPayload.objects.filter(pk__in=ids).values_list("pk", "body"):
        body = ingest.decompress(stored)
        if optional.without(body):
            content = ingest.canonical(body)
            rows.append((pk, ingest.digest(content), ingest.compress(content)))
    return update_rows(RawPayload, rows, columns=("id", "digest", "body"), key=("id",))


def _erase_metrics(optional: KeyPaths, ids: list[int]) -> int:
    rows = []
    for pk, metrics in Snapshot.objects.filter(pk__in=ids).values_list("pk", "metrics"):
        kept = {path: number for path, number in metrics.items() if path not in optional.paths}
        if len(kept) < len(metrics):
            rows.append((pk, encode(kept)))
    return update_rows(Snapshot, rows, columns=("id", "metrics"), key=("id",))
