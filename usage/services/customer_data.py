"""What usage holds of a customer: instances, what they reported, and the scores made of it."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Q

from accounts.models import Account, ErasedKey, Subscription
from accounts.services.holdings import Holding, Part, Rows
from usage import ingest
from usage.models import (
    CardDrift,
    Instance,
    RawPayload,
    RejectedRow,
    ScoreCard,
    Snapshot,
    Transition,
)
from usage.services import instances, kept_frames, scoring

PURGED = "was erased at the customer's wish"


def _hold(account_id: int) -> None:
    scoring.hold([account_id])
    instances.lock(_instances(account_id).values_list("pk", flat=True))
    kept_frames.forget()


def _instances(account_id: int) -> Rows:
    return Instance.objects.filter(subscription__account=account_id)


def _rejected_rows(account_id: int) -> Rows:
    """Rows with a text that names the account, a subscription or an instance by its id."""
    names = [
        *Account.objects.filter(pk=account_id).values_list("external_id", flat=True),
        *Subscription.objects.filter(account=account_id).values_list("external_id", flat=True),
        *_instances(account_id).values_list("external_id", flat=True),
    ]
    naming = Q(pk__in=[])
    for name in dict.fromkeys(names):
        naming |= Q(text__iregex=rf"(^|[^0-9a-z_-]){re.escape(name)}($|[^0-9a-z_-])")
    return RejectedRow.objects.exclude(text="").filter(naming)


def _purge_texts(rows: Rows) -> int:
    return rows.update(text="", is_cut=True, field="", reason=PURGED)


def _body(stored: Any) -> Any:
    return ingest.decompress(stored)


PART = Part(
    holdings=(
        Holding("transitions", lambda pk: Transition.objects.filter(account=pk)),
        Holding("card_drifts", lambda pk: CardDrift.objects.filter(account=pk)),
        Holding("score_cards", lambda pk: ScoreCard.objects.filter(account=pk)),
        Holding("rejected_rows", _rejected_rows, purge=_purge_texts),
        Holding(
            "payloads",
            lambda pk: RawPayload.objects.filter(instance__subscription__account=pk),
            encode={"body": _body},
        ),
        Holding(
            "snapshots", lambda pk: Snapshot.objects.filter(instance__subscription__account=pk)
        ),
        Holding(
            "instances",
            _instances,
            former=lambda pk: (
                Q(subscription_id__in=Subscription.objects.filter(account=pk).values("pk"))
                & ~Q(id__in=Instance.objects.exclude(subscription__account=pk).values("pk"))
            ),
            buried=(ErasedKey.Kind.INSTANCE, ("external_id",)),
        ),
    ),
    hold=_hold,
)
