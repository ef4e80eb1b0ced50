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

from accounts.models import Account, Job, Subscription, Team, User
from playbooks.models import CallToAction, CTAEvent, Task
from tests import factories
from tests.conftest import signed_in
from usage.models import Edition, Instance, MetricDefinition, ScoreCard, Transition

MARK = "zanzibar"  # stands in the name of all that is the csm's


@dataclass(frozen=True)
class Cast:
    account: Account
    card: ScoreCard
    cta: CallToAction
    edition: Edition
    instance: Instance
    job: Job
    metric: MetricDefinition
    subscription: Subscription
    task: Task
    transition: Transition

    def rows(self) -> list[list[dict[str, Any]]]:
        """All that an action could have changed."""
        models: tuple[type[Model], ...] = (Account, CallToAction, CTAEvent, Task, Job)
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
    factories.make_rejected_row(text=f'{{"hostname": "git.{MARK}.example"}}')
    cta = factories.make_cta(account=account, title=f"Call {MARK}", owner=csm)
    return Cast(
        account=account,
        card=factories.make_score_card(account=account),
        cta=cta,
        edition=factories.make_edition(),
        instance=instance,
        job=factories.make_job(state=Job.State.FAILED),
        metric=factories.make_metric(),
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
