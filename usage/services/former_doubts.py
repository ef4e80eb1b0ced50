"""What keeps a former state from being known for sure: of what no former state is kept, or was erased."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef

from accounts.models import (
    AuditEntry,
    Consent,
    Contact,
    Objective,
    SuccessPlan,
    SupportCase,
    SurveyResponse,
    TimelineActivity,
)
from accounts.services.former import Former
from usage.models import RawPayload, Snapshot
from usage.periods import format_period

Doubt = tuple[int, str]
EDITED: Mapping[str, Any] = {
    "an entry of the timeline": TimelineActivity,
    "a success plan": SuccessPlan,
    "an objective": Objective,
    "a support case": SupportCase,
    "an answer to a survey": SurveyResponse,
}
"""What health reads and keeps no former states of."""


@dataclass(frozen=True)
class Asked:
    """Which accounts, months and moment; `is_health`: whether more than usage was read."""

    account_ids: Collection[int]
    periods: Sequence[date]
    moment: datetime
    is_health: bool


@dataclass(frozen=True)
class Guessed:
    """Records as their history tells them."""

    accounts: Former
    subscriptions: Former
    instances: Former


def doubts(asked: Asked, guessed: Guessed, owners: Mapping[int, int]) -> dict[int, list[str]]:
    """Sentences by account. `owners`: the account of each instance. Four queries, six more for health."""
    found: dict[int, list[str]] = defaultdict(list)
    told = [*_guesses(guessed, owners), *_erased_payloads(asked, owners), *_withdrawn(asked)]
    if asked.is_health:
        told += _edited(asked)
    for account_id, sentence in told:
        if sentence not in found[account_id]:
            found[account_id].append(sentence)
    return dict(found)


def _guesses(guessed: Guessed, owners: Mapping[int, int]) -> Iterator[Doubt]:
    for pk in guessed.accounts.guessed:
        yield pk, "no former state of the account is kept from then"
    for pk in guessed.subscriptions.guessed:
        row = guessed.subscriptions.states[pk]
        yield (
            row["account_id"],
            f"no former state of subscription {row['external_id']} is kept from then",
        )
    for pk in guessed.instances.guessed:
        name = guessed.instances.states[pk]["external_id"]
        yield owners[pk], f"no former state of instance {name} is kept from then"


def _erased_payloads(asked: Asked, owners: Mapping[int, int]) -> Iterator[Doubt]:
    """Months that have a snapshot still, and not the payload it was made of."""
    payload = RawPayload.objects.filter(
        instance=OuterRef("instance"), recorded_at=OuterRef("recorded_at")
    )
    bare = Snapshot.objects.filter(
        ~Exists(payload),
        instance__in=owners,
        period__range=(min(asked.periods), max(asked.periods)),
    )
    months = sorted(set(bare.order_by().values_list("instance_id", "period")))
    if not months:
        return
    erased = AuditEntry.objects.filter(verb="retention.applied", detail__payloads__gt=0)
    entry = erased.order_by("-at").first()
    why = f"were erased on {entry.at:%Y-%m-%d} by the retention rule" if entry else "are not kept"
    for instance_id, period in months:
        yield owners[instance_id], f"payloads of {format_period(period)} {why}"


def _withdrawn(asked: Asked) -> Iterator[Doubt]:
    rows = Consent.objects.filter(
        account__in=asked.account_ids, state=Consent.State.WITHDRAWN, since__gt=asked.moment
    )
    for account_id, since in rows.order_by("since").values_list("account_id", "since"):
        yield (
            account_id,
            f"optional metrics were erased on {since:%Y-%m-%d} at the customer's wish",
        )


def _edited(asked: Asked) -> Iterator[Doubt]:
    for words, model in EDITED.items():
        later = model.objects.filter(account__in=asked.account_ids, updated_at__gt=asked.moment)
        if model is TimelineActivity:  # what was begun later is left out for sure
            later = later.filter(created_at__lte=asked.moment)
        for account_id in sorted(set(later.order_by().values_list("account_id", flat=True))):
            yield account_id, f"{words} was changed since, and no former state of it is kept"
    contact: Any = Contact
    changed = contact.history.filter(
        history_date__gt=asked.moment, account_id__in=asked.account_ids
    )
    for account_id in sorted(set(changed.order_by().values_list("account_id", flat=True))):
        yield account_id, "a contact was changed since"
