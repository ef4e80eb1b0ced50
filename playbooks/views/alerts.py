"""The pages of alerts: the list behind the bell, how each person wants them, and what was given up."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Ability
from accounts.decorators import PersonRequest, ability_required
from accounts.errors import DomainError
from accounts.keyset import Asked
from playbooks.alert_forms import ChoicesForm, EndpointForm, HoursForm
from playbooks.errors import DeliveryNotDead
from playbooks.queries import alerts as queries
from playbooks.services.alerts import (
    deliveries,
    endpoints,
    following,
    preferences,
    unsubscribing,
)

UNPROCESSABLE = 422
MOST_IDS = 500


@require_safe
@ability_required(Ability.READ)
def alerts(request: PersonRequest) -> HttpResponse:
    unread_only = request.GET.get("show") == "unread"
    page = queries.alerts_page(
        request.user, unread_only=unread_only, asked=Asked.of(request.GET.dict())
    )
    return render(
        request,
        "playbooks/alerts.html",
        {"page": page, "unread_only": unread_only, "here": request.get_full_path()},
    )


@require_POST
@ability_required(Ability.READ)
def read(request: PersonRequest) -> HttpResponse:
    """Mark the alerts that are named as read; without a name all of them."""
    ids = [int(each) for each in request.POST.getlist("alert")[:MOST_IDS] if each.isdecimal()]
    chosen = ids if "alert" in request.POST else None
    count = following.mark_read(by=request.user, now=timezone.now(), ids=chosen)
    if chosen is None:
        messages.success(
            request,
            ngettext("%(count)s marked as read.", "%(count)s marked as read.", count)
            % {"count": count}
            if count
            else gettext("Nothing was unread."),
        )
    return redirect(_back(request, "playbooks:alerts"))


@require_POST
@ability_required(Ability.READ)
def open_alert(request: PersonRequest) -> HttpResponse:
    """Mark an alert as read and go to what it is about."""
    alert_id = request.POST.get("alert", "")
    if not alert_id.isdecimal():
        return redirect("playbooks:alerts")
    alert = queries.own_alert(request.user, int(alert_id))
    if alert is None:
        return redirect("playbooks:alerts")
    following.mark_read(by=request.user, now=timezone.now(), ids=[alert.pk])
    return redirect(alert)


@require_POST
@ability_required(Ability.READ)
def follow(request: PersonRequest, account_id: int) -> HttpResponse:
    """Follow an account, or with `stop` in the form no longer."""
    try:
        if "stop" in request.POST:
            account = following.unfollow(account_id=account_id, by=request.user)
        else:
            account = following.follow(account_id=account_id, by=request.user, now=timezone.now())
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    if request.htmx:
        return render(request, "playbooks/_follow.html", {"account": account})
    return redirect("playbooks:account", account_id)


# --- How a person wants them ------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@ability_required(Ability.READ)
def alert_settings(request: PersonRequest) -> HttpResponse:
    user = request.user
    kinds = preferences.kinds_for(user)
    which = request.POST.get("form", "")
    choices = ChoicesForm(
        request.POST if which == ChoicesForm.name else None,
        kinds=kinds,
        chosen=queries.chosen(user),
    )
    hours = HoursForm(
        request.POST if which == HoursForm.name else None,
        schedule=preferences.schedule_of(user),
    )
    if choices.is_bound and choices.is_valid():
        preferences.choose(user=user, choices=choices.choices())
        messages.success(request, gettext("Saved."))
        return redirect("playbooks:alert_settings")
    if hours.is_bound and hours.is_valid():
        try:
            preferences.set_hours(user=user, **hours.cleaned_data)
        except DomainError as refused:
            hours.add_error(None, str(refused))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("playbooks:alert_settings")
    status = UNPROCESSABLE if choices.is_bound or hours.is_bound else None
    return _settings(request, choices=choices, hours=hours, status=status)


@require_POST
@ability_required(Ability.READ)
def add_endpoint(request: PersonRequest) -> HttpResponse:
    """Store an address of one's own; a webhook's secret is shown now and never again."""
    form = EndpointForm(request.POST)
    if not form.is_valid():
        return _settings(request, endpoint=form, status=UNPROCESSABLE)
    try:
        made = endpoints.add(
            **form.given(), owner=request.user, by=request.user, now=timezone.now()
        )
    except DomainError as refused:
        form.add_error(None, str(refused))
        return _settings(request, endpoint=form, status=UNPROCESSABLE)
    if made.secret:
        return _settings(request, made=made)
    messages.success(request, gettext("Added %(endpoint)s.") % {"endpoint": made.endpoint})
    return redirect("playbooks:alert_settings")


@require_POST
@ability_required(Ability.READ)
def remove_endpoint(request: PersonRequest) -> HttpResponse:
    endpoint_id = request.POST.get("endpoint", "")
    try:
        endpoints.remove_own(
            endpoint_id=int(endpoint_id) if endpoint_id.isdecimal() else 0,
            by=request.user,
            now=timezone.now(),
        )
    except ObjectDoesNotExist:
        messages.error(request, gettext("That address is no longer there."))
    else:
        messages.success(request, gettext("Removed, with what waited for it."))
    return redirect("playbooks:alert_settings")


def _settings(
    request: PersonRequest, *, status: int | None = None, **changed: object
) -> HttpResponse:
    user = request.user
    shown: dict[str, object] = {
        "choices": ChoicesForm(kinds=preferences.kinds_for(user), chosen=queries.chosen(user)),
        "hours": HoursForm(schedule=preferences.schedule_of(user)),
        "endpoint": EndpointForm(),
        "ways": queries.ways(user),
        "has_email": queries.has_email(),
        "endpoints": queries.own_endpoints(user),
        "shared": queries.shared_places(),
    }
    return render(request, "playbooks/alert_settings.html", shown | changed, status=status)


# --- From an e-mail, signed in or not ---------------------------------------------------------------


@csrf_exempt  # the signed link is the authority; mail programs post to it without a cookie
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, then end the e-mails: to follow a link must change nothing, programs do that too."""
    asked = unsubscribing.read(token)
    if asked is None:
        raise Http404
    if request.method == "POST":
        unsubscribing.unsubscribe(asked)
    context = {"asked": asked, "is_done": request.method == "POST"}
    return render(request, "playbooks/unsubscribe.html", context)


# --- What could not be sent -------------------------------------------------------------------------


@require_safe
@ability_required(Ability.CONFIGURE)
def undelivered(request: PersonRequest) -> HttpResponse:
    page = queries.undelivered(Asked.of(request.GET.dict()))
    return render(request, "playbooks/undelivered.html", {"page": page})


@require_POST
@ability_required(Ability.CONFIGURE)
def send_again(request: PersonRequest) -> HttpResponse:
    """Queue what is named, or all that was given up."""
    ids = [int(each) for each in request.POST.getlist("delivery")[:MOST_IDS] if each.isdecimal()]
    count = sum(_is_queued_again(delivery_id, request) for delivery_id in ids)
    messages.success(
        request,
        ngettext("%(count)s will be sent again.", "%(count)s will be sent again.", count)
        % {"count": count}
        if count
        else gettext("Nothing was chosen."),
    )
    return redirect("playbooks:undelivered")


def _is_queued_again(delivery_id: int, request: PersonRequest) -> bool:
    """False: somebody else has just sent it again, or it was erased."""
    try:
        deliveries.send_again(delivery_id=delivery_id, by=request.user, now=timezone.now())
    except (DeliveryNotDead, ObjectDoesNotExist):
        return False
    return True


def _back(request: PersonRequest, otherwise: str) -> str:
    page = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        page, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return page if is_ours else otherwise
