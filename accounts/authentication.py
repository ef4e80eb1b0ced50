from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.settings import CONSTANTS
from rest_framework.exceptions import AuthenticationFailed, Throttled
from structlog.contextvars import bind_contextvars

from accounts.client_address import client_address
from accounts.models import ApiToken, User
from accounts.throttling import FAILURES, Limit

if TYPE_CHECKING:
    from rest_framework.request import Request

LAST_USE_RESOLUTION = timedelta(minutes=1)
TOKEN = re.compile(rb"[0-9a-f]{64}")


class TokenExpired(AuthenticationFailed):
    default_code = "token_expired"
    default_detail = _("The token has expired: ask an admin for another one.")


class ScopedTokenAuthentication(TokenAuthentication):
    """A service token; notes its last use, at most once a minute.

    A token that has expired is refused by that name and stays in the list of tokens. Wrong tokens
    are counted by address: whoever guesses is told to wait, and a good token still gets in.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        try:
            found: tuple[User, ApiToken] | None = super().authenticate(request)  # type: ignore[no-untyped-call]
        except AuthenticationFailed:
            _refuse_guessing(request)
            raise
        if found is not None:
            request._request.api_token = found[1]  # type: ignore[attr-defined]  # for the audit log
        return found

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        if not TOKEN.fullmatch(token):  # else bytes that are no text would reach the database
            raise AuthenticationFailed(gettext("Invalid token."))
        api_token = _stored(token.decode())
        now = timezone.now()
        if api_token.expiry is not None and api_token.expiry <= now:
            raise TokenExpired
        user, api_token = self.validate_user(api_token)  # type: ignore[no-untyped-call]
        bind_contextvars(user_id=user.pk)  # of the request's log lines
        if api_token.last_used_at is None or now - api_token.last_used_at > LAST_USE_RESOLUTION:
            ApiToken.objects.filter(pk=api_token.pk).update(last_used_at=now)
        return user, api_token

    def authenticate_header(self, request: Any) -> str:
        return "Token"


def _stored(token: str) -> ApiToken:
    """The stored token of a plaintext; compared in the same time whatever is wrong with it."""
    digest = hash_token(token)
    begin_alike = ApiToken.objects.filter(token_key=token[: CONSTANTS.TOKEN_KEY_LENGTH])
    candidates: Iterable[ApiToken] = begin_alike.select_related("user")
    for candidate in candidates:
        if compare_digest(digest, candidate.digest):
            return candidate
    raise AuthenticationFailed(gettext("Invalid token."))


def _refuse_guessing(request: Request) -> None:
    limit = Limit.count(FAILURES, f"address-{client_address(request._request)}")
    if limit is not None and limit.is_exceeded:
        raise Throttled(wait=limit.seconds_left)
