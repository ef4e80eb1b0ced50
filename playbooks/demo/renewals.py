"""What became of the demo's customers at their last renewals: as their use of the product foretold, mostly. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from playbooks.demo.book import Customer
from playbooks.demo.curves import chance
from playbooks.demo.voices import Told

LATEST, EARLIEST = 10, 120  # days ago
YOUNGEST = 13  # months: before that nothing was renewed yet
CHURNED_AFTER = 48  # days ago the last day of who left
CONTRACTED, EXPANDED, RENEWED = "contracted", "expanded", "renewed"
LIKELY = {
    "decline": (CONTRACTED, 0.7), "shelfware": (CONTRACTED, 0.8), "silent": (CONTRACTED, 0.6),
    "cooling": (CONTRACTED, 0.15), "growth": (EXPANDED, 0.8), "overuse": (EXPANDED, 0.7),
    "scanning": (EXPANDED, 0.4), "steady": (EXPANDED, 0.2), "recovered": (CONTRACTED, 0.5),
}  # fmt: skip
"""By story what an account did, and how likely; the others renewed as they were."""
BEFORE = {CONTRACTED: Decimal("1.35"), EXPANDED: Decimal("0.8"), RENEWED: Decimal(1)}
"""What an account paid before, of what it pays now."""
CENT = Decimal("0.01")


def outcomes(customer: Customer, *, now: datetime) -> Iterator[Told]:
    """The renewal of the last months, of who was there for long enough."""
    key, story = customer.external_id, customer.plot.story
    arr = sum((Decimal(row["arr"]) for row in customer.subscriptions), Decimal(0))
    if story == "churned":
        on = (now - timedelta(days=CHURNED_AFTER)).date()
        yield _told(key, "churned", on=on, before=arr, after=Decimal(0))
    elif customer.plot.age >= YOUNGEST:
        ago = LATEST + int((EARLIEST - LATEST) * chance(f"{key}:renewed"))
        other, likely = LIKELY.get(story, (RENEWED, 1.0))
        kind = other if chance(f"{key}:outcome") < likely else RENEWED
        before = (arr * BEFORE[kind]).quantize(CENT)
        yield _told(key, kind, on=(now - timedelta(days=ago)).date(), before=before, after=arr)


def _told(key: str, kind: str, *, on: object, before: Decimal, after: Decimal) -> Told:
    return {
        "external_id": f"RENEWAL-{key}",
        "account": key,
        "kind": kind,
        "occurred_on": on,
        "arr_before": before,
        "arr_after": after,
    }
