from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from accounts.access import Ability
from accounts.models import User

P = ParamSpec("P")

REFUSALS = {
    Ability.READ: _("Your role does not allow you to see this."),
    Ability.WORK_CTAS: _("Your role does not allow you to work on calls to action."),
    Ability.INGEST: _("Your role does not allow you to hand in usage data."),
    Ability.CONFIGURE: _("Only admins may change this."),
}


class PersonRequest(HttpRequest):
    """A request of someone who is signed in: what `ability_required` lets through."""

    user: User
    htmx: HtmxDetails


PersonView = Callable[Concatenate[PersonRequest, P], HttpResponseBase]
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def ability_required(ability: Ability) -> Callable[[PersonView[P]], View[P]]:
    """Let in who is signed in and may; others are asked to sign in, or get a 403 that says why."""

    def decorate(view: PersonView[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _sign_in_first(request)
            if not request.user.may(ability):
                raise PermissionDenied(REFUSALS[ability])
            return view(cast("PersonRequest", request), *args, **kwargs)

        return guarded

    return decorate


def _sign_in_first(request: HttpRequest) -> HttpResponseBase:
    if "HX-Request" in request.headers:
        # a plain redirect would put the sign-in page into the part that was asked for
        page = request.headers.get("HX-Current-URL", "/")
        return HttpResponseClientRedirect(redirect_to_login(page).url)
    return redirect_to_login(request.get_full_path())
