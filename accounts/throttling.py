from __future__ import annotations

from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from rest_framework.throttling import SimpleRateThrottle

from accounts.models import ApiToken

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView  # it imports the default throttles itself


class CallerThrottle(SimpleRateThrottle):
    """Limits each token and each signed-in person by themselves.

    The counts live in the default cache: Redis, shared by all web processes, or in embedded mode the
    memory of the one process. A lost Redis limits nobody rather than stopping everybody.
    """

    scope = "caller"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        if not request.user.is_authenticated:
            return None  # nothing but errors is given to them
        ident = f"person-{request.user.pk}"
        if isinstance(request.auth, ApiToken):
            ident = f"token-{request.auth.digest[:32]}"
        return self.cache_format % {"scope": self.scope, "ident": ident}

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            return super().allow_request(request, view)
        except RedisError:
            return True
