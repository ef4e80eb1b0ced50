"""How much of an account reports, and who uses its seats."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Account
from tests import factories
from tests.factories import NOW
from usage.models import ScoreCard
from usage.queries.coverage import SeatUse, coverage, seats_in_use, total_use
from usage.services import editions

pytestmark = pytest.mark.django_db


def row(subscription: str, *measures: list[Any], primary: bool = True) -> dict[str, Any]:
    return {"subscription": subscription, "primary": primary, "measures": list(measures)}


def card_of(*rows: dict[str, Any]) -> ScoreCard:
    return ScoreCard(evidence={"rows": list(rows)})


def test_instances_that_count_and_report_come_first(account: Account) -> None:
    subscription = factories.make_subscription(account=account)
    recently = NOW - timedelta(days=2)
    unknown = factories.make_instance(subscription=subscription, kind="Unknown")
    silent = factories.make_instance(
        subscription=subscription, last_reported_at=NOW - timedelta(days=61)
    )
    reporting = factories.make_instance(subscription=subscription, last_reported_at=recently)
    opted_out = factories.make_instance(
        subscription=subscription, last_reported_at=recently, opted_out_of_health=True
    )
    found = coverage(account, arr_share=0.5, stale_after_days=60, now=NOW)
    assert [seen.instance for seen in found.instances] == [reporting, silent, opted_out, unknown]
    assert (found.reporting_count, found.silent_count, found.unknown_count) == (1, 1, 1)
    assert found.arr_share == 0.5


def test_without_an_edition_sixty_days_are_silence(account: Account) -> None:
    subscription = factories.make_subscription(account=account)
    factories.make_instance(subscription=subscription, last_reported_at=NOW - timedelta(days=61))
    found = coverage(account, arr_share=None, stale_after_days=None, now=NOW)
    assert found.silent_count == 1


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
