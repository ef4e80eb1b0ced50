"""One of everything that a URL can name, all of it the csm's, and everyone who may ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.test import Client

from accounts.models import (
    Account,
    AdoptionGoal,
    BoughtUseCase,
    Job,
    ManualMeasure,
    Milestone,
    NonAdoption,
    Objective,
    Outcome,
    Subscription,
    SuccessPlan,
    SupportCase,
    SurveyResponse,
    Team,
    TimelineActivity,
    User,
)
from playbooks.models import CallToAction, CTAEvent, Task
from tests import factories
from tests.conftest import signed_in
from usage.models import (
    Edition,
    Instance,
    MetricBreak,
    MetricDefinition,
    ScoreCard,
    Transition,
)

MARK = "zanzibar"  # stands in the name of all that is the csm's


@dataclass(frozen=True)
class Cast:
    account: Account
    answer: SurveyResponse
    activity: TimelineActivity
    card: ScoreCard
    case: SupportCase
    cta: CallToAction
    edition: Edition
    goal: AdoptionGoal
    instance: Instance
    job: Job
    metric: MetricDefinition
    milestone: Milestone
    metric_break: MetricBreak
    non_adoption: NonAdoption
    objective: Objective
    outcome: Outcome
    plan: SuccessPlan
    subscription: Subscription
    task: Task
    transition: Transition

    def rows(self) -> list[list[dict[str, Any]]]:
        """All that an action could have changed."""
        models: tuple[type[Model], ...] = (
            Account,
            CallToAction,
            CTAEvent,
            SuccessPlan,
            Objective,
            ManualMeasure,
            Job,
            Task,
            TimelineActivity,
            AdoptionGoal,
            NonAdoption,
            Milestone,
            BoughtUseCase,
            MetricBreak,
        )
        return [list(model._default_manager.order_by("pk").values()) for model in models]


def make_cast(csm: User) -> Cast:
    """Store one of everything; the csm owns it."""
    account = factories.make_account(
        name=f"{MARK} ltd", external_id=f"{MARK}-1", csm=csm, team=csm.team
    )
    subscription = factories.make_subscription(account=account, external_id=f"{MARK}-2")
    instance = factories.make_instance(
        subscription=subscription, hostname=f"git.{MARK}.example", kind=Instance.Kind.UNKNOWN
    )
    factories.make_card_drift(account=account)
    factories.make_rejected_row(text=f'{{"hostname": "git.{MARK}.example"}}')
    plan = factories.make_success_plan(account=account, title=f"Plan of {MARK}")
    cta = factories.make_cta(account=account, title=f"Call {MARK}", owner=csm)
    return Cast(
        account=account,
        answer=factories.make_survey_response(account=account),
        activity=factories.make_activity(account=account, subject=f"Call with {MARK}"),
        card=factories.make_score_card(account=account),
        case=factories.make_support_case(account=account),
        cta=cta,
        edition=factories.make_backtest(edition=factories.make_edition()).edition,
        goal=factories.make_adoption_goal(account=account),
        instance=instance,
        job=factories.make_job(state=Job.State.FAILED),
        metric=factories.make_metric(),
        milestone=factories.make_milestone(account=account),
        metric_break=factories.make_metric_break(),
        non_adoption=factories.make_non_adoption(account=account),
        objective=factories.make_objective(plan=plan),
        outcome=factories.make_outcome(account=account),
        plan=plan,
        subscription=subscription,
        task=factories.make_task(cta=cta, title=f"Write to {MARK}"),
        transition=factories.make_transition(account=account),
    )


class Person(StrEnum):
    """The columns of the access matrix."""

    ANONYMOUS = auto()
    INACTIVE = auto()
    """Was an admin and is signed in still, but has left."""
    OWNER = auto()
    TEAMMATE = auto()
    MANAGER = auto()
    STRANGER = auto()
    """A CSM of another team."""
    STRANGE_MANAGER = auto()
    TEAMLESS = auto()
    """A CSM of no team and no account."""
    FLAGGED = auto()
    """A CSM of another team in whose row the flags of Django's superusers are still set."""
    VIEWER = auto()
    ADMIN = auto()


ROLES = {
    Person.TEAMMATE: User.Role.CSM,
    Person.MANAGER: User.Role.MANAGER,
    Person.STRANGER: User.Role.CSM,
    Person.STRANGE_MANAGER: User.Role.MANAGER,
    Person.TEAMLESS: User.Role.CSM,
    Person.FLAGGED: User.Role.CSM,
    Person.VIEWER: User.Role.VIEWER,
    Person.ADMIN: User.Role.ADMIN,
    Person.INACTIVE: User.Role.ADMIN,
}
OF_THE_TEAM = {Person.TEAMMATE, Person.MANAGER}
OF_ANOTHER = {Person.STRANGER, Person.STRANGE_MANAGER, Person.FLAGGED}


def make_people(csm: User) -> dict[Person, User]:
    """Store everyone but who is anonymous."""
    other = factories.make_team(name="APAC")
    teams: dict[Person, Team | None] = dict.fromkeys(OF_THE_TEAM, csm.team)
    teams |= dict.fromkeys(OF_ANOTHER, other)
    people = {
        person: factories.make_user(
            role, email=f"{person}@foothold.example", team=teams.get(person)
        )
        for person, role in ROLES.items()
    }
    User.objects.filter(pk=people[Person.FLAGGED].pk).update(is_staff=True, is_superuser=True)
    return {Person.OWNER: csm, **people}


def make_clients(people: dict[Person, User]) -> dict[Person, Client]:
    """Sign everyone in; who has left is made inactive only then."""
    clients = {person: signed_in(user) for person, user in people.items()}
    User.objects.filter(pk=people[Person.INACTIVE].pk).update(is_active=False)
    return {Person.ANONYMOUS: Client(), **clients}


@contextmanager
def undone() -> Iterator[None]:
    """Let things be done, look at them, and take them back: the next in line finds all as it was."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
