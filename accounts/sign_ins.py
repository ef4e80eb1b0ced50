"""Notes in the audit log who comes and goes: Django tells of it by signals, and by nothing else."""

from __future__ import annotations

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest
from django.utils import timezone

from accounts import caller
from accounts.models import User
from accounts.services import audit


def connect() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="audit signed in")
    user_logged_out.connect(_signed_out, dispatch_uid="audit signed out")
    user_login_failed.connect(_failed, dispatch_uid="audit sign-in failed")
    user_locked_out.connect(_locked_out, dispatch_uid="audit locked out")


class PasswordChangeNoted:
    """A validator that finds nothing wrong: Django tells validators of each password that was set."""

    def validate(self, password: str, user: Any = None) -> None:
        """Every password will do."""

    def get_help_text(self) -> str:
        return ""

    def password_changed(self, password: str, user: User) -> None:
        audit.record("password.set", user, now=timezone.now())


def _signed_in(request: HttpRequest, user: User, **_told: Any) -> None:
    _note("sign_in", request, user)


def _signed_out(request: HttpRequest, user: User | None, **_told: Any) -> None:
    if user is not None:
        _note("sign_out", request, user)


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_told: Any) -> None:
    _note("sign_in_failed", request, None, {"name": credentials.get("username", "")})


def _locked_out(request: HttpRequest, username: str, **_told: Any) -> None:
    _note("sign_in_locked_out", request, None, {"name": username})


def _note(
    verb: str,
    request: HttpRequest | None,
    user: User | None,
    detail: dict[str, object] | None = None,
) -> None:
    """Note it with the request it came by: Django hands that out, whatever middleware there is."""
    bound = caller.bind(request)
    try:
        audit.record(verb, user, now=timezone.now(), by=user, detail=detail)
    finally:
        caller.unbind(bound)
