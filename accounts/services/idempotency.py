"""Calls of the API that name a key: done once, answered as often as they are made.

A call that is one transaction stores its answer in it: after a crash there are both, or neither.
A call that is stored in batches notes in each batch's transaction what became of it. Sent again
after a crash it stores what was missing, and answers for the other batches what they were told then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.errors import KeyReused
from accounts.models import IdempotencyKey

KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Call:
    """What makes two calls the same: who calls what, with which key and body."""

    caller: str
    key: str
    method: str
    path: str
    body_digest: str


def claim(call: Call, *, now: datetime) -> IdempotencyKey:
    """The stored row of a call, made if it is the first; raises KeyReused.

    Within a transaction a second caller waits here until the first one has committed or failed.
    """
    stored, _ = IdempotencyKey.objects.get_or_create(
        caller=call.caller,
        key=call.key,
        defaults={
            "method": call.method,
            "path": call.path,
            "body_digest": call.body_digest,
            "created_at": now,
        },
    )
    told = (stored.method, stored.path, stored.body_digest)
    if told != (call.method, call.path, call.body_digest):
        raise KeyReused(call.key)
    return stored


def keep_answer(stored: IdempotencyKey, *, status: int, answer: str) -> None:
    """Keep what is answered; the answer of whoever was first stays."""
    unanswered = IdempotencyKey.objects.filter(pk=stored.pk, status=None)
    unanswered.update(status=status, answer=answer)


@transaction.atomic
def keep_part(stored: IdempotencyKey, *, number: int, part: Any) -> Any:
    """Keep what became of a batch, in the transaction that stores it; return what was kept first."""
    row = IdempotencyKey.objects.select_for_update().get(pk=stored.pk)
    if str(number) not in row.parts:
        row.parts[str(number)] = part
        row.save(update_fields=["parts"])
    return row.parts[str(number)]


def purge_idempotency_keys(*, now: datetime) -> int:
    """Forget the calls of more than a day ago; return how many."""
    return IdempotencyKey.objects.filter(created_at__lt=now - KEPT).delete()[0]
