"""The pure parts of the demo: the same each time, and in the right order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from playbooks.demo import book, cast, nights, stories
from playbooks.demo.curves import at, dip, fall
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
