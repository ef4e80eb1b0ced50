"""Who uses the seats of an account."""

from __future__ import annotations

from typing import Any

import pytest

from tests import factories
from usage.models import ScoreCard
from usage.queries.coverage import SeatUse, seats_in_use, total_use
from usage.services import editions

pytestmark = pytest.mark.django_db


def row(subscription: str, *measures: list[Any], primary: bool = True) -> dict[str, Any]:
    return {"subscription": subscription, "primary": primary, "measures": list(measures)}


def card_of(*rows: dict[str, Any]) -> ScoreCard:
    return ScoreCard(evidence={"rows": list(rows)})


def test_seat_use_is_read_from_the_primary_instances() -> None:
    edition = editions.load(factories.make_edition().pk)
    card = card_of(
        row("S-1", [71, 100, 0.71, "G"]),
        row("S-2", [None, 50, None, "N"]),
        row("S-3", [9, 10, 0.9, "G"], primary=False),
        row("S-4"),
    )
    assert seats_in_use(card, edition) == {"S-1": SeatUse(71, 100)}


def test_no_card_or_edition_knows_no_seat_use() -> None:
    edition = editions.load(factories.make_edition().pk)
    assert seats_in_use(None, edition) == {}
    assert seats_in_use(card_of(), None) == {}


def test_an_edition_that_divides_by_no_seats_knows_no_seat_use() -> None:
    draft = factories.make_edition(published=False)
    draft.use_cases.filter(code="license_utilization").delete()
    edition = editions.load(draft.pk)
    assert seats_in_use(card_of(row("S-1", [1, 2, 0.5, "G"])), edition) == {}


def test_use_of_all_subscriptions_is_summed() -> None:
    total = total_use([SeatUse(71, 100), SeatUse(9, 100)])
    assert total is not None
    assert total.share == 0.4
    assert total_use([]) is None
    assert SeatUse(3, 0).share is None
