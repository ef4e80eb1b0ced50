"""Moving the day a call to action is due, its open tasks along with it, and taking that back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from playbooks.errors import DueThen, MoveOutdated, TooFarAway
from playbooks.models import CallToAction, CTAEvent, Task
from playbooks.services.ctas.changes import OPEN, Kind, change, log, workable_cta


@transaction.atomic
def reschedule(
    *,
    cta_id: int,
    due_on: date,
    reason: str = "",
    move_tasks: bool = True,
    by: User,
    now: datetime,
) -> CallToAction:
    """Move the day a live CTA is due, and its open tasks by as many days; it keeps its first day.

    Raises DueThen where it is due on that day already, TooFarAway, and CTAChanged.
    """
    cta = workable_cta(cta_id, by)
    was = cta.due_on
    if due_on == was:
        raise DueThen
    change(cta, while_in=OPEN, seen={"due_on": was}, due_on=due_on)
    moved = _shift_open_tasks(cta, due_on - was) if move_tasks else []
    detail = {"from": was.isoformat(), "to": due_on.isoformat(), "tasks": moved}
    log(cta, Kind.RESCHEDULED, by=by, now=now, text=reason.strip(), detail=detail)
    return cta


@transaction.atomic
def undo_reschedule(*, cta_id: int, event_id: int, by: User, now: datetime) -> CallToAction:
    """Take back what one move did, the CTA's day and those of the tasks that went with it.

    Raises MoveOutdated where anything of it has changed since or where that event moved nothing of
    this CTA, and CTAChanged.
    """
    cta = workable_cta(cta_id, by)
    event = cta.events.filter(pk=event_id, kind=Kind.RESCHEDULED).first()
    if event is None:
        raise MoveOutdated
    before, after = (date.fromisoformat(event.detail[end]) for end in ("from", "to"))
    if cta.is_live and cta.due_on != after:
        raise MoveOutdated
    change(cta, while_in=OPEN, seen={"due_on": after}, due_on=before)
    if cta.events.filter(kind__in=CTAEvent.MOVES, pk__gt=event.pk).exists():
        raise MoveOutdated
    _put_back(cta, event.detail["tasks"])
    detail = {"event": event.pk, "from": after.isoformat(), "to": before.isoformat()}
    log(cta, Kind.RESCHEDULE_UNDONE, by=by, now=now, detail=detail)
    return cta


def _shift_open_tasks(cta: CallToAction, by: timedelta) -> list[dict[str, Any]]:
    """Move the open tasks by so many days and return what moved from when to when.

    The UPDATE of the CTA came before: nobody ticks a task of it meanwhile.
    """
    tasks = list(cta.tasks.filter(done_at=None))
    moved = []
    for task in tasks:
        was, task.due_on = task.due_on, _day_after(task.due_on, by)
        moved.append({"id": task.pk, "from": was.isoformat(), "to": task.due_on.isoformat()})
    Task.objects.bulk_update(tasks, ["due_on"])
    return moved


def _day_after(day: date, time: timedelta) -> date:
    try:
        return day + time
    except OverflowError as beyond:  # before the year 1 or after the year 9999
        raise TooFarAway from beyond


def _put_back(cta: CallToAction, moved: Sequence[dict[str, Any]]) -> None:
    tasks = cta.tasks.filter(done_at=None).in_bulk([each["id"] for each in moved])
    for each in moved:
        task = tasks.get(each["id"])
        if task is None or task.due_on != date.fromisoformat(each["to"]):
            raise MoveOutdated
        task.due_on = date.fromisoformat(each["from"])
    Task.objects.bulk_update(tasks.values(), ["due_on"])
