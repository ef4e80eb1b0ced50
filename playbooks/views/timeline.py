"""The timeline of an account: what happened, and writing it down."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import Ability
from accounts.decorators import PersonRequest, ability_required
from accounts.errors import ActivityChanged, DomainError
from accounts.filters import is_id
from accounts.forms import ActivityForm, first_values, values_of
from accounts.keyset import Asked
from accounts.models import Account, ActivityTemplate, TimelineActivity, User
from accounts.queries import timeline as queries
from accounts.services import timeline
from playbooks.models import CallToAction
from playbooks.queries.owners import possible_owners
from playbooks.services import ctas

UNPROCESSABLE = 422
CONFLICT = 409
Kind = TimelineActivity.Kind


@require_safe
@vary_on_headers("HX-Request")
@ability_required(Ability.READ)
def timeline_of_account(request: PersonRequest, account_id: int) -> HttpResponse:
    """Show what happened with an account, newest first; `?kind=` narrows it."""
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=account_id)
    kind = request.GET.get("kind", "")
    context = {
        "account": account,
        "kind": kind,
        "kinds": Kind.choices,
        "page": queries.entries_page(account, kind=kind, asked=Asked.of(request.GET)),
        "today": timezone.localdate(),
    }
    if request.htmx:
        return render(request, "playbooks/_timeline_list.html", context)
    context |= {
        "sentiments": queries.sentiment_history(account),
        "templates": ActivityTemplate.objects.filter(is_active=True),
        "deleted": _deleted(request, account),
    }
    return render(request, "playbooks/timeline.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@ability_required(Ability.WORK_CTAS)
def log_activity(request: PersonRequest, account_id: int) -> HttpResponse:
    """Write an entry; `?template=` says what it begins with, `?cta=` where one comes from."""
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=account_id)
    now = timezone.now()
    template = ActivityTemplate.objects.filter(
        is_active=True, code=request.GET.get("template", "")
    ).first()
    initial = first_values(now=now, by=request.user, template=template)
    cta = _cta(request, account)
    if cta is not None and template is None:
        initial["subject"] = cta.title
    asks = template is not None and template.asks_sentiment
    form = _form(request, account, initial, asks_sentiment=asks)
    context = {"account": account, "form": form, "cta": cta, "template": template}
    if form.is_valid():
        try:
            _log(account, form, cta=cta, by=request.user, now=now)
        except DomainError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, gettext("Written into the timeline."))
            if cta is not None:
                return redirect("playbooks:cta", cta.pk)
            return redirect("playbooks:timeline", account.pk)
    elif not form.is_bound:
        context["templates"] = ActivityTemplate.objects.filter(is_active=True)
    status = UNPROCESSABLE if form.is_bound else None
    return render(request, "playbooks/activity_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@ability_required(Ability.WORK_CTAS)
def change_activity(request: PersonRequest, account_id: int, activity_id: int) -> HttpResponse:
    """Say an entry anew; who was slower than somebody else sees what that one wrote."""
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=account_id)
    activity = get_object_or_404(queries.entries(account), pk=activity_id)
    form = _form(request, account, values_of(activity), also=_inside(activity))
    status = UNPROCESSABLE if form.is_bound else None
    if form.is_valid():
        try:
            timeline.change_activity(
                activity_id=activity.pk,
                seen_at=_seen_at(request) or activity.updated_at,
                new=form.new_activity(),
                by=request.user,
                now=timezone.now(),
            )
        except DomainError as refused:
            form.add_error(None, str(refused))
            status = CONFLICT if isinstance(refused, ActivityChanged) else UNPROCESSABLE
        else:
            messages.success(request, gettext("Changed."))
            return redirect("playbooks:timeline", account.pk)
    context = {"account": account, "form": form, "activity": activity}
    return render(request, "playbooks/activity_form.html", context, status=status)


@require_POST
@ability_required(Ability.WORK_CTAS)
def delete_activity(request: PersonRequest, account_id: int, activity_id: int) -> HttpResponse:
    """Take an entry away, and offer to bring it back."""
    activity = _of_account(request, account_id, activity_id)
    try:
        timeline.delete_activity(activity_id=activity.pk, by=request.user, now=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused))
        return redirect("playbooks:timeline", account_id)
    page = reverse("playbooks:timeline", args=[account_id])
    return redirect(f"{page}?deleted={activity.pk}")


@require_POST
@ability_required(Ability.WORK_CTAS)
def restore_activity(request: PersonRequest, account_id: int, activity_id: int) -> HttpResponse:
    activity = _of_account(request, account_id, activity_id)
    try:
        timeline.restore_activity(activity_id=activity.pk, by=request.user, now=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, gettext("It is back in the timeline."))
    return redirect("playbooks:timeline", account_id)


@transaction.atomic
def _log(
    account: Account, form: ActivityForm, *, cta: CallToAction | None, by: User, now: datetime
) -> None:
    """Write the entry; one that comes from a call to action is linked with it."""
    activity = timeline.log_activity(account=account, new=form.new_activity(), by=by, now=now)
    if cta is not None:
        ctas.link_cta(cta_id=cta.pk, link=ctas.NewLink(activity=activity), by=by, now=now)


def _form(
    request: PersonRequest,
    account: Account,
    initial: dict[str, object],
    *,
    also: Q | None = None,
    asks_sentiment: bool = False,
) -> ActivityForm:
    return ActivityForm(
        request.POST if request.method == "POST" else None,
        account=account,
        colleagues=_colleagues(account, also),
        initial=initial,
        asks_sentiment=asks_sentiment,
    )


def _colleagues(account: Account, also: Q | None) -> QuerySet[User]:
    """Who may have been there: whoever works on the account, and whoever the entry names already."""
    those = Q(pk__in=possible_owners(account).order_by().values("pk"))
    return User.objects.filter(those | also if also is not None else those).order_by("email")


def _inside(activity: TimelineActivity) -> Q:
    return Q(pk__in=[each.user_id for each in activity.attendances.all() if each.user_id])


def _cta(request: PersonRequest, account: Account) -> CallToAction | None:
    asked = request.GET.get("cta", "")
    if not is_id(asked):
        return None
    seen = CallToAction.objects.visible_to(request.user).filter(account=account)
    return seen.filter(pk=int(asked)).first()


def _deleted(request: PersonRequest, account: Account) -> TimelineActivity | None:
    """The entry that was just taken away, to be brought back, where the address names one."""
    asked = request.GET.get("deleted", "")
    if not is_id(asked):
        return None
    gone = TimelineActivity.objects.filter(account=account, deleted_at__isnull=False)
    return gone.filter(pk=int(asked)).first()


def _seen_at(request: PersonRequest) -> datetime | None:
    """When the entry that the form shows was changed last, as the form says."""
    try:
        return parse_datetime(request.POST.get("seen_at", ""))
    except ValueError:
        return None


def _of_account(request: PersonRequest, account_id: int, activity_id: int) -> TimelineActivity:
    seen = TimelineActivity.objects.visible_to(request.user).filter(account=account_id)
    return get_object_or_404(seen, pk=activity_id)
