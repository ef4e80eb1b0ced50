from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.utils import timezone
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from structlog.contextvars import bind_contextvars

from accounts.models import ApiToken, User

LAST_USE_RESOLUTION = timedelta(minutes=1)
TOKEN = re.compile(rb"[0-9a-f]{64}")


class ScopedTokenAuthentication(TokenAuthentication):
    """A service token; notes its last use, at most once a minute."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        if not TOKEN.fullmatch(token):  # else bytes that are no text would reach the database
            raise AuthenticationFailed("Invalid token.")
        user, api_token = super().authenticate_credentials(token)  # type: ignore[no-untyped-call]
        bind_contextvars(user_id=user.pk)  # of the request's log lines
        now = timezone.now()
        if api_token.last_used_at is None or now - api_token.last_used_at > LAST_USE_RESOLUTION:
            ApiToken.objects.filter(pk=api_token.pk).update(last_used_at=now)
        return user, api_token

    def authenticate_header(self, request: Any) -> str:
        return "Token"
