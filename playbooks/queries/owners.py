"""Who may own an account's calls to action: the one answer for forms, the API and the services."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable

from accounts.access import ABILITIES, SIGHT, Ability, Role, Sight
from accounts.models import Account, User

WORKING = [role for role, abilities in ABILITIES.items() if Ability.WORK_CTAS in abilities]
SEEING_ALL = [role for role, sight in SIGHT.items() if sight is Sight.ALL]


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
    """Without a CSM or a team the comparison is with NULL, and so with nobody."""
    sees = Q(role__in=SEEING_ALL) | Q(pk=csm) | Q(team=team) | Q(team=csm_team)
    return User.objects.filter(sees, role__in=WORKING, is_active=True).exclude(role=Role.SERVICE)
