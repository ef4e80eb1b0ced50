"""Optional metrics are a customer's to give: withdrawing erases what was stored of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.bulk import update_rows
from accounts.models import Account, Job, User
from usage import ingest
from usage.ingest import KeyPaths
from usage.models import Instance, RawPayload, Snapshot
from usage.services import instances, rescoring
from usage.services.metrics import encode, optional_key_paths

ROWS_PER_PAGE = 500


@dataclass(frozen=True)
class Erased:
    """How many rows lost optional metrics, and the job that scores their account anew."""

    payloads: int
    snapshots: int
    job: Job | None = None


@transaction.atomic
def withdraw(*, account_id: int, by: User | None, now: datetime) -> Erased:
    """Note that an account shares no optional data and erase what its instances reported of it."""
    _note(account_id, shares=False, by=by)
    own = Instance.objects.filter(subscription__account=account_id)
    erased = erase(own.values_list("pk", flat=True))
    job = rescoring.request_all_periods(account_ids={account_id}, now=now, by=by)
    return Erased(erased.payloads, erased.snapshots, job)


@transaction.atomic
def grant(*, account_id: int, by: User | None) -> None:
    """Note that an account shares optional data from now on; what was erased stays so."""
    _note(account_id, shares=True, by=by)


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


@transaction.atomic
def erase_what_became_optional(*, now: datetime) -> Job | None:
    """Erase for the accounts that withdrew, after the dictionary calls more metrics optional."""
    withdrawn = Account.objects.filter(shares_optional_data=False)
    account_ids = set(withdrawn.values_list("pk", flat=True))
    own = Instance.objects.filter(subscription__account__in=withdrawn)
    if not erase(own.values_list("pk", flat=True)).snapshots:
        return None
    return rescoring.request_all_periods(account_ids=account_ids, now=now)


def _note(account_id: int, *, shares: bool, by: User | None) -> None:
    account = Account.objects.select_for_update().get(pk=account_id)
    if account.shares_optional_data is shares:
        return
    account.shares_optional_data = shares
    account._history_user = by  # type: ignore[attr-defined]  # how simple-history takes it
    account.save(update_fields=["shares_optional_data", "updated_at"])


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
