"""What a queue holds, in which order, and what it says of the accounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from accounts import formats
from accounts.keyset import FIRST, Asked
from accounts.models import Account, User
from playbooks.models import CallToAction
from playbooks.queries import queue as queries
from playbooks.queries.queue import NextUp, Queue, QueueFilter, When, Who
from playbooks.queries.queue_filter import group_title
from playbooks.services import queue_order
from tests.factories import (
    TODAY,
    make_account,
    make_cta,
    make_score_card,
    make_subscription,
    make_task,
)

if TYPE_CHECKING:
    from playbooks.queries.queue import DescribedCTA

MINE = QueueFilter()


def found(user: User, chosen: QueueFilter, now: datetime) -> list[DescribedCTA]:
    return Queue(user, chosen.who, now).page(chosen).object_list


def test_an_accounts_weight_is_what_runs_today(account: Account, csm: User, now: datetime) -> None:
    make_subscription(account=account, arr=300_000, end_date=date(2027, 6, 30))
    make_subscription(account=account, arr=112_000, end_date=date(2027, 1, 13))
    make_subscription(account=account, arr=5, end_date=TODAY - timedelta(days=1))
    make_subscription(account=account, arr=7, start_date=TODAY + timedelta(days=1))
    make_cta(account=account)
    cta = found(csm, MINE, now)[0]
    assert (cta.arr, cta.renewal_on) == (Decimal(412_000), date(2027, 1, 13))


def test_an_account_without_subscriptions_weighs_nothing(
    account: Account, csm: User, now: datetime
) -> None:
    make_cta(account=account)
    cta = found(csm, MINE, now)[0]
    assert (cta.arr, cta.renewal_on) == (Decimal(0), None)
    assert (cta.health_score, cta.health_color) == (None, None)


def test_health_is_the_newest_known_score(account: Account, csm: User, now: datetime) -> None:
    september = datetime(2026, 9, 28, tzinfo=UTC)
    make_score_card(
        account=account, period=date(2026, 9, 1), score=82, newest_recorded_at=september
    )
    make_score_card(account=account, period=date(2026, 10, 1), score=44)
    make_score_card(account=account, period=date(2026, 11, 1), score=None, newest_recorded_at=None)
    make_cta(account=account)
    cta = found(csm, MINE, now)[0]
    assert (cta.health_score, cta.health_color) == (44, "Red")


def test_health_older_than_sixty_days_is_not_known(
    account: Account, csm: User, now: datetime
) -> None:
    make_score_card(account=account, newest_recorded_at=now - timedelta(days=61))
    make_cta(account=account)
    assert found(csm, MINE, now)[0].health_score is None


def test_tasks_are_counted(account: Account, csm: User, now: datetime) -> None:
    cta = make_cta(account=account)
    make_task(cta=cta, position=1, done_at=now)
    make_task(cta=cta, position=2)
    counted = found(csm, MINE, now)[0]
    assert (counted.done_count, counted.task_count) == (1, 2)


def test_the_snoozed_and_the_closed_are_not_in_the_queue(
    account: Account, csm: User, now: datetime
) -> None:
    awake = make_cta(account=account)
    wakes_today = make_cta(account=account, snoozed_until=TODAY - timedelta(days=1))
    snoozed = make_cta(account=account, snoozed_until=TODAY)
    make_cta(account=account, status=CallToAction.Status.SUCCESS)
    assert found(csm, MINE, now) == [awake, wakes_today]
    assert found(csm, QueueFilter(when=When.SNOOZED), now) == [snoozed]


@pytest.mark.parametrize(
    ("when", "days"),
    [(When.ANY, [-1, 0, 6, 7]), (When.LATE, [-1]), (When.TODAY, [0]), (When.WEEK, [0, 6])],
)
def test_by_due_date(
    account: Account, csm: User, now: datetime, when: str, days: list[int]
) -> None:
    for each in (-1, 0, 6, 7):  # today is a Monday
        make_cta(account=account, due_on=TODAY + timedelta(days=each))
    due = [cta.due_on - TODAY for cta in found(csm, QueueFilter(when=when), now)]
    assert due == [timedelta(days=each) for each in days]


@pytest.mark.parametrize(
    "chosen",
    [
        QueueFilter(type="expansion"),
        QueueFilter(priority=1),
        QueueFilter(component="security"),
        QueueFilter(search="juniper"),
        QueueFilter(search="wanted tit"),
        QueueFilter(reason="Seats grew"),
        QueueFilter(segment="Banks"),
        QueueFilter(type="expansion", priority=1, component="security", search="BANK"),
    ],
)
def test_by_what_it_is_about(
    account: Account, csm: User, now: datetime, chosen: QueueFilter
) -> None:
    make_cta(account=account)
    bank = make_account(name="Juniper Bank", csm=csm, segment="Banks")
    wanted = make_cta(
        account=bank,
        title="The wanted title",
        type="expansion",
        priority=1,
        component="security",
        reason="Seats grew",
    )
    assert found(csm, chosen, now) == [wanted]


def test_whose_queue(
    account: Account, csm: User, teammate: User, stranger: User, manager: User, now: datetime
) -> None:
    own = make_cta(account=account)
    make_cta(account=make_account(csm=teammate))
    nobodys = make_cta(account=account, owner=None)
    make_cta(account=make_account(csm=stranger))

    def count(user: User, who: str) -> int:
        return len(found(user, QueueFilter(who=who), now))

    assert found(csm, MINE, now) == [own, nobodys]
    assert [count(csm, who) for who in Who.values] == [2, 3, 3]
    assert [count(manager, who) for who in Who.values] == [0, 3, 3]
    assert [count(stranger, who) for who in Who.values] == [1, 1, 1]


OWNERS: dict[str, tuple[dict[str, Any], bool]] = {
    "left": ({"is_active": False}, True),
    "became a viewer": ({"role": User.Role.VIEWER}, True),
    "a service": ({"role": User.Role.SERVICE}, True),
    "went to another team": ({"team": None}, True),
    "a teammate": ({}, False),
    "an admin elsewhere": ({"role": User.Role.ADMIN, "team": None}, False),
    "a flag of Django's, elsewhere": ({"is_superuser": True, "team": None}, True),
}


@pytest.mark.parametrize(("changed", "falls_back"), OWNERS.values(), ids=OWNERS)
def test_what_its_owner_cannot_work_falls_to_the_accounts_csm_and_team(
    csm: User, manager: User, teammate: User, now: datetime, changed: Any, *, falls_back: bool
) -> None:
    cta = make_cta(account=make_account(csm=csm, team=None), owner=teammate)
    for name, value in changed.items():
        setattr(teammate, name, value)
    teammate.save()
    assert found(csm, MINE, now) == ([cta] if falls_back else [])
    in_team = falls_back or teammate.team_id == csm.team_id
    assert found(manager, QueueFilter(who=Who.TEAM), now) == ([cta] if in_team else [])
    assert found(csm, QueueFilter(who=Who.ALL), now)[0].is_worked is not falls_back


def test_the_new_csm_of_an_account_finds_what_the_old_one_left(
    account: Account, csm: User, stranger: User, now: datetime
) -> None:
    left = make_cta(account=account, owner=csm)
    account.csm, account.team = stranger, stranger.team
    account.save()
    assert found(stranger, MINE, now) == [left]
    assert found(stranger, QueueFilter(who=Who.TEAM), now) == [left]
    assert Queue(stranger, MINE.who, now).counts(MINE).open == 1
    assert found(csm, MINE, now) == []


def test_who_sees_all_sees_all(
    account: Account, stranger: User, viewer: User, now: datetime
) -> None:
    make_cta(account=account)
    make_cta(account=make_account(csm=stranger))
    assert len(found(viewer, QueueFilter(who=Who.ALL), now)) == 2
    assert found(viewer, QueueFilter(who=Who.TEAM), now) == []


def test_chips_count_what_they_would_show(account: Account, csm: User, now: datetime) -> None:
    make_cta(account=account, due_on=TODAY - timedelta(days=1))
    make_cta(account=account, type="expansion")
    make_cta(account=account, type="expansion", snoozed_until=TODAY + timedelta(days=2))
    make_cta(account=account, snoozed_until=TODAY - timedelta(days=1))
    for type_ in ("", "risk", "expansion"):
        for when in When.values:
            chosen = QueueFilter(type=type_, when=when)
            counts = Queue(csm, chosen.who, now).counts(chosen)
            for chip in When.values:
                shown = found(csm, replace(chosen, when=chip), now)
                assert counts.when[chip] == len(shown)
            for chip in ("risk", "expansion", "renewal"):
                assert counts.types[chip] == len(found(csm, replace(chosen, type=chip), now))
    assert (counts.open, counts.late, counts.this_week, counts.wake_today) == (3, 1, 2, 1)


def test_components_are_those_of_the_queue(account: Account, csm: User, now: datetime) -> None:
    make_score_card(account=account)  # with its edition come codes and names
    make_cta(account=account, component="ci")
    make_cta(account=account, component="")
    make_cta(account=account, component="security", status=CallToAction.Status.SUCCESS)
    assert Queue(csm, Who.MINE, now).components() == [("ci", "CI")]


@pytest.mark.parametrize("rows", [3, 30])
def test_a_queue_costs_five_queries(
    csm: User, now: datetime, rows: int, django_assert_num_queries
) -> None:
    for _ in range(rows):
        account = make_account(csm=csm)
        make_subscription(account=account)
        make_task(cta=make_cta(account=account))
    with django_assert_num_queries(5):
        names = {
            (cta.account.name, cta.owner.email if cta.owner else "", cta.arr)
            for cta in found(csm, MINE, now)
        }
    assert len(names) == rows


@pytest.mark.parametrize("who", [Who.MINE, Who.ALL])
@pytest.mark.parametrize(
    ("group", "titles"),
    [
        ("due", ["Overdue", "Due today", "Back today", "Later this week", "After this week"]),
        ("account", ["Ash", "Oak"]),
        ("type", ["Expansion", "Risk"]),
    ],
)
def test_grouped_over_pages(
    csm: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    who: str,
    group: str,
    titles: list[str],
) -> None:
    monkeypatch.setattr(queries, "PAGE", 3)
    for name in ("Oak", "Ash"):
        account = make_account(csm=csm, name=name)
        for days in (9, 0, -1, 4):
            make_cta(account=account, due_on=TODAY + timedelta(days=days), type="risk")
        make_cta(account=account, woke_on=TODAY, due_on=TODAY + timedelta(days=4), owner=None)
        make_cta(account=account, type="expansion", priority=1)
    queue_order.rank_all(now=now)
    queue, chosen = Queue(csm, who, now), QueueFilter(who=who, group=group)
    shown, place = [], FIRST
    while True:
        page = queue.page(chosen, place)
        shown += [
            (group_title(cta, group, TODAY, TODAY), cta.queue_rank, cta.due_on, cta.pk)
            for cta in page.object_list
        ]
        if not page.next:
            break
        place = Asked(after=page.next)
    assert len(shown) == 12
    assert shown == sorted(shown, key=lambda row: (titles.index(row[0]), *row[1:]))
    counts = queue.group_counts(chosen)
    assert sum(counts.values()) == 12
    assert len(counts) == len(titles)


def is_too_long(who: str, csm: User, now: datetime) -> bool:
    queue, chosen = Queue(csm, who, now), QueueFilter(who=who)
    return queue.is_too_long_to_group(chosen, queue.counts(chosen))


def test_everyones_is_too_long_to_group_where_it_is_not_counted_whole(
    account: Account, csm: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "MOST_COUNTED", 1)
    make_cta(account=account)
    assert not is_too_long(Who.ALL, csm, now)
    make_cta(account=account)
    assert is_too_long(Who.ALL, csm, now)


def test_ones_own_is_never_too_long_to_group(
    account: Account, csm: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "MOST_COUNTED", 1)
    for _ in range(3):
        make_cta(account=account)
    assert not is_too_long(Who.MINE, csm, now)


def test_an_empty_queue_knows_what_is_next(
    account: Account, csm: User, teammate: User, now: datetime
) -> None:
    queue = Queue(csm, Who.MINE, now)
    assert queue.next_up(MINE) == NextUp(None, 0)
    make_cta(account=account, snoozed_until=TODAY + timedelta(days=2))
    make_cta(account=account, snoozed_until=TODAY + timedelta(days=5))
    make_cta(account=make_account(csm=teammate), due_on=TODAY - timedelta(days=1))
    assert queue.next_up(MINE) == NextUp(TODAY + timedelta(days=3), 1)
