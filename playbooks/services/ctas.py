"""The life of a call to action: one function per transition, each with its event.

A transition compares and sets in one UPDATE: of two people at once the first one wins, the other one
gets CTAChanged. That UPDATE comes first, so that the database lets one transaction at a time go on.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.access import Ability
from accounts.errors import RoleForbids
from accounts.models import Account, User
from playbooks.business_days import due_on, local_day
from playbooks.errors import (
    CommentNeeded,
    CTAChanged,
    LiveCTAExists,
    OwnerCannotWork,
    PlaybookAlreadyApplied,
    RequiredTasksOpen,
    SnoozeNotInFuture,
    StatusNotAllowed,
    TaskChanged,
)
from playbooks.models import CallToAction, CTAEvent, CTAType, PlaybookVersion, Priority, Step, Task
from playbooks.models.playbooks import DayKind
from playbooks.queries.owners import first_owner, may_own

Status = CallToAction.Status
Kind = CTAEvent.Kind

OPEN = frozenset(CallToAction.OPEN_STATUSES)
CLOSED = frozenset(Status) - OPEN
COMMENTED_STATUSES = frozenset({Status.NOT_RELEVANT})
"""Closing with one of these needs a comment: false alarms are measured, and read, per trigger."""

_ANY_TYPE = (
    Status.SUCCESS,
    Status.LOST_NOT_A_PRIORITY,
    Status.ALREADY_SOLVED,
    Status.NOT_RELEVANT,
    Status.LACK_OF_ENGAGEMENT,
)
CLOSING_STATUSES: dict[str, tuple[Status, ...]] = dict.fromkeys(CTAType.values, _ANY_TYPE) | {
    CTAType.LIFECYCLE: (*_ANY_TYPE, Status.NOT_NEEDED),
}
"""Which statuses close a CTA of a type, in the order a form shows them."""


@dataclass(frozen=True, kw_only=True)
class NewCTA:
    """What a person says of a CTA that is opened by hand. The same key twice opens one."""

    title: str
    type: str
    due_on: date
    summary: str = ""
    reason: str = ""
    priority: int = Priority.MEDIUM
    owner: User | None = None
    playbook_version: PlaybookVersion | None = None
    key: uuid.UUID = field(default_factory=uuid.uuid4)


# --- Opening ----------------------------------------------------------------------------------------


@transaction.atomic
def open_cta(*, account: Account, new: NewCTA, by: User, now: datetime) -> CallToAction:
    """Open a CTA by hand; its owner is who is named, else who opens it, else the account's CSM.

    Raises Account.DoesNotExist where the person does not see the account, and OwnerCannotWork.
    """
    _refuse_unless_worker(by)
    account = Account.objects.visible_to(by).get(pk=account.pk)
    if new.owner is not None:
        _refuse_unless_may_own(new.owner, account)
    cta, is_new = CallToAction.objects.get_or_create(
        dedupe_key=f"manual:{account.pk}:{new.key}",
        defaults={
            "account": account,
            "type": new.type,
            "reason": new.reason or "Opened by hand",
            "title": new.title,
            "summary": new.summary,
            "priority": new.priority,
            "owner": new.owner or first_owner(account, by),
            "opened_at": now,
            "due_on": new.due_on,
            "original_due_on": new.due_on,
        },
    )
    if is_new:
        _log(cta, Kind.OPENED, by=by, now=now, text=new.summary)
        if new.playbook_version is not None:
            apply_playbook(cta=cta, version=new.playbook_version, now=now)
    return cta


@transaction.atomic
def apply_playbook(*, cta: CallToAction, version: PlaybookVersion, now: datetime) -> list[Task]:
    """Pin a playbook's version to a CTA and make its tasks; raise PlaybookAlreadyApplied."""
    without = CallToAction.objects.filter(pk=cta.pk, playbook_version=None)
    if not without.update(playbook_version=version):
        raise PlaybookAlreadyApplied
    cta.refresh_from_db()
    start = local_day(now, cta.owner.time_zone if cta.owner else "UTC")
    tasks = plan_tasks(version.steps.all(), cta=cta, start=start, owner=cta.owner)
    return Task.objects.bulk_create(tasks)


def plan_tasks(
    steps: Iterable[Step], *, cta: CallToAction, start: date, owner: User | None
) -> list[Task]:
    """The tasks that the steps of a playbook make for a CTA, not saved. No query."""
    country = owner.country if owner else ""
    return [
        Task(
            cta=cta,
            account_id=cta.account_id,
            step=step,
            position=step.position,
            title=step.title,
            instructions=step.instructions,
            questions=step.questions,
            links=step.links,
            owner_id=_task_owner_id(step, owner),
            due_on=due_on(
                start,
                step.days_after_start,
                in_business_days=step.day_kind == DayKind.BUSINESS,
                country=country,
            ),
            is_required=step.is_required,
        )
        for step in steps
    ]


def _task_owner_id(step: Step, cta_owner: User | None) -> int | None:
    if step.owner_rule == Step.OwnerRule.NAMED_USER:
        return step.owner_id
    return cta_owner.pk if cta_owner else None


