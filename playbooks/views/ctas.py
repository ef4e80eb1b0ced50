"""The page of a call to action and its transitions: each calls one service and shows it again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from accounts.access import Ability
from accounts.decorators import PersonRequest, ability_required
from accounts.errors import DomainError
from accounts.models import Account
from playbooks.business_days import local_day
from playbooks.errors import CTAChanged
from playbooks.forms import ActionForm, CloseForm, CommentForm, NewCTAForm, ReassignForm, SnoozeForm
from playbooks.models import CallToAction, Task
from playbooks.queries.cta import cta_page
from playbooks.services import ctas

UNPROCESSABLE = 422
CONFLICT = 409


@require_safe
@vary_on_headers("HX-Request")
@ability_required(Ability.READ)
def cta(request: PersonRequest, cta_id: int) -> HttpResponse:
    return _show(request, cta_id)


@require_POST
@ability_required(Ability.WORK_CTAS)
def start(request: PersonRequest, cta_id: int) -> HttpResponse:
    act = partial(ctas.start_work, cta_id=cta_id, by=request.user, now=timezone.now())
    return _act(request, cta_id, act, "Work started.")


@require_POST
@ability_required(Ability.WORK_CTAS)
def complete_task(request: PersonRequest, cta_id: int, task_id: int) -> HttpResponse:
    _refuse_tasks_of_others(request, cta_id, task_id)
    act = partial(ctas.complete_task, task_id=task_id, by=request.user, now=timezone.now())
    return _act(request, cta_id, act)


@require_POST
@ability_required(Ability.WORK_CTAS)
def reopen_task(request: PersonRequest, cta_id: int, task_id: int) -> HttpResponse:
    _refuse_tasks_of_others(request, cta_id, task_id)
    act = partial(ctas.reopen_task, task_id=task_id, by=request.user, now=timezone.now())
    return _act(request, cta_id, act)


@require_POST
@ability_required(Ability.WORK_CTAS)
def snooze(request: PersonRequest, cta_id: int) -> HttpResponse:
    now = timezone.now()
    form = SnoozeForm(request.POST, today=local_day(now, request.user.time_zone))
    if not form.is_valid():
        return _show(request, cta_id, wrong=form, status=UNPROCESSABLE)
    act = partial(ctas.snooze, cta_id=cta_id, **form.cleaned_data, by=request.user, now=now)
    said = f"Snoozed until {form.cleaned_data['until']:%A, %d %B}."
    return _act(request, cta_id, act, said, form=form)


@require_POST
@ability_required(Ability.WORK_CTAS)
def wake(request: PersonRequest, cta_id: int) -> HttpResponse:
    act = partial(ctas.wake, cta_id=cta_id, by=request.user, now=timezone.now())
    return _act(request, cta_id, act, "Back in the queue.")


@require_POST
@ability_required(Ability.WORK_CTAS)
def close(request: PersonRequest, cta_id: int) -> HttpResponse:
    form = CloseForm(request.POST, cta=_seen(request, cta_id))
    if not form.is_valid():
        return _show(request, cta_id, wrong=form, status=UNPROCESSABLE)
    act = partial(
        ctas.close_cta, cta_id=cta_id, **form.cleaned_data, by=request.user, now=timezone.now()
    )
    return _act(request, cta_id, act, form=form)


@require_POST
@ability_required(Ability.WORK_CTAS)
def reopen(request: PersonRequest, cta_id: int) -> HttpResponse:
    act = partial(ctas.reopen_cta, cta_id=cta_id, by=request.user, now=timezone.now())
    return _act(request, cta_id, act, "Open again.")


@require_POST
@ability_required(Ability.WORK_CTAS)
def comment(request: PersonRequest, cta_id: int) -> HttpResponse:
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _show(request, cta_id, wrong=form, status=UNPROCESSABLE)
    act = partial(
        ctas.comment, cta_id=cta_id, **form.cleaned_data, by=request.user, now=timezone.now()
    )
    return _act(request, cta_id, act, "Comment added.")


@require_POST
@ability_required(Ability.WORK_CTAS)
def reassign(request: PersonRequest, cta_id: int) -> HttpResponse:
    form = ReassignForm(request.POST, cta=_seen(request, cta_id))
    if not form.is_valid():
        return _show(request, cta_id, wrong=form, status=UNPROCESSABLE)
    act = partial(
        ctas.reassign, cta_id=cta_id, **form.cleaned_data, by=request.user, now=timezone.now()
    )
    owner = form.cleaned_data["owner"]
    said = "It is yours now." if owner == request.user else f"Handed on to {owner}."
    return _act(request, cta_id, act, said, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@ability_required(Ability.WORK_CTAS)
def new_cta(request: PersonRequest, account_id: int) -> HttpResponse:
    """Open a call to action by hand for an account."""
    now = timezone.now()
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=account_id)
    form = NewCTAForm(
        request.POST if request.method == "POST" else None,
        account=account,
        by=request.user,
        today=local_day(now, request.user.time_zone),
    )
    if form.is_valid():
        try:
            opened = ctas.open_cta(account=account, new=form.new_cta(), by=request.user, now=now)
        except DomainError as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("playbooks:cta", opened.pk)
    status = UNPROCESSABLE if form.is_bound else None
    context = {"account": account, "form": form}
    return render(request, "playbooks/new_cta.html", context, status=status)


# --- What all of them share -------------------------------------------------------------------------


def cta_context(
    request: PersonRequest, cta_id: int, *, now: datetime, here: str = ""
) -> dict[str, object]:
    """What `_cta.html` needs; `here` is where its forms lead back to without htmx.

    Raises CallToAction.DoesNotExist.
    """
    shown = cta_page(cta_id, user=request.user, now=now)
    context: dict[str, object] = {"shown": shown, "cta": shown.cta, "next": here}
    if request.user.may_work:
        forms: list[ActionForm] = [
            SnoozeForm(today=shown.today),
            CloseForm(cta=shown.cta),
            CommentForm(),
            ReassignForm(cta=shown.cta),
        ]
        context |= {f"{form.name}_form": form for form in forms}
    return context


def _act(
    request: PersonRequest,
    cta_id: int,
    act: Callable[[], object],
    said: str = "",
    *,
    form: ActionForm | None = None,
) -> HttpResponse:
    """Do it, then show the call to action as it is now, or why it could not be done."""
    try:
        act()
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    except CTAChanged as changed:
        return _show(request, cta_id, problem=str(changed), status=CONFLICT)
    except DomainError as refused:
        if form is None:
            return _show(request, cta_id, problem=str(refused), status=CONFLICT)
        form.add_error(None, str(refused))
        return _show(request, cta_id, wrong=form, status=CONFLICT)
    if said:
        messages.success(request, said)
    if request.htmx:
        return trigger_client_event(_show(request, cta_id), "ctaChanged")
    return redirect(_back(request, cta_id))


def _show(
    request: PersonRequest,
    cta_id: int,
    *,
    problem: str = "",
    wrong: ActionForm | None = None,
    status: int | None = None,
) -> HttpResponse:
    """Show it with what could not be done, or with the form that was filled in wrongly."""
    here = request.POST.get("next", "")
    try:
        context = cta_context(request, cta_id, now=timezone.now(), here=here)
    except CallToAction.DoesNotExist as missing:
        raise Http404 from missing
    if wrong is not None:
        context[f"{wrong.name}_form"] = wrong
    page_url = reverse("playbooks:cta", args=[cta_id])
    context["problem"] = problem
    context["is_page"] = not request.htmx or request.htmx.current_url_abs_path == page_url
    template = "playbooks/_cta.html" if request.htmx else "playbooks/cta.html"
    return render(request, template, context, status=status)


def _seen(request: PersonRequest, cta_id: int) -> CallToAction:
    seen = CallToAction.objects.visible_to(request.user).select_related("account__csm")
    return get_object_or_404(seen, pk=cta_id)


def _refuse_tasks_of_others(request: PersonRequest, cta_id: int, task_id: int) -> None:
    """Answer 404 where an address names a task that is not one of its call to action."""
    if not Task.objects.visible_to(request.user).filter(pk=task_id, cta=cta_id).exists():
        raise Http404


def _back(request: PersonRequest, cta_id: int) -> str:
    page = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        page, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return page if is_ours else reverse("playbooks:cta", args=[cta_id])
