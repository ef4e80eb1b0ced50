"""Support cases, survey answers and outcomes from parsed rows: upsert by account and external id.

Both come from systems that are the truth for them, so a row that comes again replaces what is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import transaction

from accounts import rows
from accounts.bulk import merge_rows
from accounts.models import (
    Account,
    Contact,
    Outcome,
    Subscription,
    SupportCase,
    SurveyResponse,
)
from accounts.rows import Column, Record, Rejection, Values
from accounts.services import audit
from accounts.services.upserts import chunks, ids_of

Key = tuple[int, str]

CASE_COLUMNS = {
    "external_id": Column(rows.text_up_to(120), is_required=True),
    "account": Column(rows.text_up_to(120), is_required=True),
    "opened_at": Column(rows.moment, is_required=True),
    "closed_at": Column(rows.optional_moment),
    "priority": Column(rows.one_of(SupportCase.Priority.values)),
    "subject": Column(rows.text_up_to(255)),
}
ANSWER_COLUMNS = {
    "external_id": Column(rows.text_up_to(120), is_required=True),
    "account": Column(rows.text_up_to(120), is_required=True),
    "kind": Column(rows.one_of(SurveyResponse.Kind.values), is_required=True),
    "score": Column(rows.optional_count, is_required=True),
    "answered_at": Column(rows.moment, is_required=True),
    "contact": Column(rows.optional_e_mail),
    "comment": Column(rows.text_up_to(10_000)),
}
OUTCOME_COLUMNS = {
    "external_id": Column(rows.text_up_to(120), is_required=True),
    "account": Column(rows.text_up_to(120), is_required=True),
    "subscription": Column(rows.text_up_to(120)),
    "kind": Column(rows.one_of(Outcome.Kind.values), is_required=True),
    "occurred_on": Column(rows.day, is_required=True),
    "arr_before": Column(rows.money, is_required=True),
    "arr_after": Column(rows.optional_money),
}
SCALES = {SurveyResponse.Kind.NPS: (0, 10), SurveyResponse.Kind.CSAT: (1, 5)}


class Result(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


RESULTS = [(each.value, each.value) for each in Result]


@dataclass(frozen=True)
class RowResult:
    """What became of a row; of a rejected one with its field (empty: the row) and why."""

    line: int
    result: Result
    field: str = ""
    reason: str = ""


@dataclass
class Taken:
    """What became of all rows, and which accounts changed, the earliest since when."""

    results: list[RowResult] = field(default_factory=list)
    account_ids: set[int] = field(default_factory=set)
    since: datetime | None = None

    def count(self, result: Result) -> int:
        return sum(row.result is result for row in self.results)

    @property
    def counts(self) -> dict[str, int]:
        return {result.value: self.count(result) for result in Result}

    def reject(self, line: int, name: str, reason: str) -> None:
        self.results.append(RowResult(line, Result.REJECTED, name, reason))


@dataclass(frozen=True)
class Table:
    """A kind of rows: where they go, what a file calls them, what is wrong with one.

    `moment` is the column from whose earliest value on scores change (empty: none does); `fixed` is
    what every row of this way in holds.
    """

    name: str
    model: type[SupportCase | SurveyResponse | Outcome]
    columns: Mapping[str, Column]
    moment: str
    fault: Callable[[Values], tuple[str, str] | None]
    defaults: Mapping[str, Any]
    fixed: Mapping[str, Any] = field(default_factory=dict)


def _fault_of_case(values: Values) -> tuple[str, str] | None:
    closed = values.get("closed_at")
    if closed is not None and closed < values["opened_at"]:
        return "closed_at", "is before it was opened"
    return None


def _fault_of_answer(values: Values) -> tuple[str, str] | None:
    least, most = SCALES[values["kind"]]
    if not least <= values["score"] <= most:
        return "score", f"is out of range: {values['kind']} is {least} to {most}"
    return None


def _fault_of_outcome(values: Values) -> tuple[str, str] | None:
    """Sets what the kind says of the ARR afterwards where the row leaves it out."""
    kind, before, after = values["kind"], values["arr_before"], values.get("arr_after")
    if after is None:
        if kind not in UNSAID_AFTER:
            return "arr_after", f"is missing: {kind} does not say it"
        after = values["arr_after"] = before * UNSAID_AFTER[kind]
    is_so = {
        Outcome.Kind.RENEWED: after == before,
        Outcome.Kind.EXPANDED: after > before,
        Outcome.Kind.CONTRACTED: 0 < after < before,
        Outcome.Kind.CHURNED: after == 0,
    }
    if not is_so[kind]:
        return "kind", f"is not what the ARR says: {kind}, from {before} to {after}"
    return None


UNSAID_AFTER = {Outcome.Kind.RENEWED: Decimal(1), Outcome.Kind.CHURNED: Decimal(0)}
CASES = Table(
    "support_cases", SupportCase, CASE_COLUMNS, "opened_at", _fault_of_case,
    {"closed_at": None, "priority": SupportCase.Priority.NORMAL.value, "subject": ""},
)  # fmt: skip
ANSWERS = Table(
    "survey_responses", SurveyResponse, ANSWER_COLUMNS, "answered_at", _fault_of_answer,
    {"contact_id": None, "comment": ""},
)  # fmt: skip
OUTCOMES = Table(
    "outcomes", Outcome, OUTCOME_COLUMNS, "", _fault_of_outcome, {"subscription_id": None},
    fixed={"source": Outcome.Source.CSV.value},
)  # fmt: skip
OUTCOMES_BY_API = replace(OUTCOMES, fixed={"source": Outcome.Source.API.value})


@transaction.atomic
def store(table: Table, parsed: Iterable[Record | Rejection], *, now: datetime) -> Taken:
    """Store the rows that can be; the four counts add up to the rows that were read.

    A row whose account is erased is one of an unknown account: its text is not kept.
    """
    taken = Taken()
    records = []
    for row in parsed:
        if isinstance(row, Record):
            records.append(row)
        else:
            taken.reject(row.line, row.field, row.reason)
    wanted = _without_repeats(_of_known_accounts(table, records, taken), taken)
    _write(table, wanted, taken, now=now)
    taken.results.sort(key=lambda result: result.line)
    audit.record(f"import.{table.name}", now=now, detail=taken.counts)
    return taken


def _of_known_accounts(
    table: Table, records: Sequence[Record], taken: Taken
) -> list[tuple[Record, Key]]:
    known = ids_of(Account, {record.values["account"] for record in records})
    bought = _subscriptions(records)
    kept = []
    for record in records:
        account_id = known.get(record.values["account"])
        if account_id is None:
            name = record.values["account"][:80]
            taken.reject(record.line, "account", f"is unknown: {name!r}")
        elif (fault := table.fault(record.values)) is not None:
            taken.reject(record.line, *fault)
        elif (name := record.values.get("subscription")) and (account_id, name) not in bought:
            reason = f"is no subscription of the account: {name[:80]!r}"
            taken.reject(record.line, "subscription", reason)
        else:
            if name:
                record.values["subscription_id"] = bought[account_id, name]
            kept.append((record, (account_id, record.values["external_id"])))
    return kept


def _subscriptions(records: Sequence[Record]) -> dict[Key, int]:
    """The subscriptions that rows name, by account and external id."""
    names = sorted({record.values.get("subscription") or "" for record in records} - {""})
    found: dict[Key, int] = {}
    for some in chunks(names):
        kept = Subscription.objects.filter(external_id__in=some)
        rows_of = kept.values_list("account_id", "external_id", "pk")
        found |= {(account_id, name): pk for account_id, name, pk in rows_of}
    return found


def _without_repeats(records: Iterable[tuple[Record, Key]], taken: Taken) -> dict[Key, Record]:
    """Keep the first row of each key; the same again is unchanged, another one is rejected."""
    first: dict[Key, Record] = {}
    for record, key in records:
        earlier = first.setdefault(key, record)
        if earlier is record:
            continue
        if earlier.values == record.values:
            taken.results.append(RowResult(record.line, Result.UNCHANGED))
        else:
            reason = f"has come on line {earlier.line} already, with other values"
            taken.reject(record.line, "external_id", reason)
    return first


def _write(table: Table, wanted: Mapping[Key, Record], taken: Taken, *, now: datetime) -> None:
    if not wanted:
        return
    values = {key: _stored_values(table, record.values) for key, record in wanted.items()}
    if "contact" in table.columns:
        _name_contacts(wanted, values)
    columns = tuple(next(iter(values.values())))
    before = _stored(table, wanted, columns)
    changed = {}
    for key, row in values.items():
        result = _result(before.get(key), row)
        taken.results.append(RowResult(wanted[key].line, result))
        if result is not Result.UNCHANGED:
            changed[key] = row
            if table.moment:
                _note(taken, key[0], row[table.moment], before.get(key, row)[table.moment])
    merge_rows(
        table.model,
        ((*key, *row.values(), now) for key, row in changed.items()),
        columns=("account", "external_id", *columns, "updated_at"),
        key=("account", "external_id"),
        update=(*columns, "updated_at"),
    )


def _stored_values(table: Table, values: Values) -> Values:
    """A row's own columns; one that the file leaves out, or leaves empty, is as of a new row."""
    own = {
        name: value
        for name, value in values.items()
        if name not in {"account", "external_id", "contact", "subscription"}
    }
    for name, default in table.defaults.items():
        if own.get(name) in {None, ""}:
            own[name] = default
    return dict(sorted((own | dict(table.fixed)).items()))


