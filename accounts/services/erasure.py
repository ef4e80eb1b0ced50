"""Erases an account, or a contact, for good: what the law lets keep stays, without a name.

begin ──> keys are buried, nothing new comes in ──> batches, by each app's list ──> the rest in one go
Killed anywhere and run again it goes on; a row that says so, and nothing of whom, remains.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import (
    Account,
    Contact,
    Erasure,
    Job,
    RetainedContract,
    Subscription,
    User,
)
from accounts.services import audit, holdings, jobs, tombstones
from accounts.services.holdings import FreeText, Holding, Rows

ROWS_PER_BATCH = 500
ERASE = "erase_account"
REDACTED = "[erased]"

Progress = Callable[[int, int], None]


def contents(account_id: int) -> dict[str, int]:
    """How many rows of each kind are stored of an account: what erasing it would take."""
    return {holding.name: holding.of(account_id).count() for holding in holdings.holdings()}


# --- accounts -------------------------------------------------------------------------------------
@transaction.atomic
def begin(*, account_id: int, by: User | None, now: datetime) -> Erasure:
    """Note that an account is to be erased and bury its keys: from now on nothing of it comes in.

    Raises Account.DoesNotExist.
    """
    Account.objects.get(pk=account_id)
    erasure, is_new = Erasure.objects.get_or_create(
        subject=Erasure.Subject.ACCOUNT,
        subject_id=account_id,
        defaults={"requested_at": now, "by": by},
    )
    if is_new:
        for holding in holdings.holdings():
            if holding.buried is not None:
                kind, columns = holding.buried
                rows = holding.of(account_id).values_list(*columns)
                tombstones.bury(erasure, kind, rows)
        audit.record("account.erasure_requested", erasure, now=now, by=by)
    return erasure


@transaction.atomic
def request(*, account_id: int, by: User | None, now: datetime) -> Job:
    """Begin an erasure and queue the job that does it."""
    erasure = begin(account_id=account_id, by=by, now=now)
    return jobs.enqueue(
        kind=ERASE,
        params={"erasure": erasure.pk},
        now=now,
        dedupe_key=str(erasure.pk),
        by=by,
    )


def run_erase_job(job: Job) -> dict[str, Any]:
    """Handler of the jobs of kind `erase_account`; params: erasure."""
    erasure = Erasure.objects.get(pk=job.params["erasure"])

    def beat(done: int, total: int) -> None:
        jobs.beat(job, done=done, total=total, now=timezone.now())

    return erase(erasure, now=timezone.now(), progress=beat)


def erase(erasure: Erasure, *, now: datetime, progress: Progress | None = None) -> dict[str, int]:
    """Erase what is left of an account; return how many rows of each kind went, in all runs.

    Safe to repeat and to kill: a batch is a transaction, with the count of what it erased.
    """
    account_id = erasure.subject_id
    if erasure.finished_at is None:
        total = sum(contents(account_id).values())
        done = 0
        for part in holdings.parts()[
            :-1
        ]:  # the last one is the account's own: it goes in one piece
            for holding in part.holdings:
                while count := _erase_batch(erasure, holding):
                    done += count
                    if progress is not None:
                        progress(done, max(done, total))
        _finish(erasure, now=now)
        erasure.refresh_from_db()
    return dict(erasure.erased)


@transaction.atomic
def _erase_batch(erasure: Erasure, holding: Holding) -> int:
    rows = holding.of(erasure.subject_id)
    count = _erase_rows(holding, rows, most=ROWS_PER_BATCH)
    _count(erasure, {holding.name: count})
    return count


def _erase_rows(holding: Holding, rows: Rows, *, most: int | None = None) -> int:
    """Erase rows with their history and their lines of the admin's log: deleting writes history."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:most])
    if not ids:
        return 0
    chosen = rows.model._default_manager.filter(pk__in=ids)
    if holding.purge is not None:
        return holding.purge(chosen)
    chosen.delete()
    if hasattr(rows.model, "history"):
        rows.model.history.filter(id__in=ids).delete()
    holdings.log_entries(rows.model, ids).delete()
    return len(ids)


