"""How often a caller may call: counted in windows of the clock, and told with every answer."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from accounts.models import ApiToken

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView  # it imports the default throttles itself

CALLS = "caller"
FAILURES = "failures"
WINDOWS = {"sec": 1, "min": 60, "hour": 3_600, "day": 86_400}


@dataclass(frozen=True)
class Limit:
    """Where a caller stands in the window that is running."""

    most: int
    used: int
    seconds_left: int

    rates: ClassVar[Mapping[str, Any]] = api_settings.DEFAULT_THROTTLE_RATES
    clock: ClassVar[Callable[[], float]] = time.time

    @classmethod
    def count(cls, scope: str, ident: str) -> Self | None:
        """Count one more; None where the counts are lost: that limits nobody rather than everybody."""
        most, window = _rate(cls.rates[scope])
        number, passed = divmod(cls.clock(), window)
        left = window - passed
        try:
            used = _add_one(f"limit:{scope}:{ident}:{int(number)}", keep_seconds=window)
        except RedisError:
            return None
        return cls(most, used, math.ceil(left))

    @property
    def remaining(self) -> int:
        return max(0, self.most - self.used)

    @property
    def is_exceeded(self) -> bool:
        return self.used > self.most

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.most),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.seconds_left),
        }


class CallerThrottle(BaseThrottle):
    """Limits each token and each signed-in person by themselves.

    The counts live in the default cache: Redis, shared by all web processes, or in embedded mode the
    memory of the one process.
    """

    limit: Limit | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return True  # nothing but errors is given to them
        self.limit = Limit.count(CALLS, caller_of(request))
        if self.limit is None:
            return True
        request._request.limit = self.limit  # type: ignore[attr-defined]  # told by a middleware
        return not self.limit.is_exceeded

    def wait(self) -> float | None:
        return self.limit.seconds_left if self.limit else None


def caller_of(request: Request) -> str:
    """A name for who calls: the token, by its digest, else the person."""
    if isinstance(request.auth, ApiToken):
        return f"token-{request.auth.digest[:32]}"
    return f"person-{request.user.pk}"


def _rate(text: str) -> tuple[int, int]:
    """`1200/min` as calls and seconds."""
    most, window = text.split("/")
    return int(most), WINDOWS[window]


def _add_one(key: str, *, keep_seconds: int) -> int:
    if cache.add(key, 1, timeout=keep_seconds):
        return 1
    try:
        return cache.incr(key)
    except ValueError:  # its window ended in this very moment
        return 1
