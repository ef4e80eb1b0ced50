"""Who sees and may do what: roles, abilities and token scopes. Pure; imports nothing of Django."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    CSM = "csm"
    MANAGER = "manager"
    ADMIN = "admin"
    VIEWER = "viewer"
    SERVICE = "service"


class Sight(StrEnum):
    """Which accounts a person sees."""

    ALL = "all"
    TEAM = "team"


class Ability(StrEnum):
    READ = "read"
    WORK_CTAS = "work_ctas"
    INGEST = "ingest"
    CONFIGURE = "configure"


SIGHT = {
    Role.CSM: Sight.TEAM,
    Role.MANAGER: Sight.TEAM,
    Role.ADMIN: Sight.ALL,
    Role.VIEWER: Sight.ALL,
    Role.SERVICE: Sight.ALL,
}

ABILITIES = {
    Role.CSM: frozenset({Ability.READ, Ability.WORK_CTAS}),
    Role.MANAGER: frozenset({Ability.READ, Ability.WORK_CTAS}),
    Role.ADMIN: frozenset(Ability),
    Role.VIEWER: frozenset({Ability.READ}),
    Role.SERVICE: frozenset({Ability.READ, Ability.WORK_CTAS, Ability.INGEST}),
}


def sees_all(role: str) -> bool:
    return SIGHT[Role(role)] is Sight.ALL


def allows(role: str, ability: Ability, *, scopes: frozenset[str] | None = None) -> bool:
    """Whether a role may; a token narrows that to its scopes (None: no token, a signed-in person)."""
    if ability not in ABILITIES[Role(role)]:
        return False
    return scopes is None or ability in scopes
