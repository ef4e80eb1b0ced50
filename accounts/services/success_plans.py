"""Success plans and objectives: one function per write, each in the audit log.

A move compares and sets: of two people at once the first one wins, the other one gets PlanChanged.
Each has the account's health of the running month scored anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.errors import PlanChanged
from accounts.models import Account, Objective, SuccessPlan, User
from accounts.services import audit, health_changes
from accounts.services.working import refuse_unless_worker, workable_account

State = SuccessPlan.State
Outcome = Objective.Outcome

NEXT_STATES: Mapping[str, tuple[State, ...]] = {
    State.DRAFT: (State.ACTIVE, State.CLOSED),
    State.ACTIVE: (State.CLOSED,),
    State.CLOSED: (State.ACTIVE,),
}


WHAT = gettext_noop("work on success plans")


@dataclass(frozen=True, kw_only=True)
class PlanText:
    """What a person says of a plan."""

    title: str
    strategy: str = ""
    highlights: str = ""
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class ObjectiveText:
    """What a person says of an objective."""

    title: str
    baseline: str = ""
    target: str = ""
    due_on: date | None = None
    outcome: str = Outcome.PROPOSED
    note: str = ""


@transaction.atomic
def create_plan(*, account: Account, said: PlanText, by: User, now: datetime) -> SuccessPlan:
    """Begin a plan as a draft. Raises Account.DoesNotExist where the person does not see the account."""
    seen = workable_account(account.pk, by, to=WHAT)
    plan = SuccessPlan.objects.create(
        account=seen, owner=by, created_at=now, updated_at=now, **asdict(said)
    )
    _note("success_plan.created", plan, by=by, now=now)
    return plan


@transaction.atomic
def edit_plan(
    *, plan_id: int, seen_at: datetime, said: PlanText, by: User, now: datetime
) -> SuccessPlan:
    """Say anew what a plan is, as it was changed last at `seen_at`.

    Raises SuccessPlan.DoesNotExist, and PlanChanged where somebody was faster.
    """
    refuse_unless_worker(by, to=WHAT)
    plan = SuccessPlan.objects.visible_to(by).get(pk=plan_id)
    unchanged = SuccessPlan.objects.filter(pk=plan.pk, updated_at=seen_at)
    if not unchanged.update(updated_at=_later(now, seen_at), **asdict(said)):
        raise PlanChanged(plan_id)
    plan.refresh_from_db()
    _note("success_plan.changed", plan, by=by, now=now)
    return plan


@transaction.atomic
def move_plan(*, plan_id: int, to: str, by: User, now: datetime) -> SuccessPlan:
    """Take a plan into its next state; a closed one can be taken up again. Raises PlanChanged."""
    refuse_unless_worker(by, to=WHAT)
    plan = SuccessPlan.objects.visible_to(by).get(pk=plan_id)
    if to not in NEXT_STATES[plan.state]:
        raise PlanChanged(plan_id)
    dates: dict[str, Any] = {"closed_at": now if to == State.CLOSED else None}
    if to == State.ACTIVE:
        dates["activated_at"] = plan.activated_at or now
    unmoved = SuccessPlan.objects.filter(pk=plan.pk, state=plan.state)
    if not unmoved.update(state=to, updated_at=now, **dates):
        raise PlanChanged(plan_id)
    _note(f"success_plan.{to}", plan, by=by, now=now)
    plan.refresh_from_db()
    return plan


@transaction.atomic
def add_objective(*, plan_id: int, said: ObjectiveText, by: User, now: datetime) -> Objective:
    """Add an objective to a plan. Raises SuccessPlan.DoesNotExist."""
    refuse_unless_worker(by, to=WHAT)
    plan = SuccessPlan.objects.visible_to(by).get(pk=plan_id)
    objective = Objective.objects.create(
        plan=plan,
        account_id=plan.account_id,
        created_at=now,
        updated_at=now,
        **asdict(said),
        **_dates(said.outcome, None, now=now),
    )
    _note("objective.created", objective, by=by, now=now)
    return objective


@transaction.atomic
def edit_objective(
    *, objective_id: int, seen_at: datetime, said: ObjectiveText, by: User, now: datetime
) -> Objective:
    """Say anew what an objective is, and how far it has come, as it was changed last at `seen_at`.

    Raises Objective.DoesNotExist, and PlanChanged where somebody was faster.
    """
    refuse_unless_worker(by, to=WHAT)
    objective = Objective.objects.visible_to(by).get(pk=objective_id)
    detail = {"from": objective.outcome, "to": said.outcome}
    unchanged = Objective.objects.filter(pk=objective.pk, updated_at=seen_at)
    dates = _dates(said.outcome, objective, now=now)
    if not unchanged.update(updated_at=_later(now, seen_at), **asdict(said), **dates):
        raise PlanChanged(objective.plan_id)
    objective.refresh_from_db()
    _note("objective.changed", objective, by=by, now=now, detail=detail)
    return objective


def _later(now: datetime, seen_at: datetime) -> datetime:
    """A time that tells this change from the last one, whatever the clock says."""
    return max(now, seen_at + timedelta(microseconds=1))


def _note(
    verb: str,
    row: SuccessPlan | Objective,
    *,
    by: User,
    now: datetime,
    detail: Mapping[str, object] | None = None,
) -> None:
    audit.record(verb, row, now=now, by=by, detail=detail)
    health_changes.announce(account_ids={row.account_id}, since=now.date(), now=now)


def _dates(outcome: str, before: Objective | None, *, now: datetime) -> dict[str, datetime | None]:
    """Since when it is verified or dropped: as before, where it was so before."""
    verified = before.verified_at if before else None
    dropped = before.dropped_at if before else None
    return {
        "verified_at": (verified or now) if outcome == Outcome.VERIFIED else None,
        "dropped_at": (dropped or now) if outcome == Outcome.DROPPED else None,
    }
