"""Who sees an account, and whom a text about it mentions: the one answer for forms, API and services."""

from __future__ import annotations

from django.db.models import Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower

from accounts.access import SIGHT, Role, Sight
from accounts.mentions import mentioned
from accounts.models import Account, User

SEEING_ALL = [role for role, sight in SIGHT.items() if sight is Sight.ALL]


def people_who_see(account: Account) -> QuerySet[User]:
    """People who are active and see the account, whether they may work or not; no service."""
    row = Account.objects.filter(pk=account.pk)
    return seeing(*(Subquery(row.values(each)) for each in ("csm", "team", "csm__team")))


def seeing(csm: Combinable, team: Combinable, csm_team: Combinable) -> QuerySet[User]:
    """Who sees what has this CSM and these teams.

    Without a CSM or a team the comparison is with NULL, and so with nobody.
    """
    sees = Q(role__in=SEEING_ALL) | Q(pk=csm) | Q(team=team) | Q(team=csm_team)
    return User.objects.filter(sees, is_active=True).exclude(role=Role.SERVICE)


def ids_of_mentioned(text: str, account: Account) -> list[int]:
    """Ids of the people that a text mentions; of those who do not see the account nothing is told.

    One query, and none where nobody is mentioned.
    """
    emails = mentioned(text)
    if not emails:
        return []
    people = people_who_see(account).annotate(address=Lower("email")).filter(address__in=emails)
    return list(people.order_by("pk").values_list("pk", flat=True))
