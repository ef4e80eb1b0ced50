"""Starting the work, ticking tasks, writing comments."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.queries.people import ids_of_mentioned
from playbooks.errors import CommentNeeded, TaskChanged
from playbooks.models import CallToAction, CTAEvent, Task
from playbooks.queries.owners import first_owner
from playbooks.services.ctas.changes import (
    Kind,
    Status,
    change,
    keep_in_progress,
    log,
    workable_cta,
    workable_task,
)


@transaction.atomic
def start_work(*, cta_id: int, by: User, now: datetime) -> CallToAction:
    """Move a new CTA to work in progress; one without an owner becomes the person's own."""
    cta = workable_cta(cta_id, by)
    owner = cta.owner or first_owner(cta.account, by)
    change(cta, while_in={Status.NEW}, status=Status.IN_PROGRESS, owner=owner)
    log(cta, Kind.STARTED, by=by, now=now)
    return cta


@transaction.atomic
def complete_task(*, task_id: int, by: User, now: datetime) -> Task:
    """Tick a task; the first one ticked starts the work on its CTA. Raises TaskChanged."""
    task = workable_task(task_id, by)
    keep_in_progress(task.cta, by=by, now=now)
    if not Task.objects.filter(pk=task.pk, done_at=None).update(done_at=now, done_by=by):
        raise TaskChanged(task.pk, "done")
    log(task.cta, Kind.TASK_DONE, by=by, now=now, text=task.title, detail={"task": task.pk})
    task.refresh_from_db(fields=["done_at", "done_by"])
    return task


@transaction.atomic
def reopen_task(*, task_id: int, by: User, now: datetime) -> Task:
    """Take the tick of a task away again. Raises TaskChanged."""
    task = workable_task(task_id, by)
    keep_in_progress(task.cta, by=by, now=now)
    done = Task.objects.filter(pk=task.pk, done_at__isnull=False)
    if not done.update(done_at=None, done_by=None):
        raise TaskChanged(task.pk, "open")
    log(task.cta, Kind.TASK_REOPENED, by=by, now=now, text=task.title, detail={"task": task.pk})
    task.refresh_from_db(fields=["done_at", "done_by"])
    return task


@transaction.atomic
def comment(*, cta_id: int, text: str, by: User, now: datetime) -> CTAEvent:
    """Write something down on a CTA, open or closed; its event names who is mentioned in it."""
    cta = workable_cta(cta_id, by)
    if not text.strip():
        raise CommentNeeded("comment")
    detail = {"mentions": ids_of_mentioned(text, cta.account)}
    return log(cta, Kind.COMMENTED, by=by, now=now, text=text.strip(), detail=detail)
