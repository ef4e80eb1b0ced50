"""Renewals as subscriptions and their former states tell them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from accounts.renewals import Renewal, State, Term, renewals, terms_of

TODAY = date(2026, 11, 16)
END = date(2026, 6, 30)


def state(end: date | None, arr: int = 100, start: date = date(2025, 7, 1)) -> State:
    return State(1, start, end, Decimal(arr))


def term(start: date, end: date | None, arr: int = 100, subscription: int = 1) -> Term:
    return Term(subscription, start, end, Decimal(arr))


FIRST = term(date(2025, 7, 1), END)


def test_a_later_end_ends_one_term_and_begins_the_next() -> None:
    found = terms_of([state(END), state(date(2027, 6, 30), 150)])
    assert found == [FIRST, term(date(2026, 7, 1), date(2027, 6, 30), 150)]


def test_no_end_any_more_is_a_renewal_too() -> None:
    assert terms_of([state(END), state(None)])[-1] == term(date(2026, 7, 1), None)


def test_a_new_start_after_the_end_is_where_the_next_term_begins() -> None:
    found = terms_of([state(END), state(date(2027, 7, 9), start=date(2026, 7, 10))])
    assert found[-1].start == date(2026, 7, 10)


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        pytest.param(state(END, 80), term(FIRST.start, END, 80), id="another price"),
        pytest.param(
            state(date(2026, 1, 31)), term(FIRST.start, date(2026, 1, 31)), id="ended early"
        ),
        pytest.param(state(END), FIRST, id="the same again"),
    ],
)
def test_any_other_change_is_of_the_term_that_runs(later: State, expected: Term) -> None:
    assert terms_of([state(END), later]) == [expected]


def test_a_term_without_an_end_runs_on_at_its_new_price() -> None:
    assert terms_of([state(None), state(None, 90)]) == [term(FIRST.start, None, 90)]


def test_no_state_is_no_term() -> None:
    assert terms_of([]) == []


@pytest.mark.parametrize(
    ("others", "kind", "before", "after"),
    [
        pytest.param([], "churned", 100, 0, id="nothing follows"),
        pytest.param([term(date(2026, 7, 1), None)], "renewed", 100, 100, id="the same follows"),
        pytest.param([term(date(2026, 7, 20), None, 180)], "expanded", 100, 180, id="more follows, late"),
        pytest.param([term(date(2026, 6, 10), None, 40)], "contracted", 100, 40, id="less follows, early"),
        pytest.param([term(date(2026, 8, 10), None)], "churned", 100, 0, id="what begins long after is another matter"),
        pytest.param([term(date(2024, 1, 1), None, 50, 2)], "contracted", 150, 50, id="what runs on is left"),
        pytest.param([term(date(2026, 1, 1), END, 50, 2)], "churned", 150, 0, id="two end on a day"),
    ],
)  # fmt: skip
def test_what_an_end_means(others: list[Term], kind: str, before: int, after: int) -> None:
    (found,) = renewals([FIRST, *others], today=TODAY)
    assert (found.kind, found.before, found.after) == (kind, Decimal(before), Decimal(after))
    assert found.on == END


def test_the_subscription_is_told_where_one_ended_alone() -> None:
    other = term(date(2026, 1, 1), END, 50, 2)
    assert [r.subscription_id for r in renewals([FIRST], today=TODAY)] == [1]
    assert [r.subscription_id for r in renewals([FIRST, other], today=TODAY)] == [None]


def test_an_end_is_settled_when_the_grace_days_are_over() -> None:
    assert renewals([FIRST], today=date(2026, 7, 30)) == []
    assert len(renewals([FIRST], today=date(2026, 7, 31))) == 1
    assert len(renewals([FIRST], today=date(2026, 7, 8), grace_days=7)) == 1


def test_what_has_no_price_says_nothing() -> None:
    assert renewals([term(date(2025, 7, 1), END, 0)], today=TODAY) == []


def test_what_follows_one_end_follows_no_other() -> None:
    second = term(date(2025, 7, 1), date(2026, 7, 10), 70, 2)
    heir = term(date(2026, 7, 5), None, 100, 3)
    found = renewals([FIRST, second, heir], today=TODAY)
    assert [each.kind for each in found] == ["renewed", "contracted"]
    assert found[-1] == Renewal(date(2026, 7, 10), 2, Decimal(170), Decimal(100))


def test_the_order_of_terms_changes_nothing() -> None:
    terms = [FIRST, term(date(2026, 7, 1), None, 60), term(date(2024, 1, 1), None, 5, 2)]
    assert renewals(terms, today=TODAY) == renewals(terms[::-1], today=TODAY)
