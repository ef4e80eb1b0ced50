from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission

from accounts.access import Ability
from accounts.models import ApiToken

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView  # it imports the default permissions itself


def granted(request: Request, ability: Ability) -> bool:
    """Whether the caller's role has the ability and, with a token, its scopes name it."""
    if not request.user.is_authenticated or not request.user.may(ability):
        return False
    return not isinstance(request.auth, ApiToken) or ability in request.auth.scopes


class RoleAndScopePermission(BasePermission):
    """Reading needs `read`; writing what the view names as `write_ability` (else nobody may).

    A view that answers a write with the record (`tells_record`) needs both: a token without `read`
    learns nothing of a customer.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.method in SAFE_METHODS or request.method not in view.allowed_methods:
            return granted(request, Ability.READ)  # of a method that is not there: 405 follows
        ability: Ability | None = getattr(view, "write_ability", None)
        if getattr(view, "tells_record", False) and not granted(request, Ability.READ):
            return False
        return ability is not None and granted(request, ability)


class MayConfigure(BasePermission):
    """Reading as well: for who configures, and tokens that name it."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return granted(request, Ability.CONFIGURE)
