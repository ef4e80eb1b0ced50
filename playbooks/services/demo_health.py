"""What the demo's health reads besides usage: success plans, support cases, surveys, and the edition.

The edition that judges by them is in force from the newest month on; earlier ones stay as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from accounts.models import Account, Objective, SuccessPlan, User
from accounts.rows import Record
from accounts.services import success_plans
from accounts.services.success_plans import ObjectiveText, PlanText
from accounts.services.voice import ANSWERS, CASES, OUTCOMES
from playbooks.demo import cast, goals, renewals, voices
from playbooks.demo.book import Customer
from playbooks.demo.goals import Ambition, Goal
from playbooks.demo.voices import Told
from usage.models import Edition
from usage.periods import period_of
from usage.services import editions
from usage.services import scoring as usage_scoring
from usage.services.voice import take_in

EDITION = "2025-prove"
NOTE = "The demo judges its newest month by more than usage."


def begin_plan(ambition: Ambition, *, account_id: int, by: User, now: datetime) -> SuccessPlan:
    """Draft a plan with its objectives, none of them reached yet."""
    day = now.date()
    said = PlanText(
        title=ambition.title,
        strategy=ambition.strategy,
        highlights=ambition.highlights,
        starts_on=day,
        ends_on=day + timedelta(days=goals.TERM),
    )
    account = Account.objects.get(pk=account_id)
    plan = success_plans.create_plan(account=account, said=said, by=by, now=now)
    for number, goal in enumerate(ambition.goals, start=1):
        text = ObjectiveText(
            title=goal.title,
            baseline=goal.baseline,
            target=goal.target,
            due_on=day + timedelta(days=goals.TERM * number // len(ambition.goals)),
            outcome=ambition.first_outcome,
        )
        success_plans.add_objective(plan_id=plan.pk, said=text, by=by, now=now)
    return plan


def check_goals(plan_id: int, told: Iterable[Goal], *, by: User, now: datetime) -> None:
    """Say of the objectives how far they have come; of those that are as they were, nothing."""
    kept = Objective.objects.filter(plan=plan_id).order_by("pk")
    for objective, goal in zip(kept, told, strict=True):
        if objective.outcome != goal.outcome:
            said = ObjectiveText(
                title=goal.title,
                baseline=goal.baseline,
                target=goal.target,
                due_on=objective.due_on,
                outcome=goal.outcome,
                note=goal.note,
            )
            success_plans.edit_objective(
                objective_id=objective.pk, seen_at=objective.updated_at, said=said, by=by, now=now
            )


def take_in_voices(customers: Iterable[Customer], *, now: datetime) -> None:
    """Take in what the support system, the survey tool and bookkeeping know."""
    known = list(customers)
    cases = (row for customer in known for row in voices.cases(customer, now=now))
    answers = (row for customer in known for row in voices.answers(customer, now=now))
    take_in(CASES, _records(cases), now=now)
    take_in(ANSWERS, _records(answers), now=now)
    outcomes = (row for customer in known for row in renewals.outcomes(customer, now=now))
    take_in(OUTCOMES, _records(outcomes), now=now)


def _records(rows: Iterable[Told]) -> Iterator[Record]:
    return (Record(line, "", values) for line, values in enumerate(rows, start=1))


def put_in_force(*, by: User, now: datetime) -> None:
    """Publish the edition from the newest scored month on; queues the scoring of that month.

    One that somebody put in force stays as it is; so does one that is not there.
    """
    reported = usage_scoring.reported_periods()
    edition = Edition.objects.filter(name=EDITION).first()
    if reported is None or edition is None or edition.status == Edition.Status.PUBLISHED:
        return
    first = min(reported[1], period_of(now)) if edition.is_draft else edition.in_force_from
    editions.publish(edition_id=edition.pk, by=by, now=now, note=NOTE, in_force_from=first)


def take_out_of_force(*, now: datetime) -> None:
    """Retire the edition where the demo had published it."""
    by_demo = Edition.objects.filter(
        name=EDITION,
        status=Edition.Status.PUBLISHED,
        published_by__email__endswith=f"@{cast.DOMAIN}",
    )
    for edition in by_demo:
        editions.retire(edition_id=edition.pk, now=now)