# --- Working ----------------------------------------------------------------------------------------


@transaction.atomic
def start_work(*, cta_id: int, by: User, now: datetime) -> CallToAction:
    """Move a new CTA to work in progress; one without an owner becomes the person's own."""
    cta = _workable(cta_id, by)
    owner = cta.owner or first_owner(cta.account, by)
    _change(cta, while_in={Status.NEW}, status=Status.IN_PROGRESS, owner=owner)
    _log(cta, Kind.STARTED, by=by, now=now)
    return cta


@transaction.atomic
def complete_task(*, task_id: int, by: User, now: datetime) -> Task:
    """Tick a task; the first one ticked starts the work on its CTA. Raises TaskChanged."""
    task = _workable_task(task_id, by)
    _keep_in_progress(task.cta, by=by, now=now)
    if not Task.objects.filter(pk=task.pk, done_at=None).update(done_at=now, done_by=by):
        raise TaskChanged(task.pk, "done")
    _log(task.cta, Kind.TASK_DONE, by=by, now=now, text=task.title, detail={"task": task.pk})
    task.refresh_from_db(fields=["done_at", "done_by"])
    return task


@transaction.atomic
def reopen_task(*, task_id: int, by: User, now: datetime) -> Task:
    """Take the tick of a task away again. Raises TaskChanged."""
    task = _workable_task(task_id, by)
    _keep_in_progress(task.cta, by=by, now=now)
    done = Task.objects.filter(pk=task.pk, done_at__isnull=False)
    if not done.update(done_at=None, done_by=None):
        raise TaskChanged(task.pk, "open")
    _log(task.cta, Kind.TASK_REOPENED, by=by, now=now, text=task.title, detail={"task": task.pk})
    task.refresh_from_db(fields=["done_at", "done_by"])
    return task


@transaction.atomic
def comment(*, cta_id: int, text: str, by: User, now: datetime) -> CTAEvent:
    """Write something down on a CTA, open or closed."""
    cta = _workable(cta_id, by)
    if not text.strip():
        raise CommentNeeded("comment")
    return _log(cta, Kind.COMMENTED, by=by, now=now, text=text.strip())


@transaction.atomic
def reassign(*, cta_id: int, owner: User, by: User, now: datetime) -> CallToAction:
    """Give a live CTA, with the open tasks of its owner, to somebody who sees its account."""
    cta = _workable(cta_id, by)
    _refuse_unless_may_own(owner, cta.account)
    previous = cta.owner
    _change(cta, while_in=OPEN, seen={"owner": previous}, owner=owner)
    cta.tasks.filter(done_at=None, owner=previous).update(owner=owner)
    detail = {"from": previous.pk if previous else None, "to": owner.pk}
    _log(cta, Kind.REASSIGNED, by=by, now=now, text=f"To {owner}", detail=detail)
    return cta


# --- Snoozing ---------------------------------------------------------------------------------------


@transaction.atomic
def snooze(*, cta_id: int, until: date, reason: str, by: User, now: datetime) -> CallToAction:
    """Take a live CTA out of the queue until a day; it stays live, so no other of its kind opens."""
    cta = _workable(cta_id, by)
    if until <= local_day(now, by.time_zone):
        raise SnoozeNotInFuture
    if not reason.strip():
        raise CommentNeeded("snooze")
    _change(
        cta,
        while_in=OPEN,
        seen={"snoozed_until": cta.snoozed_until},
        snoozed_until=until,
        snooze_reason=reason.strip(),
    )
    detail = {"until": until.isoformat()}
    _log(cta, Kind.SNOOZED, by=by, now=now, text=reason.strip(), detail=detail)
    return cta


@transaction.atomic
def wake(*, cta_id: int, by: User, now: datetime) -> CallToAction:
    """Bring a snoozed CTA back before its day. Waking one that is awake changes nothing."""
    cta = _workable(cta_id, by)
    if cta.snoozed_until is not None:
        seen = {"snoozed_until": cta.snoozed_until}
        _change(cta, while_in=OPEN, seen=seen, snoozed_until=None, snooze_reason="")
        _log(cta, Kind.WOKE, by=by, now=now)
    return cta


def wake_snoozed(*, now: datetime) -> int:
    """Wake each CTA whose day has come where its owner lives; return how many."""
    latest = local_day(now, "Pacific/Kiritimati")  # the zone in which a day begins first
    asleep = CallToAction.objects.live().filter(snoozed_until__lte=latest).select_related("owner")
    return sum(_wake_if_due(cta, now=now) for cta in asleep)


@transaction.atomic
def _wake_if_due(cta: CallToAction, *, now: datetime) -> bool:
    today = local_day(now, cta.owner.time_zone if cta.owner else "UTC")
    due = CallToAction.objects.live().filter(pk=cta.pk, snoozed_until__lte=today)
    if not due.update(snoozed_until=None, snooze_reason=""):
        return False
    _log(cta, Kind.WOKE, by=None, now=now)
    return True


# --- Closing ----------------------------------------------------------------------------------------


