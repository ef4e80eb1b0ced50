"""Optional metrics are a customer's to give: withdrawing erases what was stored of them.

Payloads, snapshots, rejected payloads, cards, transitions and what calls to action quote lose them,
in the transaction that notes the withdrawal; the cards that are in force are then made anew. Files
that were handed out before cannot be called back; later ones no longer have them.

Whoever holds rows of both takes instances first and accounts after them: no deadlocks. Scorers are
kept away before that, for they write cards from what they have read before.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from accounts.bulk import update_rows
from accounts.models import Account, Delivery, Job, User
from accounts.services import consents
from accounts.services.consents import Wish
from usage import ingest
from usage.ingest import KeyPaths
from usage.models import (
    CardDrift,
    Instance,
    Measure,
    RawPayload,
    RejectedRow,
    ScoreCard,
    Snapshot,
    Transition,
)
from usage.querysets import InstanceQuerySet
from usage.services import instances, kept_frames, rescoring, scoring
from usage.services.metrics import encode, optional_key_paths

ROWS_PER_PAGE = 500
PURGED = "was erased: its customer withdrew the consent to optional data; send the row again"

Quotes = dict[int, frozenset[str]]
"""By edition: the codes of the components that optional metrics decide."""


@dataclass(frozen=True)
class Erased:
    """How many rows lost optional metrics, and the job that scores their accounts anew.

    `cards` and `transitions` that optional metrics decided are deleted, the text of `rejected_rows`
    is; `ctas` and their `events` lose the figures that they quote.
    """

    payloads: int = 0
    snapshots: int = 0
    cards: int = 0
    transitions: int = 0
    ctas: int = 0
    events: int = 0
    rejected_rows: int = 0
    job: Job | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Rows by kind, as the consent's row keeps them."""
        return asdict(replace(self, job=None), dict_factory=lambda pairs: dict(pairs[:-1]))

    @property
    def words(self) -> str:
        """As in "12 payloads, 3 snapshots, 0 cards"."""
        named = (f"{count:,} {kind.replace('_', ' ')}" for kind, count in self.counts.items())
        return ", ".join(named).replace("ctas", "calls to action")


@transaction.atomic
def withdraw(
    *,
    account_id: int,
    by: User | None,
    now: datetime,
    category: str = consents.Category.OPTIONAL,
    wish: Wish = Wish(),  # noqa: B008 - it is frozen
) -> Erased:
    """Note that an account shares no optional data and erase all that is stored of it.

    Raises ConsentComesWithContract for another category, and Account.DoesNotExist.
    """
    consents.refuse_unless_optional(category)
    scoring.hold([account_id])
    own = Instance.objects.filter(subscription__account=account_id)
    instances.lock(own.values_list("pk", flat=True))
    account = consents.hold(account_id)
    reported = erase(own.values_list("pk", flat=True))  # with what was attached meanwhile
    job = rescoring.request_all_periods(account_ids={account_id}, now=now, by=by)
    erased = replace(
        _erase_quotes({account_id}),
        payloads=reported.payloads,
        snapshots=reported.snapshots,
        rejected_rows=_purge_rejected_rows(own),
        job=job,
    )
    consents.note(account, shares=False, wish=wish, by=by, now=now, erased=erased.counts)
    return erased


@transaction.atomic
def grant(
    *,
    account_id: int,
    by: User | None,
    now: datetime,
    wish: Wish = Wish(),  # noqa: B008 - it is frozen
) -> None:
    """Note that an account shares optional data from now on; what was erased stays so."""
    consents.note(consents.hold(account_id), shares=True, wish=wish, by=by, now=now)


@transaction.atomic
def erase(instance_ids: Iterable[int]) -> Erased:
    """Take the optional metrics out of all that instances reported; holds them meanwhile."""
    optional = KeyPaths(optional_key_paths())
    ids = sorted(instance_ids)
    instances.lock(ids)
    payloads = snapshots = 0
    if ids:
        kept_frames.forget()
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
    scoring.hold(account_ids)
    own = Instance.objects.filter(subscription__account__in=withdrawn)
    if not erase(own.values_list("pk", flat=True)).snapshots:
        return None
    job = rescoring.request_all_periods(account_ids=account_ids, now=now)
    _erase_quotes(account_ids)
    return job


def decided_by_optional() -> Quotes:
    """The components that optional metrics decide, for each edition that has one. Two queries."""
    optional = optional_key_paths()
    decided: dict[int, set[str]] = defaultdict(set)
    for edition_id, size_metric, code, numerator, denominator in Measure.objects.values_list(
        "use_case__edition",
        "use_case__edition__size_metric",
        "use_case__code",
        "numerator",
        "denominator",
    ):
        if optional.intersection([size_metric, *numerator, *denominator]):
            decided[edition_id].add(code)
    return {edition_id: frozenset(codes) for edition_id, codes in decided.items()}


def _erase_quotes(account_ids: Collection[int]) -> Erased:
    """Delete cards and transitions that quote optional metrics; take them out of what others keep.

    Cards that are in force are made anew by the job that the caller has queued before.
    """
    decided = decided_by_optional()
    cards = ScoreCard.objects.filter(account__in=account_ids, edition__in=decided)
    falls = Transition.objects.filter(account__in=account_ids, edition__in=decided)
    CardDrift.objects.filter(account__in=account_ids, edition__in=decided).delete()
    counts: dict[str, Any] = {"cards": cards.delete()[0], "transitions": falls.delete()[0]}
    for path in settings.QUOTES_OF_METRICS:
        redact: Callable[[Collection[int], Quotes], dict[str, int]] = import_string(path)
        counts |= redact(account_ids, decided)
    return Erased(**counts)


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
