"""Makes cards anew from what was known when they were made, and compares them with what is stored.

    moment ──> edition in force then ──> payloads received by then ──> scores ──> card ──> equal?
           └─> records as they were ──┘

Nothing is written. A card that differs although something of that time is not kept proves nothing: it
is told as one that cannot be rebuilt.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast

from accounts.models import Account
from usage import scoring
from usage.errors import NoEditionInForce
from usage.lab.reproduce import Card, Outcome, differences
from usage.models import Edition, Publication, ScoreCard
from usage.periods import format_period
from usage.queries.cards import edition_for, forces_of
from usage.services import editions, former_readings
from usage.services.card_rows import CARD_VALUES, card_rows, months_read

ACCOUNTS_AT_ONCE = 500
SETTLING = timedelta(minutes=15)
"""A run reads for a while after the time that its cards bear: what came meanwhile may be in them."""
NO_CARD = "no card of edition {edition} is stored"
MADE_ANEW = "the stored card was made anew on {at:%Y-%m-%d %H:%M}, after that moment"
NOTHING_COUNTED = "a card is stored, and nothing counted in that month"

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Proof:
    """One account's month: whether its card is what was known then, else why not in sentences."""

    account_id: int
    account: str
    period: date
    edition_id: int
    edition: str
    as_of: datetime
    outcome: Outcome
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        head = f"{self.account} {format_period(self.period)}"
        made = f"edition {self.edition}, as of {self.as_of:%Y-%m-%d %H:%M:%S} UTC"
        if self.outcome is Outcome.EQUAL:
            return f"{head}: equal ({made})"
        words = "differs" if self.outcome is Outcome.DIFFERS else "cannot be rebuilt"
        return f"{head}: {words} ({made}): {'; '.join(self.reasons)}"


@dataclass(frozen=True)
class Case:
    """Accounts' month as it was to be at a moment, by an edition."""

    period: date
    edition: Edition
    moment: datetime
    account_ids: Sequence[int]


def prove(
    *,
    period: date,
    as_of: datetime | None = None,
    account_ids: Collection[int] | None = None,
    progress: Progress | None = None,
) -> Iterator[Proof]:
    """Prove the cards of a month, by the edition that was in force at the moment.

    Without a moment each card is proved by its own edition, as of when it was made. Raises
    NoEditionInForce.
    """
    if as_of is None:
        cards = ScoreCard.objects.filter(period=period)
        if account_ids is not None:
            cards = cards.filter(account__in=account_ids)
        yield from prove_cards(list(cards.order_by("pk").values_list("pk", flat=True)), progress)
        return
    edition = in_force_then(period, as_of)
    accounts = Account.objects.order_by("pk").values_list("pk", flat=True)
    chosen = list(accounts if account_ids is None else accounts.filter(pk__in=account_ids))
    for start in range(0, len(chosen), ACCOUNTS_AT_ONCE):
        ids = chosen[start : start + ACCOUNTS_AT_ONCE]
        yield from _proved(Case(period, edition, as_of, ids))
        if progress is not None:
            progress(start + len(ids), len(chosen))


def prove_cards(card_ids: Sequence[int], progress: Progress | None = None) -> Iterator[Proof]:
    """Prove cards, each by its own edition as of when it was made."""
    cards = ScoreCard.objects.filter(pk__in=card_ids).order_by("period", "edition", "scored_at")
    keys = cards.values_list("period", "edition", "scored_at", "account")
    rows = Edition.objects.in_bulk()
    done = 0
    for (period, edition_id, moment), group in groupby(list(keys), key=lambda row: row[:3]):
        ids = [row[3] for row in group]
        for start in range(0, len(ids), ACCOUNTS_AT_ONCE):
            chunk = ids[start : start + ACCOUNTS_AT_ONCE]
            yield from _settled(Case(period, rows[edition_id], moment, chunk))
        done += len(ids)
        if progress is not None:
            progress(done, len(card_ids))


def in_force_then(period: date, moment: datetime) -> Edition:
    """The edition that decided a month at a moment, by what had been published and not withdrawn.

    Raises NoEditionInForce.
    """
    edition_id = edition_for(period, forces_of(Publication.objects.by_force_at(moment)))
    if edition_id is None:
        raise NoEditionInForce(format_period(period))
    return Edition.objects.get(pk=edition_id)


