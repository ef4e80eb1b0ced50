"""The demo's book of business: built once, kept as it is, removed on request.

The book is built in one transaction: an interrupted run leaves nothing behind, and the next one starts
afresh.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.access import Role
from accounts.models import Account, Contact, Job, Subscription, Team, User
from accounts.querysets import AccountQuerySet
from playbooks.demo import book, cast
from playbooks.demo.cast import Person
from playbooks.errors import DemoNeedsDebug, DemoNotAlone
from playbooks.models import CallToAction, TriggerRun
from playbooks.services import demo_health, queue_order
from playbooks.services.alerts import derive, following
from playbooks.services.demo_past import Past
from usage.models import Instance, RejectedRow
from usage.services.scoring import Progress

SEED = 2025
FOLLOWED = 3
NEWS = timedelta(days=4)  # so that something is told on a Monday too


@dataclass(frozen=True)
class Built:
    """What is there now; `is_new` is False where a book was kept."""

    is_new: bool
    accounts: int
    live_ctas: int
    closed_ctas: int


def build(
    *,
    now: datetime,
    seed: int = SEED,
    most_per_story: int | None = None,
    progress: Progress | None = None,
) -> Built:
    """Build the book unless it is there.

    What ships (editions, playbooks, triggers) must be loaded. Raises DemoNeedsDebug, since everybody
    knows the passwords, and DemoNotAlone, since calls to action open for the newest month of all
    accounts.
    """
    refuse_outside_debug()
    with transaction.atomic():
        people = _people()
        is_new = not _accounts().exists()
        if is_new:
            if Account.objects.exists():
                raise DemoNotAlone
            customers = book.build(now=now, seed=seed, most_per_story=most_per_story)
            Past(customers, people, now=now, seed=seed).live_through(progress)
            queue_order.rank_all(now=now)
            _tell(people, now=now)
        return _built(is_new=is_new)


@transaction.atomic
def reset() -> int:
    """Remove the book and its people, and nothing else; return how many accounts it had."""
    refuse_outside_debug()
    accounts = _accounts()
    count = accounts.count()
    people = User.objects.filter(email__endswith=f"@{cast.DOMAIN}")
    worked = Job.objects.filter(created_by__in=people)
    TriggerRun.objects.filter(job__in=worked).delete()
    worked.delete()
    RejectedRow.objects.filter(source=book.SOURCE).delete()
    unmapped = Q(external_id__startswith=book.UUID_PREFIX)
    instances = Instance.objects.filter(unmapped | Q(subscription__account__in=accounts))
    owned = {
        Account: _ids(accounts),
        Contact: _ids(Contact.objects.filter(account__in=accounts)),
        Subscription: _ids(Subscription.objects.filter(account__in=accounts)),
        Instance: _ids(instances),
    }
    instances.delete()
    accounts.delete()
    demo_health.take_out_of_force(now=timezone.now())
    people.delete()
    Team.objects.filter(name__in=[cast.EMEA, cast.AMERICAS], members=None, accounts=None).delete()
    for model, ids in owned.items():
        _forget(model, ids)
    return count


def _tell(people: dict[str, User], *, now: datetime) -> None:
    """Have the last days told, to who owns or follows an account."""
    largest = _accounts().order_by("-subscriptions__arr", "pk").values_list("pk", flat=True)
    for person in people.values():
        if person.may_work and person.role != Role.SERVICE:
            seen = Account.objects.visible_to(person).filter(pk__in=list(largest[:20]))
            for account in seen[:FOLLOWED]:
                following.follow(account_id=account.pk, by=person, now=now)
    derive.begin_at(now - NEWS)
    derive.derive(now=now)


def _ids(rows: QuerySet[Any]) -> list[int]:
    return list(rows.values_list("pk", flat=True))


def _forget(model: Any, ids: list[int]) -> None:
    """Take away the history of rows that are gone."""
    model.history.model.objects.filter(id__in=ids).delete()


def refuse_outside_debug() -> None:
    """Raise DemoNeedsDebug where the settings are those of production."""
    if not settings.DEBUG:
        raise DemoNeedsDebug


def _accounts() -> AccountQuerySet:
    return Account.objects.filter(external_id__startswith=book.ACCOUNT_PREFIX)


def _built(*, is_new: bool) -> Built:
    ctas = CallToAction.objects.filter(account__in=_accounts())
    live = ctas.live().count()
    return Built(is_new, _accounts().count(), live, ctas.count() - live)


def _people() -> dict[str, User]:
    """Those who sign in, by e-mail; who is there stays as they are, with the password they chose."""
    names = filter(None, dict.fromkeys(person.team for person in cast.PEOPLE))
    teams = {name: Team.objects.get_or_create(name=name)[0] for name in names}
    password = make_password(cast.PASSWORD)
    return {person.email: _person(person, teams, password) for person in cast.PEOPLE}


def _person(person: Person, teams: dict[str, Team], password: str) -> User:
    is_admin = person.role == Role.ADMIN
    defaults = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "role": person.role,
        "team": teams.get(person.team),
        "time_zone": person.time_zone,
        "country": person.country,
        "is_staff": is_admin,
        "is_superuser": is_admin,
        "password": make_password(None) if person.role == Role.SERVICE else password,
    }
    return User.objects.get_or_create(email=person.email, defaults=defaults)[0]
