"""The life of a call to action: one function per transition, each with its event."""

from __future__ import annotations

from playbooks.services.ctas.changes import CLOSED, OPEN
from playbooks.services.ctas.closing import (
    CLOSING_STATUSES,
    COMMENTED_STATUSES,
    close_cta,
    reopen_cta,
)
from playbooks.services.ctas.linking import NewLink, link_cta, unlink_cta
from playbooks.services.ctas.marking import assess_risk, mark_important
from playbooks.services.ctas.moving import reschedule, undo_reschedule
from playbooks.services.ctas.opening import NewCTA, apply_playbook, open_cta, plan_tasks
from playbooks.services.ctas.owning import TasksToo, reassign
from playbooks.services.ctas.snoozing import snooze, wake, wake_snoozed
from playbooks.services.ctas.working import comment, complete_task, reopen_task, start_work

__all__ = [
    "CLOSED",
    "CLOSING_STATUSES",
    "COMMENTED_STATUSES",
    "OPEN",
    "NewCTA",
    "NewLink",
    "TasksToo",
    "apply_playbook",
    "assess_risk",
    "close_cta",
    "comment",
    "complete_task",
    "link_cta",
    "mark_important",
    "open_cta",
    "plan_tasks",
    "reassign",
    "reopen_cta",
    "reopen_task",
    "reschedule",
    "snooze",
    "start_work",
    "undo_reschedule",
    "unlink_cta",
    "wake",
    "wake_snoozed",
]
