"""People and customers."""

from __future__ import annotations

from datetime import date
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import Account, Contact, Delivery, Job, License, Plan, Subscription, Team, User
from tests.factories.clock import NOW

PLAN_RANKS = {"Free": 0, "Premium": 1, "Ultimate": 2}


class TeamFactory(DjangoModelFactory[Team]):
    class Meta:
        model = Team

    name = factory.Sequence(lambda n: f"Team {n}")


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@foothold.example")
    first_name = factory.Sequence(lambda n: f"Person {n}")
    role = User.Role.CSM
    password = "!"  # nobody signs in with it; make_user(password=...) hashes one


class AccountFactory(DjangoModelFactory[Account]):
    class Meta:
        model = Account

    external_id = factory.Sequence(lambda n: f"A-{n:05}")
    name = factory.Sequence(lambda n: f"Account {n:05}")
    customer_since = date(2025, 1, 1)
    segment = "Enterprise"


class ContactFactory(DjangoModelFactory[Contact]):
    class Meta:
        model = Contact

    account = factory.SubFactory(AccountFactory)
    name = factory.Sequence(lambda n: f"Contact {n}")
    email = factory.Sequence(lambda n: f"contact{n}@customer.example")


class PlanFactory(DjangoModelFactory[Plan]):
    class Meta:
        model = Plan
        django_get_or_create = ("name",)

    name = "Premium"
    rank = factory.LazyAttribute(lambda plan: PLAN_RANKS.get(plan.name, 50))


class SubscriptionFactory(DjangoModelFactory[Subscription]):
    class Meta:
        model = Subscription

    external_id = factory.Sequence(lambda n: f"S-{n:05}")
    account = factory.SubFactory(AccountFactory)
    plan = factory.SubFactory(PlanFactory)
    delivery = Delivery.SELF_MANAGED
    start_date = date(2025, 1, 1)
    end_date = date(2027, 12, 31)
    seats = 100
    arr = 50_000


class LicenseFactory(DjangoModelFactory[License]):
    class Meta:
        model = License

    subscription = factory.SubFactory(SubscriptionFactory)
    md5 = factory.Sequence(lambda n: f"{n:032x}")
    sha256 = factory.Sequence(lambda n: f"{n:064x}")


class JobFactory(DjangoModelFactory[Job]):
    class Meta:
        model = Job

    kind = "score"
    state = Job.State.QUEUED
    created_at = NOW
    finished_at = factory.LazyAttribute(
        lambda job: NOW if job.state in {Job.State.DONE, Job.State.FAILED} else None
    )


def make_team(**fields: Any) -> Team:
    return TeamFactory.create(**fields)


def make_user(role: str = User.Role.CSM, *, password: str | None = None, **fields: Any) -> User:
    """Make a person; an admin may enter the admin pages, as everywhere in the product."""
    is_admin = role == User.Role.ADMIN
    user = UserFactory.build(role=role, is_staff=is_admin, is_superuser=is_admin, **fields)
    if password is not None:
        user.set_password(password)
    user.save()
    return user


def make_account(**fields: Any) -> Account:
    return AccountFactory.create(**fields)


def make_contact(**fields: Any) -> Contact:
    return ContactFactory.create(**fields)


def make_plan(name: str = "Premium", **fields: Any) -> Plan:
    """Return the plan of that name, made if it is not there: Free 0, Premium 1, Ultimate 2."""
    return PlanFactory.create(name=name, **fields)


def make_subscription(**fields: Any) -> Subscription:
    return SubscriptionFactory.create(**fields)


def make_license(**fields: Any) -> License:
    return LicenseFactory.create(**fields)


def make_job(**fields: Any) -> Job:
    return JobFactory.create(**fields)
