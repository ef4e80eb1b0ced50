"""Tokens of the API: the plaintext is given out once, only its digest is stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.access import Ability
from accounts.errors import LifetimeNotAllowed, ScopeNotAllowed, ScopeUnknown, UserInactive
from accounts.models import ApiToken, User
from accounts.services import audit

LIFETIME_DAYS = 365
MOST_LIFETIME_DAYS = 730


@dataclass(frozen=True)
class IssuedToken:
    token: ApiToken
    plaintext: str

    def __repr__(self) -> str:  # neither a log nor a traceback shows the secret
        return f"IssuedToken({self.token})"


@transaction.atomic
def create_token(
    *,
    user: User,
    name: str,
    scopes: Collection[str],
    lifetime_days: int = LIFETIME_DAYS,
    by: User | None = None,
) -> IssuedToken:
    """Issue a token whose scopes its user's role has; at most MOST_LIFETIME_DAYS days long.

    Raises ScopeUnknown, ScopeNotAllowed (a token that could do nothing with it), LifetimeNotAllowed
    or UserInactive.
    """
    if not user.is_active:
        raise UserInactive(user.email)
    if not 1 <= lifetime_days <= MOST_LIFETIME_DAYS:
        raise LifetimeNotAllowed(lifetime_days, MOST_LIFETIME_DAYS)
    wanted = _abilities(scopes)
    for ability in wanted:
        if not user.may(ability):
            raise ScopeNotAllowed(ability, user.get_role_display())
    token, plaintext = ApiToken.objects.create(
        user=user, expiry=timedelta(days=lifetime_days), name=name, scopes=wanted
    )
    told = {"user": user.email, "scopes": wanted, "expiry": token.expiry}
    audit.record("token.created", token, now=timezone.now(), by=by, detail=told)
    return IssuedToken(token, plaintext)


@transaction.atomic
def revoke_token(token: ApiToken, *, now: datetime, by: User | None = None) -> bool:
    """Take a token out of use at once; False where somebody else has done so already."""
    deleted, _ = ApiToken.objects.filter(pk=token.pk).delete()
    if deleted:
        told = {"user": token.user.email, "last_used_at": token.last_used_at}
        audit.record("token.revoked", token, now=now, by=by, detail=told)
    return bool(deleted)


def _abilities(scopes: Collection[str]) -> list[Ability]:
    """The abilities that scopes name, each once, in the order they are defined."""
    known = [str(ability) for ability in Ability]
    unknown = sorted(set(scopes) - set(known))
    if unknown or not scopes:
        raise ScopeUnknown(unknown, known)
    return [ability for ability in Ability if ability in scopes]
