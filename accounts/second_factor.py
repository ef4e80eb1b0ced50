"""The second factor: a code of an authenticator app, or one of ten recovery codes."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.models import User

REQUIRED = _("Your role needs a second factor. Set one up first.")
# Where somebody may go who has yet to set one up.
OPEN = {
    "account_reauthenticate",
    "livez",
    "logout",
    "mfa_activate_totp",
    "mfa_reauthenticate",
    "mfa_view_recovery_codes",
    "password_change",
    "password_change_done",
    "readyz",
}


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keeps the keys encrypted, so that a copy of the database is no second factor."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:  # SECRET_KEY is another one now: no code may fit until it is reset
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not is_required_of(authenticator.user)


def _cipher() -> Fernet:
    digest = hashlib.sha256(b"second factor" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def sign_in(request: HttpRequest, person: User, page: str) -> HttpResponse:
    """Go on after the right password: ask for the second factor, or sign in. Costs a query."""
    record_authentication(request, person, method="password")
    answer: HttpResponse = perform_login(
        request, person, email_verification="none", redirect_url=page
    )
    return answer


def is_required_of(person: User) -> bool:
    if settings.SECOND_FACTOR == "admins":
        return person.role == User.Role.ADMIN
    return bool(settings.SECOND_FACTOR == "everyone")


def is_missing(request: HttpRequest) -> bool:
    """Whether who is signed in must set one up first; costs a query until they used it once.

    Who came by an identity provider is not asked: second factors are its business then.
    """
    person = request.user
    if not isinstance(person, User) or not is_required_of(person):
        return False
    used = {record["method"] for record in get_authentication_records(request, person)}
    if used & {"mfa", "socialaccount"}:
        return False
    return not Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists()


class SecondFactorMiddleware:
    """Lets nobody any further whose role needs a second factor and who has none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or match.view_name in OPEN or not is_missing(request):
            return None
        if match.view_name.startswith("api-"):
            told = {"code": "second_factor_required", "detail": REQUIRED, "attr": None}
            return JsonResponse({"type": "client_error", "errors": [told]}, status=403)
        messages.warning(request, REQUIRED)
        return redirect("mfa_activate_totp")
