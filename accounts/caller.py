"""Who the work at hand is done for: set while a request is answered, empty in commands and workers."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from structlog.contextvars import get_contextvars

from accounts.client_address import client_address
from accounts.models import ApiToken, User

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)

bind = _request.set
unbind = _request.reset


@dataclass(frozen=True)
class Caller:
    user: User | None = None
    token: ApiToken | None = None
    address: str | None = None
    via: str = ""
    request_id: str = ""


def current(request: HttpRequest | None = None) -> Caller:
    """The caller of a request, by default of the one that is being answered; nobody outside of one."""
    asked = request or _request.get()
    request_id = str(get_contextvars().get("request_id", ""))
    if asked is None:
        return Caller(request_id=request_id)
    user = getattr(asked, "user", None)
    return Caller(
        user=None if isinstance(user, AnonymousUser) else user,
        token=getattr(asked, "api_token", None),
        address=client_address(asked),
        via=f"{asked.method or ''} {asked.path}".strip(),
        request_id=request_id,
    )