@transaction.atomic
def _finish(erasure: Erasure, *, now: datetime) -> None:
    """Erase what came in meanwhile, and the account itself, while nobody writes to it."""
    account_id = erasure.subject_id
    for part in holdings.parts():
        part.hold(account_id)
    _retain_contracts(erasure, now=now)
    counts: Counter[str] = Counter()
    for holding in holdings.holdings():
        former = None if holding.former is None else holding.history(account_id)
        former_ids = [] if former is None else list(former.values_list("history_id", flat=True))
        counts[holding.name] += _erase_rows(holding, holding.of(account_id))
        if former is not None:
            former.model._default_manager.filter(history_id__in=former_ids).delete()
    _count(erasure, counts)
    Erasure.objects.filter(pk=erasure.pk).update(finished_at=now)
    audit.record("account.erased", erasure, now=now, by=erasure.by, detail=counts)


def _retain_contracts(erasure: Erasure, *, now: datetime) -> None:
    """Copy what bookkeeping needs of a contract; nothing in it names the customer."""
    contracts = Subscription.objects.filter(account=erasure.subject_id).select_related("plan")
    RetainedContract.objects.bulk_create(
        [
            RetainedContract(
                erasure=erasure,
                external_id=contract.external_id,
                plan=contract.plan.name,
                delivery=contract.delivery,
                start_date=contract.start_date,
                end_date=contract.end_date,
                seats=contract.seats,
                arr=contract.arr,
                erased_at=now,
            )
            for contract in contracts
        ],
        ignore_conflicts=True,
    )


def _count(erasure: Erasure, counts: dict[str, int] | Counter[str]) -> None:
    """Add to what was erased; the caller's transaction holds the row from here on."""
    row = Erasure.objects.select_for_update().get(pk=erasure.pk)
    total = Counter(row.erased) + Counter(counts)
    Erasure.objects.filter(pk=erasure.pk).update(erased=dict(total))


# --- contacts -------------------------------------------------------------------------------------
def texts_naming(contact: Contact) -> list[tuple[str, Rows]]:
    """Texts about the contact's account that name them, by e-mail or by full name."""
    return [(text.name, _naming(text, contact)) for part in holdings.parts() for text in part.texts]


def mentions(contact: Contact) -> dict[str, int]:
    """How many rows erasing a contact would take or change."""
    history: Rows = contact.history.all()  # type: ignore[attr-defined]  # simple-history's
    texts = {name: rows.count() for name, rows in texts_naming(contact)}
    return {"contacts": 1, "contacts_history": history.count(), **texts}


@transaction.atomic
def erase_contact(*, contact_id: int, by: User | None, now: datetime) -> dict[str, int]:
    """Erase a contact, their history, and their e-mail and full name in texts about the account.

    A text that calls them otherwise is not found. Raises Contact.DoesNotExist.
    """
    contact = Contact.objects.get(pk=contact_id)
    erased = mentions(contact)
    for part in holdings.parts():
        for text in part.texts:
            _redact(text, contact)
    holding = next(each for each in holdings.holdings() if each.name == "contacts")
    _erase_rows(holding, Contact.objects.filter(pk=contact_id))
    erasure = Erasure.objects.create(
        subject=Erasure.Subject.CONTACT,
        subject_id=contact_id,
        requested_at=now,
        by=by,
        finished_at=now,
        erased=erased,
    )
    audit.record("contact.erased", erasure, now=now, by=by, detail=erased)
    return erased


def _redact(text: FreeText, contact: Contact) -> None:
    pattern = re.compile("|".join(map(re.escape, _names(contact))), re.IGNORECASE)
    for row in _naming(text, contact):
        for column in text.columns:
            setattr(row, column, pattern.sub(REDACTED, getattr(row, column)))
        row.save(update_fields=text.columns)


def _naming(text: FreeText, contact: Contact) -> Rows:
    naming = Q(pk__in=[])
    for column in text.columns:
        for name in _names(contact):
            naming |= Q(**{f"{column}__icontains": name})
    return text.of(contact.account_id).filter(naming)


def _names(contact: Contact) -> list[str]:
    """A single word may be a name of many: only a full name is looked for."""
    return [contact.email, *([contact.name] if " " in contact.name.strip() else [])]
