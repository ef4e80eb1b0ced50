"""Whose a call to action is."""

from __future__ import annotations

from datetime import datetime

from django.db import models, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from playbooks.models import CallToAction, Task
from playbooks.services.ctas.changes import (
    OPEN,
    Kind,
    change,
    log,
    refuse_unless_may_own,
    workable_cta,
)


class TasksToo(models.TextChoices):
    """Which open tasks go to the new owner of a call to action along with it."""

    OWNERS = "owners", _("those of the owner before")
    ALL = "all", _("all of them")
    NONE = "none", _("none")


@transaction.atomic
def reassign(
    *, cta_id: int, owner: User, tasks: str = TasksToo.OWNERS, by: User, now: datetime
) -> CallToAction:
    """Give a live CTA, with the open tasks that are chosen, to somebody who sees its account."""
    cta = workable_cta(cta_id, by)
    refuse_unless_may_own(owner, cta.account)
    previous = cta.owner
    change(cta, while_in=OPEN, seen={"owner": previous}, owner=owner)
    _open_tasks(cta, TasksToo(tasks), previous).update(owner=owner)
    detail = {"from": previous.pk if previous else None, "to": owner.pk, "tasks": str(tasks)}
    log(cta, Kind.REASSIGNED, by=by, now=now, text=f"To {owner}", detail=detail)
    return cta


def _open_tasks(cta: CallToAction, chosen: TasksToo, previous: User | None) -> QuerySet[Task]:
    still_open = cta.tasks.filter(done_at=None)
    if chosen is TasksToo.NONE:
        return still_open.none()
    return still_open if chosen is TasksToo.ALL else still_open.filter(owner=previous)
