"""In which order a queue is worked, and why. Pure; the query in `queries.queue` orders the same way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from accounts import formats

PRIORITY_WORDS = {1: "high", 2: "medium", 3: "low"}
RENEWAL_IS_NEAR = timedelta(days=180)  # further away it does not press


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a call to action's place in the queue rests on, and what makes it press."""

    cta_id: int
    priority: int
    due_on: date
    arr: Decimal
    renewal_on: date | None = None
    health_color: str = ""  # empty: NA

    @property
    def order(self) -> tuple[int, date, Decimal, int]:
        """Priority, then the due date, then the heavier account, then the older one."""
        return self.priority, self.due_on, -self.arr, self.cta_id


def week_end(today: date) -> date:
    """The Sunday that ends the week of a day."""
    return today + timedelta(days=6 - today.weekday())


def why_here(standing: Standing, *, today: date) -> str:
    """Why it stands where it stands: late 2 days · high priority · Red health · $412k ARR."""
    return " · ".join(_reasons(standing, today))


def _reasons(standing: Standing, today: date) -> Iterator[str]:
    yield _due_in_words(standing.due_on, today)
    yield f"{PRIORITY_WORDS[standing.priority]} priority"
    if standing.health_color:
        yield f"{standing.health_color} health"
    if standing.arr:
        yield f"{formats.money(standing.arr)} ARR"
    if standing.renewal_on is not None and standing.renewal_on - today <= RENEWAL_IS_NEAR:
        yield f"renewal {formats.days_in_words(standing.renewal_on, today=today)}"


def _due_in_words(due_on: date, today: date) -> str:
    if due_on < today:
        return f"late {formats.plural((today - due_on).days, 'day')}"
    return f"due {formats.days_in_words(due_on, today=today)}"
