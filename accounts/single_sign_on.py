"""Sign-in by an identity provider: it vouches for an e-mail, and the person is who has it here.

No link to the provider's own key of a person is kept: an admin who changes an address, or makes its
owner inactive, has said all there is to say.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

from allauth.account.utils import perform_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.internal.flows.login import record_authentication
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from lxml.etree import LxmlError
from requests import RequestException

from accounts.allauth_adapters import refusal
from accounts.claims import NO_EMAIL, vouched_email
from accounts.errors import SignInRefused
from accounts.models import User
from accounts.services.people import person_of

UNREACHABLE = _("The identity provider does not answer. Try again in a few minutes.")
BROKEN_OFF = _("Signing in was broken off, or took too long. Start once more.")


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> NoReturn:
        """Sign in who the provider vouches for, or say why not; allauth's own way is not gone on."""
        try:
            person = _vouched_for(sociallogin)
        except SignInRefused as refused:
            answer = refusal(request, str(refused), status=403)
            raise ImmediateHttpResponse(answer) from refused
        sociallogin.user = person
        record_authentication(request, sociallogin)
        target = sociallogin.get_redirect_url(request)
        answer = perform_login(request, person, email_verification="none", redirect_url=target)
        raise ImmediateHttpResponse(answer)

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None,
        extra_context: Any = None,
    ) -> NoReturn:  # fmt: skip
        if isinstance(exception, RequestException):
            raise ImmediateHttpResponse(refusal(request, UNREACHABLE, status=503))
        raise ImmediateHttpResponse(refusal(request, BROKEN_OFF, status=401))


def _vouched_for(login: SocialLogin) -> User:
    """The person that a provider speaks of; raise SignInRefused."""
    if login.account.provider == "saml":  # signed by the company, for this product: it vouches
        email = login.email_addresses[0].email if login.email_addresses else ""
        if not email:
            raise SignInRefused(gettext(NO_EMAIL))
    else:
        email = vouched_email(login.account.extra_data, trusts_silence=settings.SSO_TRUST_EMAIL)
    names = {name: getattr(login.user, name, "") for name in ("first_name", "last_name")}
    return person_of(email, may_create=settings.SSO_CREATE_USERS, **names)


def provider_needed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Say so where the identity provider does not answer, or nobody can read what it sent."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except OSError:  # of requests and of urllib alike
            return refusal(request, UNREACHABLE, status=503)
        except (LxmlError, ValueError):  # the library lets through what is no XML, or no text
            return refusal(request, BROKEN_OFF, status=401)

    return guarded


@require_safe
@never_cache
@provider_needed
def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send a person to the identity provider; say so where that does not answer."""
    if request.user.is_authenticated:
        return redirect("/")
    try:
        provider = get_adapter(request).get_provider(request, provider_id)
    except SocialApp.DoesNotExist as missing:
        raise Http404 from missing
    answer: HttpResponse = provider.redirect(
        request, process="login", next_url=_page_after(request)
    )
    return answer


def _page_after(request: HttpRequest) -> str:
    page = request.GET.get(REDIRECT_FIELD_NAME, "")
    is_ours = url_has_allowed_host_and_scheme(
        page, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return page if is_ours else "/"


def no_single_logout(request: HttpRequest, organization_slug: str) -> NoReturn:
    """Answer 404: the address has to have a name, but signing out here ends nothing elsewhere."""
    raise Http404