def _settled(case: Case) -> Iterator[Proof]:
    """Proofs as of when the cards were made; what is not equal, as of a little later too.

    The time of a card is when its run began; payloads that came while it read are in the card.
    """
    again = []
    for proof in _proved(case):
        if proof.outcome is not Outcome.EQUAL:
            again.append(proof)
        else:
            yield proof
    if not again:
        return
    later = replace(
        case, moment=case.moment + SETTLING, account_ids=[proof.account_id for proof in again]
    )
    equal = {proof.account_id: proof for proof in _proved(later) if proof.outcome is Outcome.EQUAL}
    for proof in again:
        yield equal.get(proof.account_id, proof)


def _proved(case: Case) -> Iterator[Proof]:
    """One proof per account that has a card, or would have one."""
    edition = editions.frozen(case.edition)
    periods = months_read([case.period], edition)
    known = former_readings.read(case.account_ids, edition, periods, moment=case.moment)
    scores = scoring.score(known.readings, edition, periods, explained=[case.period])
    made = {
        row["account_id"]: _card(row)
        for row in card_rows(scores.accounts, edition).iter_rows(named=True)
    }
    stored = _stored(case)
    names = dict(Account.objects.filter(pk__in=case.account_ids).values_list("pk", "external_id"))
    for account_id in case.account_ids:
        kept, card = stored.get(account_id), made.get(account_id)
        if kept is None and card is None:
            continue
        found = _compared(kept.card if kept else None, card, edition, case.edition.name)
        doubts, late = known.doubts.get(account_id, ()), known.late.get(account_id, {})
        outcome, reasons = _judged(found, doubts, kept, case, late)
        yield Proof(
            account_id=account_id,
            account=names[account_id],
            period=case.period,
            edition_id=case.edition.pk,
            edition=case.edition.name,
            as_of=case.moment.astimezone(UTC),
            outcome=outcome,
            reasons=reasons,
        )


@dataclass(frozen=True)
class _Stored:
    """A card as it is stored, and when it was made."""

    card: Card
    scored_at: datetime


def _stored(case: Case) -> dict[int, _Stored]:
    rows = ScoreCard.objects.filter(
        edition=case.edition, period=case.period, account__in=case.account_ids
    )
    named = [name for name in CARD_VALUES if name != "evidence"]
    text = rows.annotate(evidence_text=Cast("evidence", TextField()))
    return {
        row["account_id"]: _Stored(
            Card({name: row[name] for name in named}, row["evidence_text"]), row["scored_at"]
        )
        for row in text.order_by().values("account_id", "scored_at", "evidence_text", *named)
    }


def _card(row: Mapping[str, Any]) -> Card:
    return Card({name: row[name] for name in CARD_VALUES if name != "evidence"}, row["evidence"])


def _compared(
    stored: Card | None, made: Card | None, edition: scoring.Edition, name: str
) -> tuple[str, ...]:
    if stored is None:
        return (NO_CARD.format(edition=name),)
    if made is None:
        return (NOTHING_COUNTED,)
    return tuple(map(str, differences(stored, made, edition)))


def _judged(
    found: tuple[str, ...],
    doubts: Sequence[str],
    stored: _Stored | None,
    case: Case,
    late: Mapping[datetime, datetime],
) -> tuple[Outcome, tuple[str, ...]]:
    if not found:
        return Outcome.EQUAL, ()
    unknown = list(doubts)
    if case.edition.is_draft:
        unknown.append(f"edition {case.edition.name} is a draft: it may have been changed since")
    if stored is not None and stored.scored_at > case.moment:
        found = (MADE_ANEW.format(at=stored.scored_at), *found)
    elif stored is not None:
        unknown += _replaced(stored.card, late)
    return (Outcome.UNKNOWABLE, tuple(unknown)) if unknown else (Outcome.DIFFERS, found)


def _replaced(stored: Card, late: Mapping[datetime, datetime]) -> Iterator[str]:
    """Payloads that the card was made of, and that another one of the same time has replaced."""
    for recorded_at, received_at in late.items():
        if f'"{recorded_at:%Y-%m-%dT%H:%M:%SZ}"' in stored.evidence:
            yield (
                f"the payload of {recorded_at:%Y-%m-%d %H:%M} was replaced by another one of that "
                f"time, received on {received_at:%Y-%m-%d}"
            )
