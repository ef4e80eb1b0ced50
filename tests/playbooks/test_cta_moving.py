"""Moving the due date of a call to action, its tasks along with it, and taking that back."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from accounts.models import Account, User
from playbooks.errors import CTAChanged, DueThen, MoveOutdated, TooFarAway
from playbooks.models import CallToAction, CTAEvent, Task
from playbooks.services import ctas
from tests.factories import TODAY, make_cta, make_task

DUE = TODAY + timedelta(days=4)
A_WEEK = timedelta(days=7)


@pytest.fixture
def cta(account: Account) -> CallToAction:
    return make_cta(account=account, due_on=DUE)


def move(
    cta: CallToAction, due_on: date, by: User, now: datetime, *, move_tasks: bool = True
) -> CTAEvent:
    ctas.reschedule(cta_id=cta.pk, due_on=due_on, move_tasks=move_tasks, by=by, now=now)
    return cta.events.filter(kind=CTAEvent.Kind.RESCHEDULED).latest("pk")


def undo(cta: CallToAction, event: CTAEvent, by: User, now: datetime) -> CallToAction:
    return ctas.undo_reschedule(cta_id=cta.pk, event_id=event.pk, by=by, now=now)


def test_a_move_keeps_the_first_day_and_says_by_how_much(
    cta: CallToAction, csm: User, now: datetime
) -> None:
    moved = ctas.reschedule(cta_id=cta.pk, due_on=DUE + A_WEEK, reason=" Away ", by=csm, now=now)
    assert (moved.due_on, moved.original_due_on, moved.variance_days) == (DUE + A_WEEK, DUE, 7)
    event = cta.events.get()
    assert (event.kind, event.text, event.actor) == ("rescheduled", "Away", csm)
    assert event.detail == {"from": "2026-11-20", "to": "2026-11-27", "tasks": []}


def test_open_tasks_move_by_as_many_days(cta: CallToAction, csm: User, now: datetime) -> None:
    still_open = make_task(cta=cta, due_on=TODAY)
    done = make_task(cta=cta, due_on=TODAY, done_at=now, done_by=csm)
    event = move(cta, DUE - timedelta(days=2), csm, now)
    earlier = TODAY - timedelta(days=2)
    assert dict(Task.objects.values_list("pk", "due_on")) == {
        still_open.pk: earlier,
        done.pk: TODAY,
    }
    assert event.detail["tasks"] == [
        {"id": still_open.pk, "from": "2026-11-16", "to": "2026-11-14"}
    ]


def test_tasks_stay_where_that_is_chosen(cta: CallToAction, csm: User, now: datetime) -> None:
    task = make_task(cta=cta, due_on=TODAY)
    event = move(cta, DUE + A_WEEK, csm, now, move_tasks=False)
    task.refresh_from_db()
    assert (task.due_on, event.detail["tasks"]) == (TODAY, [])


def test_moving_to_the_day_it_is_due_is_refused(
    cta: CallToAction, csm: User, now: datetime
) -> None:
    with pytest.raises(DueThen):
        move(cta, DUE, csm, now)


def test_where_a_task_cannot_follow_nothing_moves(
    cta: CallToAction, csm: User, now: datetime
) -> None:
    make_task(cta=cta, due_on=DUE + A_WEEK)
    with pytest.raises(TooFarAway):
        move(cta, date.max, csm, now)
    cta.refresh_from_db()
    assert cta.due_on == DUE


def test_a_closed_one_does_not_move(account: Account, csm: User, now: datetime) -> None:
    closed = make_cta(account=account, status="success")
    with pytest.raises(CTAChanged, match="Success"):
        move(closed, DUE + A_WEEK, csm, now)


def test_undo_puts_back_exactly_what_moved(cta: CallToAction, csm: User, now: datetime) -> None:
    moved = make_task(cta=cta, due_on=TODAY)
    event = move(cta, DUE + A_WEEK, csm, now)
    added_since = make_task(cta=cta, due_on=TODAY)
    back = undo(cta, event, csm, now)
    assert (back.due_on, back.variance_days) == (DUE, 0)
    assert dict(Task.objects.values_list("pk", "due_on")) == {
        moved.pk: TODAY,
        added_since.pk: TODAY,
    }
    undone = cta.events.latest("pk")
    assert (undone.kind, undone.detail["event"]) == ("reschedule_undone", event.pk)


def test_a_move_is_undone_once(cta: CallToAction, csm: User, now: datetime) -> None:
    event = move(cta, DUE + A_WEEK, csm, now)
    undo(cta, event, csm, now)
    with pytest.raises(MoveOutdated):
        undo(cta, event, csm, now)


def test_a_move_before_the_last_one_is_not_undone(
    cta: CallToAction, csm: User, now: datetime
) -> None:
    first = move(cta, DUE + A_WEEK, csm, now)
    move(cta, DUE, csm, now)
    move(cta, DUE + A_WEEK, csm, now)  # the same day again, by another move
    with pytest.raises(MoveOutdated):
        undo(cta, first, csm, now)
    cta.refresh_from_db()
    assert cta.due_on == DUE + A_WEEK


@pytest.mark.parametrize(
    "changed", [{"due_on": TODAY}, {"done_at": datetime(2026, 11, 16, 9).astimezone()}]
)
def test_a_task_that_changed_since_stops_the_undo(
    cta: CallToAction, csm: User, now: datetime, changed: dict[str, object]
) -> None:
    task = make_task(cta=cta, due_on=TODAY)
    event = move(cta, DUE + A_WEEK, csm, now)
    Task.objects.filter(pk=task.pk).update(**changed)
    with pytest.raises(MoveOutdated):
        undo(cta, event, csm, now)
    cta.refresh_from_db()
    assert cta.due_on == DUE + A_WEEK


def test_another_ones_move_is_not_undone(
    cta: CallToAction, account: Account, csm: User, now: datetime
) -> None:
    event = move(cta, DUE + A_WEEK, csm, now)
    other = make_cta(account=account, due_on=DUE + A_WEEK)
    with pytest.raises(MoveOutdated):
        undo(other, event, csm, now)


def test_after_closing_nothing_is_undone(cta: CallToAction, csm: User, now: datetime) -> None:
    event = move(cta, DUE + A_WEEK, csm, now)
    ctas.close_cta(cta_id=cta.pk, status="already_solved", by=csm, now=now)
    with pytest.raises(CTAChanged, match="Already solved"):
        undo(cta, event, csm, now)
