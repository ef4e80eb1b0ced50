"""Who may own the calls to action of an account: the one answer for forms, API and services."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.expressions import Combinable

from accounts.access import ABILITIES, Ability
from accounts.models import Account, User
from accounts.queries.people import seeing

WORKING = [role for role, abilities in ABILITIES.items() if Ability.WORK_CTAS in abilities]


def possible_owners(account: Account) -> QuerySet[User]:
    """People who are active, may work and see the account as `account_scope` has it; no service."""
    row = Account.objects.filter(pk=account.pk)
    return _owners(*(Subquery(row.values(each)) for each in ("csm", "team", "csm__team")))


def may_own(person: User, account: Account) -> bool:
    """Whether a person is one of the possible owners. Costs a query."""
    return possible_owners(account).filter(pk=person.pk).exists()


def first_owner(account: Account, by: User) -> User | None:
    """Who acts; for a service the CSM, where there is one who may."""
    return next((each for each in (by, account.csm) if each and may_own(each, account)), None)


def is_worked() -> Exists:
    """Of a call to action in a query: its owner is still one who may own it."""
    paths = ("account__csm", "account__team", "account__csm__team")
    return Exists(_owners(*(OuterRef(path) for path in paths)).filter(pk=OuterRef("owner")))


def _owners(csm: Combinable, team: Combinable, csm_team: Combinable) -> QuerySet[User]:
    return seeing(csm, team, csm_team).filter(role__in=WORKING)
