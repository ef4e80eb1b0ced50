"""What accounts agreed to, by category of data: noted, never changed. Erasing is others' work.

`Account.shares_optional_data` is what ingest and scoring read of it: `note` alone sets both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

from accounts.bulk import append_rows
from accounts.errors import ConsentComesWithContract
from accounts.models import Account, Consent, User
from accounts.services import audit, history
from accounts.services.history import Change

Category, State, Source = Consent.Category, Consent.State, Consent.Source

COLUMNS = ("account_id", "category", "number", "state", "since", "source", "note", "erased")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Why a consent changes: on whose word, and what they said."""

    source: Consent.Source = Consent.Source.CUSTOMER
    note: str = ""


@dataclass(frozen=True)
class Standing:
    """What holds for one category of an account's data, and since when."""

    category: Consent.Category
    state: Consent.State
    source: Consent.Source
    since: datetime
    by: User | None = None
    note: str = ""

    @property
    def is_granted(self) -> bool:
        return self.state == State.GRANTED


def standings(account: Account) -> list[Standing]:
    """What holds for each category of an account's data. One query.

    Where nothing was noted the contract says it: the data came with it, from its first day.
    """
    newest: dict[str, Consent] = {}
    for row in account.consents.select_related("by").order_by("number"):
        newest[row.category] = row
    return [_standing(account, category, newest.get(category)) for category in Category]


def _standing(account: Account, category: Consent.Category, row: Consent | None) -> Standing:
    if row is not None:
        state, source = State(row.state), Source(row.source)
        return Standing(category, state, source, row.since, row.by, row.note)
    is_withdrawn = category == Category.OPTIONAL and not account.shares_optional_data
    since = datetime.combine(account.customer_since, time(), UTC)
    state = State.WITHDRAWN if is_withdrawn else State.GRANTED
    return Standing(category, state, Source.CONTRACT, since)


def refuse_unless_optional(category: str) -> None:
    """Raise ConsentComesWithContract for data that a contract cannot do without."""
    if category != Category.OPTIONAL:
        raise ConsentComesWithContract(category)


def begin(account_ids: Collection[int], *, source: Consent.Source, now: datetime) -> None:
    """Note the first state of accounts that are new: they share unless their row says otherwise."""
    accounts = Account.objects.filter(pk__in=account_ids).order_by("pk")
    rows = list(accounts.values_list("pk", "shares_optional_data"))  # no cursor lives beside a COPY
    append_rows(
        Consent,
        ((pk, Category.OPTIONAL, 1, _state(shares), now, source, "", {}) for pk, shares in rows),
        columns=COLUMNS,
    )


def hold(account_id: int) -> Account:
    """Hold an account's consent until the caller commits; rows that point to it may be made."""
    return Account.objects.select_for_update(no_key=True).get(pk=account_id)


def note(
    account: Account,
    *,
    shares: bool,
    wish: Wish,
    by: User | None,
    now: datetime,
    erased: Mapping[str, int] | None = None,
) -> None:
    """Note that an account, which the caller holds, shares optional data or does so no more.

    What holds already is not noted again. Call inside atomic().
    """
    past = Consent.objects.filter(account=account, category=Category.OPTIONAL)
    last = past.order_by("-number").first()
    if last is None:  # a row of before: what held until now is the first of its history
        begin([account.pk], source=Source.CONTRACT, now=now)
        last = past.get()
    if account.shares_optional_data is shares and last.state == _state(shares):
        return
    Consent.objects.create(
        account=account,
        category=Category.OPTIONAL,
        number=last.number + 1,
        state=_state(shares),
        since=now,
        by=by,
        source=wish.source,
        note=wish.note,
        erased=dict(erased or {}),
    )
    account.shares_optional_data = shares
    Account.objects.filter(pk=account.pk).update(shares_optional_data=shares, updated_at=now)
    history.record(Account, ids=[account.pk], change=Change.CHANGED, now=now, by=by)
    verb = "consent.granted" if shares else "consent.withdrawn"
    audit.record(verb, account, now=now, by=by, detail=erased or {})


def _state(shares: bool) -> Consent.State:  # noqa: FBT001 - a column's value
    return State.GRANTED if shares else State.WITHDRAWN
