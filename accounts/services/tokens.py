"""Keys to the API: the plaintext is given out once, only its digest is stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from accounts.access import Ability
from accounts.errors import ScopeNotAllowed, ScopeUnknown, UserInactive
from accounts.models import ApiToken, User

LIFETIME_DAYS = 365


@dataclass(frozen=True)
class IssuedToken:
    token: ApiToken
    plaintext: str

    def __repr__(self) -> str:  # neither a log nor a traceback shows the secret
        return f"IssuedToken({self.token})"


def create_token(
    *, user: User, name: str, scopes: Collection[str], lifetime_days: int = LIFETIME_DAYS
) -> IssuedToken:
    """Issue a token whose scopes its user's role has.

    Raises ScopeUnknown, ScopeNotAllowed (a token that could do nothing with it), or UserInactive.
    """
    if not user.is_active:
        raise UserInactive(user.email)
    wanted = _abilities(scopes)
    for ability in wanted:
        if not user.may(ability):
            raise ScopeNotAllowed(ability, user.get_role_display())
    token, plaintext = ApiToken.objects.create(
        user=user, expiry=timedelta(days=lifetime_days), name=name, scopes=wanted
    )
    return IssuedToken(token, plaintext)


def _abilities(scopes: Collection[str]) -> list[Ability]:
    """The abilities that scopes name, each once, in the order they are defined."""
    known = [str(ability) for ability in Ability]
    unknown = sorted(set(scopes) - set(known))
    if unknown or not scopes:
        raise ScopeUnknown(unknown, known)
    return [ability for ability in Ability if ability in scopes]
