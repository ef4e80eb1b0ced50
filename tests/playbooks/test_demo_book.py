"""The pure parts of the demo: the same each time, and in the right order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from playbooks.demo import book, cast, nights, stories
from playbooks.demo.curves import at, dip, fall
from playbooks.demo.goals import ambitions
from playbooks.demo.renewals import outcomes
from playbooks.demo.talks import talks
from playbooks.demo.voices import answers, cases
from playbooks.demo.work import SATURDAY, Do, Subject, acts, timed
from tests.factories import NOW

SEED = 7


def test_a_whole_book_has_at_least_sixty_accounts_with_ids_and_names_of_their_own() -> None:
    customers = book.build(now=NOW, seed=SEED)
    assert len(customers) >= 60
    assert len({each.external_id for each in customers}) == len(customers)
    assert len({each.company.slug for each in customers}) == len(customers)


def test_a_small_book_has_each_story() -> None:
    customers = book.build(now=NOW, seed=SEED, most_per_story=1)
    assert {each.plot.story for each in customers} == {story(0).story for story in stories.STORIES}


def test_there_is_a_company_for_each_part() -> None:
    assert len(stories.plots()) <= len(cast.COMPANIES)


def test_the_same_seed_gives_the_same_payloads() -> None:
    once, again = (sent(SEED), sent(SEED))
    assert once == again


def test_another_seed_gives_other_payloads() -> None:
    assert sent(SEED) != sent(SEED + 1)


def sent(seed: int) -> list[object]:
    customers = book.build(now=NOW, seed=seed, most_per_story=1)
    week = timedelta(days=7)
    return list(book.payloads(customers, after=NOW - week, until=NOW, now=NOW))


def test_no_two_instances_share_an_identity_but_clones() -> None:
    units = [unit for each in book.build(now=NOW, seed=SEED) for unit in each.units]
    senders = [(u.sender.uuid, u.sender.hostname, u.sender.namespace_id) for u in units]
    assert len(set(senders)) == len(senders)


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(NOW, id="in the middle of a month"),
        pytest.param(datetime(2026, 3, 1, 0, 5, tzinfo=UTC), id="minutes after a month began"),
        pytest.param(datetime(2024, 2, 29, 23, 59, tzinfo=UTC), id="leap day"),
    ],
)
def test_nights_ascend_to_now(now: datetime) -> None:
    found = nights.nights(now)
    assert found == sorted(set(found))
    assert found[-1] == now
    assert found[0] > nights.start(now)


def test_curves_stay_level_outside_their_frames() -> None:
    curve = fall(60, 10, when=-2, over=1)
    assert [at(curve, months) for months in (-9, -2, 0)] == [60, 35, 10]


def test_a_dip_comes_back() -> None:
    curve = dip(60, 10, when=-4, width=2)
    assert [at(curve, months) for months in (-6, -4, -2)] == [60, 10, 60]


@pytest.mark.parametrize("number", range(40))
def test_people_work_on_working_days_and_one_thing_after_the_other(number: int) -> None:
    subject = Subject(f"cta {number}", "risk", "ci", "cooling")
    planned = acts(subject, seed=SEED)
    moments = [moment for moment, _ in timed(planned, opened_at=NOW, key=subject.key)]
    assert moments == sorted(set(moments))
    assert min(moments) > NOW
    assert all(moment.weekday() < SATURDAY for moment in moments)


@pytest.mark.parametrize("number", range(40))
def test_everything_is_closed_in_the_end_with_a_text(number: int) -> None:
    last = acts(Subject(f"cta {number}", "lifecycle", "", "steady"), seed=SEED)[-1]
    assert last.do is Do.CLOSE
    assert last.text


def test_people_talk_to_customers_of_a_csm_in_working_hours_and_not_before_they_were_won() -> None:
    customers = book.build(now=NOW, seed=SEED)
    for customer in customers:
        for talk in talks(customer, now=NOW):
            moment = talk.moment(NOW, customer.external_id)
            assert customer.csm is not None
            assert moment.weekday() < SATURDAY
            assert moment.date() >= customer.customer_since.date()


def test_each_customer_with_a_csm_was_talked_to_and_judged() -> None:
    for customer in book.build(now=NOW, seed=SEED, most_per_story=1):
        told = list(talks(customer, now=NOW))
        assert bool(told) is (customer.csm is not None)
        assert not told or any(talk.sentiment for talk in told)


def test_plans_are_of_customers_with_a_csm_and_begun_since_they_are_customers() -> None:
    for customer in book.build(now=NOW, seed=SEED):
        for plan in ambitions(customer, now=NOW):
            assert customer.csm is not None
            assert customer.customer_since <= plan.starts_at(NOW) < NOW
            assert plan.goals


@pytest.mark.parametrize("told", [cases, answers])
def test_the_same_day_tells_the_same_voices(told: Callable[..., Iterator[object]]) -> None:
    customers = book.build(now=NOW, seed=SEED)
    once, again = ([list(told(each, now=NOW)) for each in customers] for _ in range(2))
    assert once == again
    assert any(once)


def test_customers_renewed_in_the_last_months_as_their_story_lets_expect() -> None:
    customers = book.build(now=NOW, seed=SEED)
    told = {each.external_id: list(outcomes(each, now=NOW)) for each in customers}
    found = [row for rows in told.values() for row in rows]
    assert {row["kind"] for row in found} == {"renewed", "expanded", "contracted", "churned"}
    assert all(row["occurred_on"] < NOW.date() for row in found)  # type: ignore[operator]
    young = [each for each in customers if each.plot.age < 13]
    assert young
    assert all(not told[each.external_id] for each in young)