def _result(before: Values | None, row: Values) -> Result:
    if before is None:
        return Result.CREATED
    return Result.UNCHANGED if before == row else Result.UPDATED


def _note(taken: Taken, account_id: int, *moments: datetime) -> None:
    taken.account_ids.add(account_id)
    taken.since = min(filter(None, (*moments, taken.since)))


def _stored(
    table: Table, wanted: Mapping[Key, Record], columns: Sequence[str]
) -> dict[Key, Values]:
    found: dict[Key, Values] = {}
    names = list({external_id for _, external_id in wanted})
    account_ids = list({account_id for account_id, _ in wanted})
    for some in chunks(names):
        for account_chunk in _id_chunks(account_ids):
            kept = table.model._default_manager.filter(
                external_id__in=some, account__in=account_chunk
            )
            for row in kept.order_by().values("account_id", "external_id", *columns):
                key = (row.pop("account_id"), row.pop("external_id"))
                found[key] = row
    return found


def _id_chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    for start in range(0, len(ids), 5_000):
        yield ids[start : start + 5_000]


def _name_contacts(wanted: Mapping[Key, Record], values: Mapping[Key, Values]) -> None:
    """Who answered, where that e-mail is a contact of the account; a stranger stays without a name."""
    account_ids = {account_id for account_id, _ in wanted}
    known: dict[tuple[int, str], int] = {}
    for some in _id_chunks(sorted(account_ids)):
        contacts = Contact.objects.filter(account__in=some).values_list("account_id", "email", "pk")
        known |= {(account_id, email.lower()): pk for account_id, email, pk in contacts}
    for key, record in wanted.items():
        email = record.values.get("contact", "")
        values[key]["contact_id"] = known.get((key[0], email))
