"""How allauth signs people in here: it makes no users, keeps no addresses, counts no passwords."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django_stubs_ext import StrOrPromise

from accounts.client_address import client_address
from accounts.models import User
from accounts.services.people import LEFT

TOLD_BY_THE_PAGE = {
    "account/messages/logged_in.txt",
    "mfa/messages/recovery_codes_generated.txt",
}
BACKEND = "django.contrib.auth.backends.ModelBackend"


def refusal(request: HttpRequest, words: StrOrPromise, *, status: int) -> HttpResponse:
    """Say why nobody was signed in, and what to do."""
    return render(request, "registration/refused.html", {"words": words}, status=status)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: Any) -> None:
        user.backend = (
            BACKEND  # else the first one is taken, which counts attempts and knows nobody
        )
        super().login(request, user)

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        return refusal(request, gettext(LEFT), status=403)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        if message_template in TOLD_BY_THE_PAGE:
            return
        super().add_message(request, level, message_template, *args, **kwargs)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or ""

    def reauthenticate(self, user: Any, password: str) -> bool:
        """Ask for the password again; axes counts the failures as it does at sign-in."""
        found = authenticate(self.request, username=user.email, password=password)
        return isinstance(found, User) and found.pk == user.pk
