"""Outcomes that follow from what is recorded of subscriptions: derived again at any time, each once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.bulk import differs, merge_rows
from accounts.models import Account, Outcome, Subscription, User
from accounts.querysets import OutcomeQuerySet
from accounts.renewals import GRACE_DAYS, Renewal, State, Term, renewals, terms_of
from accounts.services import audit

ACCOUNTS_AT_ONCE = 2_000
PREFIX = "renewal-"
COLUMNS = (
    "account", "external_id", "subscription", "kind", "occurred_on", "arr_before", "arr_after",
    "source", "updated_at",
)  # fmt: skip
Row = tuple[object, ...]


@dataclass(frozen=True)
class Derived:
    """What became of the derived outcomes."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0

    def __add__(self, other: Derived) -> Derived:
        return Derived(*(getattr(self, f) + getattr(other, f) for f in self.__match_args__))


def derive_outcomes(
    *, now: datetime, by: User | None = None, grace_days: int = GRACE_DAYS
) -> Derived:
    """Store an outcome for each renewal that is settled; remove derived ones that are none any more.

    Where a file or the API tells of an outcome within the grace days, that one stands alone.
    """
    done = Derived()
    ids = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    today = now.astimezone(UTC).date()
    for start in range(0, len(ids), ACCOUNTS_AT_ONCE):
        some = ids[start : start + ACCOUNTS_AT_ONCE]
        done += _derive(some, today=today, grace_days=grace_days, now=now)
    audit.record("outcomes.derived", now=now, by=by, detail=asdict(done))
    return done


@transaction.atomic
def _derive(account_ids: Sequence[int], *, today: date, grace_days: int, now: datetime) -> Derived:
    told = _told_days(account_ids)
    grace = timedelta(days=grace_days)
    wanted: dict[tuple[int, str], Row] = {}
    for account_id, terms in _terms(account_ids).items():
        for renewal in renewals(terms, today=today, grace_days=grace_days):
            if all(abs(renewal.on - day) > grace for day in told.get(account_id, ())):
                row = _row(account_id, renewal, now=now)
                wanted[account_id, str(row[1])] = row
    stored = {
        (account_id, external_id): pk
        for pk, account_id, external_id in _derived(account_ids).values_list(
            "pk", "account_id", "external_id"
        )
    }
    gone = [pk for key, pk in stored.items() if key not in wanted]
    Outcome.objects.filter(pk__among=gone).delete()
    counts = merge_rows(
        Outcome,
        wanted.values(),
        columns=COLUMNS,
        key=("account", "external_id"),
        update=COLUMNS[2:],
        where=differs(Outcome, COLUMNS[2:-1]),  # not where only the time of writing would change
    )
    return Derived(counts.inserted, counts.updated, counts.unchanged, len(gone))


def _row(account_id: int, renewal: Renewal, *, now: datetime) -> Row:
    return (
        account_id, f"{PREFIX}{renewal.on}", renewal.subscription_id, renewal.kind, renewal.on,
        renewal.before, renewal.after, Outcome.Source.RENEWAL.value, now,
    )  # fmt: skip


def _derived(account_ids: Iterable[int]) -> OutcomeQuerySet:
    return Outcome.objects.filter(account__pk__among=account_ids, source=Outcome.Source.RENEWAL)


def _told_days(account_ids: Iterable[int]) -> Mapping[int, list[date]]:
    """Days of the outcomes that somebody told, by account."""
    rows = Outcome.objects.filter(account__pk__among=account_ids)
    found: dict[int, list[date]] = defaultdict(list)
    told = rows.exclude(source=Outcome.Source.RENEWAL).order_by()
    for account_id, day in told.values_list("account_id", "occurred_on"):
        found[account_id].append(day)
    return found


def _terms(account_ids: Iterable[int]) -> Mapping[int, list[Term]]:
    """The terms of all subscriptions of the accounts, from their former states and the present one."""
    current = Subscription.objects.filter(account__pk__among=account_ids)
    account_of = dict(current.order_by("pk").values_list("pk", "account_id"))
    states: dict[int, list[State]] = defaultdict(list)
    columns = ("id", "start_date", "end_date", "arr")
    history: Any = Subscription.history
    former = history.filter(id__in=current.order_by().values("pk"))
    kept = former.exclude(history_type="-").order_by("history_date", "history_id")
    for row in kept.values_list(*columns):
        states[row[0]].append(State(*row))
    for row in current.order_by("pk").values_list(*columns):
        states[row[0]].append(State(*row))
    found: dict[int, list[Term]] = defaultdict(list)
    for subscription_id, account_id in account_of.items():
        found[account_id] += terms_of(states[subscription_id])
    return found
