"""Forms on pages of their own: a new call to action and its account, a new link of one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Ability
from accounts.decorators import PersonRequest, ability_required
from accounts.errors import DomainError
from accounts.filters import is_id
from accounts.models import Account, TimelineActivity, User
from playbooks.business_days import local_day
from playbooks.forms import LinkForm, NewCTAForm
from playbooks.models import CallToAction
from playbooks.services import ctas

UNPROCESSABLE = 422
MOST_FOUND = 20
PROPOSED = {"title": 200, "type": 20, "playbook": 60, "summary": 500}


@require_safe
@ability_required(Ability.WORK_CTAS)
def pick_account(request: PersonRequest) -> HttpResponse:
    """Find the account that a new call to action is for."""
    name = request.GET.get("q", "").replace("\0", "").strip()[:100]  # PostgreSQL refuses NUL
    accounts = Account.objects.visible_to(request.user).named(name)
    found = list(accounts.select_related("csm").order_by("name", "pk")[: MOST_FOUND + 1])
    context = {"name": name, "accounts": found[:MOST_FOUND], "has_more": len(found) > MOST_FOUND}
    return render(request, "playbooks/pick_account.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@ability_required(Ability.WORK_CTAS)
def new_cta(request: PersonRequest, account_id: int) -> HttpResponse:
    """Open a call to action by hand for an account; `?activity=` names the entry it follows from.

    `?title=`, `?type=`, `?playbook=` and `?summary=` fill the form in beforehand.
    """
    now = timezone.now()
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=account_id)
    activity = _activity(request, account)
    form = NewCTAForm(
        request.POST if request.method == "POST" else None,
        account=account,
        by=request.user,
        today=local_day(now, request.user.time_zone),
        activity=activity,
        proposed=_proposed(request),
    )
    if form.is_valid():
        try:
            opened = _open(account, form, activity=activity, by=request.user, now=now)
        except DomainError as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("playbooks:cta", opened.pk)
    status = UNPROCESSABLE if form.is_bound else None
    context = {"account": account, "form": form, "activity": activity}
    return render(request, "playbooks/new_cta.html", context, status=status)


@transaction.atomic
def _open(
    account: Account,
    form: NewCTAForm,
    *,
    activity: TimelineActivity | None,
    by: User,
    now: datetime,
) -> CallToAction:
    """Open it; one that follows from an entry of the timeline is linked with it."""
    opened = ctas.open_cta(account=account, new=form.new_cta(), by=by, now=now)
    if activity is not None:
        ctas.link_cta(cta_id=opened.pk, link=ctas.NewLink(activity=activity), by=by, now=now)
    return opened


def _proposed(request: PersonRequest) -> dict[str, str]:
    """What the address fills in, cut to what the form takes."""
    given = {name: request.GET.get(name, "")[:most] for name, most in PROPOSED.items()}
    return {name: text for name, text in given.items() if text}


def _activity(request: PersonRequest, account: Account) -> TimelineActivity | None:
    asked = request.GET.get("activity", "")
    if not is_id(asked):
        return None
    return TimelineActivity.objects.kept().filter(account=account, pk=int(asked)).first()


@require_http_methods(["GET", "HEAD", "POST"])
@ability_required(Ability.WORK_CTAS)
def new_link(request: PersonRequest, cta_id: int) -> HttpResponse:
    """Link a call to action with something of its account, or with an address."""
    seen = CallToAction.objects.visible_to(request.user).select_related("account")
    cta = get_object_or_404(seen, pk=cta_id)
    form = LinkForm(request.POST if request.method == "POST" else None, cta=cta)
    if form.is_valid():
        try:
            ctas.link_cta(cta_id=cta_id, link=form.new_link(), by=request.user, now=timezone.now())
        except DomainError as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("playbooks:cta", cta_id)
    status = UNPROCESSABLE if form.is_bound else None
    return render(request, "playbooks/new_link.html", {"cta": cta, "form": form}, status=status)
