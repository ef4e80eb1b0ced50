"""Renewals told by what is recorded of subscriptions: which ended, what followed, what that is worth. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

GRACE_DAYS = 30  # a signature comes late, or early, by so many days


@dataclass(frozen=True)
class State:
    """What was recorded of a subscription until the next state was."""

    subscription_id: int
    start: date
    end: date | None
    arr: Decimal


@dataclass(frozen=True)
class Term:
    """A time for which a subscription ran, or runs, at one price."""

    subscription_id: int
    start: date
    end: date | None
    arr: Decimal

    def covers(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True)
class Renewal:
    """A day on which something of an account came to its end, and the account's ARR on either side.

    `subscription_id`: what ended, None where several did.
    """

    on: date
    subscription_id: int | None
    before: Decimal
    after: Decimal

    @property
    def kind(self) -> str:
        if not self.after:
            return "churned"
        if self.after == self.before:
            return "renewed"
        return "expanded" if self.after > self.before else "contracted"


def terms_of(states: Sequence[State]) -> list[Term]:
    """The terms of one subscription from its states, oldest first.

    An end that moves to a later day ends one term and begins the next; any other change is of the term
    that runs.
    """
    terms: list[Term] = []
    for state in states:
        term = Term(state.subscription_id, state.start, state.end, state.arr)
        if not terms:
            terms.append(term)
            continue
        last = terms[-1]
        is_renewed = last.end is not None and (term.end is None or term.end > last.end)
        if is_renewed and last.end is not None:
            begins = max(term.start, last.end + timedelta(days=1))
            terms.append(Term(term.subscription_id, begins, term.end, term.arr))
        else:
            terms[-1] = Term(term.subscription_id, last.start, term.end, term.arr)
    return terms


def renewals(terms: Iterable[Term], *, today: date, grace_days: int = GRACE_DAYS) -> list[Renewal]:
    """The renewals of one account that are settled by today, oldest first.

    What ends is held against what begins within the grace days around it; what runs on counts on both
    sides, so that an account churns only where nothing is left. What had no price says nothing.
    """
    known = sorted(terms, key=lambda term: (term.start, term.subscription_id))
    grace = timedelta(days=grace_days)
    ends = sorted({term.end for term in known if term.end and term.end + grace < today})
    followed: set[Term] = set()
    found = []
    for day in ends:
        ended = [term for term in known if term.end == day]
        following = [
            term
            for term in known
            if term not in followed and term not in ended and abs(term.start - day) <= grace
        ]
        followed.update(following)
        others = sum(
            term.arr
            for term in known
            if term.covers(day) and term.end != day and term not in following
        )
        before = sum((term.arr for term in ended), Decimal(others))
        after = sum((term.arr for term in following), Decimal(others))
        ids = {term.subscription_id for term in ended}
        if before:
            found.append(Renewal(day, ids.pop() if len(ids) == 1 else None, before, after))
    return found
