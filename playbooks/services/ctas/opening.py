"""Opening calls to action by hand, and the tasks that a playbook makes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from accounts.models import Account, User
from playbooks.business_days import due_on, local_day
from playbooks.errors import PlaybookAlreadyApplied
from playbooks.models import CallToAction, PlaybookVersion, Priority, Step, Task
from playbooks.models.playbooks import DayKind
from playbooks.queries.owners import first_owner
from playbooks.services.ctas.changes import (
    Kind,
    log,
    refuse_unless_may_own,
    refuse_unless_worker,
)
from playbooks.services.ctas.marking import refuse_unless_risk


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
    is_important: bool = False
    risk_impact: str = ""
    risk_reason: str = ""
    playbook_version: PlaybookVersion | None = None
    key: uuid.UUID = field(default_factory=uuid.uuid4)


@transaction.atomic
def open_cta(*, account: Account, new: NewCTA, by: User, now: datetime) -> CallToAction:
    """Open a CTA by hand; its owner is who is named, else who opens it, else the account's CSM.

    Raises Account.DoesNotExist where the person does not see the account, OwnerCannotWork, NotARisk.
    """
    refuse_unless_worker(by)
    if new.risk_impact or new.risk_reason:
        refuse_unless_risk(new.type)
    account = Account.objects.visible_to(by).get(pk=account.pk)
    if new.owner is not None:
        refuse_unless_may_own(new.owner, account)
    cta, is_new = CallToAction.objects.get_or_create(
        dedupe_key=f"manual:{account.pk}:{new.key}",
        defaults={
            "account": account,
            "type": new.type,
            "reason": new.reason or "Opened by hand",
            "title": new.title,
            "summary": new.summary,
            "priority": new.priority,
            "is_important": new.is_important,
            "risk_impact": new.risk_impact,
            "risk_reason": new.risk_reason,
            "owner": new.owner or first_owner(account, by),
            "opened_at": now,
            "due_on": new.due_on,
            "original_due_on": new.due_on,
        },
    )
    if is_new:
        log(cta, Kind.OPENED, by=by, now=now, text=new.summary)
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
