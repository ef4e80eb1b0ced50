from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User


@transaction.atomic
def reset(people: QuerySet[User]) -> list[User]:
    """Take the second factor and the recovery codes away; return whom that changed something for."""
    found = Authenticator.objects.filter(user__in=people)
    changed = list(people.filter(pk__in=found.values("user")))
    found.delete()
    return changed