@transaction.atomic
def close_cta(
    *, cta_id: int, status: str, comment: str = "", by: User, now: datetime
) -> CallToAction:
    """Close a live CTA.

    Raises StatusNotAllowed, CommentNeeded, RequiredTasksOpen (as a success), or CTAChanged.
    """
    cta = _workable(cta_id, by)
    closing = _closing_status(cta, status)
    if closing in COMMENTED_STATUSES and not comment.strip():
        raise CommentNeeded(f"close as “{closing.label}”")
    was = cta.status
    _change(
        cta,
        while_in={was} & OPEN,
        status=closing,
        closed_at=now,
        closed_by=by,
        snoozed_until=None,
        snooze_reason="",
    )
    if closing == Status.SUCCESS:
        _refuse_while_required_tasks_are_open(cta)  # seen after the UPDATE: nobody reopens one now
    detail = {"status": closing.value, "was": was}
    _log(cta, Kind.CLOSED, by=by, now=now, text=comment.strip(), detail=detail)
    return cta


@transaction.atomic
def reopen_cta(*, cta_id: int, by: User, now: datetime) -> CallToAction:
    """Open a closed CTA again, in the status it had; raise LiveCTAExists where a newer one is live."""
    cta = _workable(cta_id, by)
    twin = CallToAction.objects.live().filter(dedupe_key=cta.dedupe_key).exclude(pk=cta.pk)
    try:
        with transaction.atomic():
            _change(
                cta,
                while_in={cta.status} & CLOSED,
                status=_status_before_closing(cta),
                closed_at=None,
                closed_by=None,
            )
    except IntegrityError as refused:  # one_live_cta_per_account_and_key
        raise LiveCTAExists(twin.values_list("pk", flat=True).first()) from refused
    _log(cta, Kind.REOPENED, by=by, now=now)
    return cta


def _closing_status(cta: CallToAction, status: str) -> Status:
    if status not in CLOSING_STATUSES[cta.type]:
        label = dict(Status.choices).get(status, status)
        raise StatusNotAllowed(str(label), cta.get_type_display())
    return Status(status)


def _refuse_while_required_tasks_are_open(cta: CallToAction) -> None:
    if count := cta.tasks.filter(is_required=True, done_at=None).count():
        raise RequiredTasksOpen(count)


def _status_before_closing(cta: CallToAction) -> str:
    closed = cta.events.filter(kind=Kind.CLOSED).last()
    return closed.detail.get("was", Status.IN_PROGRESS) if closed else Status.IN_PROGRESS


# --- What all of them share -------------------------------------------------------------------------


def _refuse_unless_worker(by: User) -> None:
    if not by.may(Ability.WORK_CTAS):
        raise RoleForbids("work on calls to action")


def _refuse_unless_may_own(owner: User, account: Account) -> None:
    if not may_own(owner, account):
        raise OwnerCannotWork(str(owner))


def _workable(cta_id: int, by: User) -> CallToAction:
    _refuse_unless_worker(by)
    seen = CallToAction.objects.visible_to(by).select_related("account", "owner")
    return seen.get(pk=cta_id)


def _workable_task(task_id: int, by: User) -> Task:
    _refuse_unless_worker(by)
    return Task.objects.visible_to(by).select_related("cta__owner", "cta__account").get(pk=task_id)


def _keep_in_progress(cta: CallToAction, *, by: User, now: datetime) -> None:
    """Start a new CTA; hold a started one against closing for the rest of the transaction."""
    rows = CallToAction.objects.filter(pk=cta.pk, status=Status.NEW)
    owner = cta.owner or first_owner(cta.account, by)
    if rows.update(status=Status.IN_PROGRESS, owner=owner):
        _log(cta, Kind.STARTED, by=by, now=now)
    _change(cta, while_in={Status.IN_PROGRESS}, status=Status.IN_PROGRESS)


def _change(
    cta: CallToAction,
    *,
    while_in: Collection[str],
    seen: dict[str, Any] | None = None,
    **fields: Any,
) -> None:
    """Compare and set: change a CTA that is still as it was seen, or raise CTAChanged."""
    unchanged = CallToAction.objects.filter(pk=cta.pk, status__in=while_in, **(seen or {}))
    won = unchanged.update(**fields)
    cta.refresh_from_db(from_queryset=CallToAction.objects.select_related("account", "owner"))
    if not won:
        raise CTAChanged(cta.pk, _state_in_words(cta))


def _state_in_words(cta: CallToAction) -> str:
    if cta.snoozed_until is not None:
        return f"Snoozed until {cta.snoozed_until.day} {cta.snoozed_until:%b}"
    return cta.get_status_display()


def _log(
    cta: CallToAction,
    kind: CTAEvent.Kind,
    *,
    by: User | None,
    now: datetime,
    text: str = "",
    detail: dict[str, Any] | None = None,
) -> CTAEvent:
    cause: dict[str, Any] = {"cta": cta, "account_id": cta.account_id, "actor": by}
    return CTAEvent.objects.create(kind=kind, at=now, text=text, detail=detail or {}, **cause)
