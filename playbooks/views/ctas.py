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
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from accounts.access import Ability
from accounts.decorators import PersonRequest, ability_required
from accounts.errors import DomainError
from playbooks.errors import CTAChanged
from playbooks.forms import (
    ActionForm,
    CloseForm,
    CommentForm,
    MarkForm,
    ReassignForm,
    RescheduleForm,
    RiskForm,
    SnoozeForm,
    UndoRescheduleForm,
    UnlinkForm,
)
from playbooks.models import CallToAction, Task
from playbooks.organisation import organisation_day
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
    return _act(request, cta_id, act, gettext("Work started."))


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
    form = SnoozeForm(request.POST, today=organisation_day(now))
    if not form.is_valid():
        return _show(request, cta_id, wrong=form, status=UNPROCESSABLE)
    act = partial(ctas.snooze, cta_id=cta_id, **form.cleaned_data, by=request.user, now=now)
    said = gettext("Snoozed to the end of %(day)s.") % {
        "day": date_format(form.cleaned_data["until"], "l, d F")
    }
    return _act(request, cta_id, act, said, form=form)


@require_POST
@ability_required(Ability.WORK_CTAS)
def wake(request: PersonRequest, cta_id: int) -> HttpResponse:
    act = partial(ctas.wake, cta_id=cta_id, by=request.user, now=timezone.now())
    return _act(request, cta_id, act, gettext("Back in the queue."))


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
    return _act(request, cta_id, act, gettext("Open again."))


@require_POST
@ability_required(Ability.WORK_CTAS)
def comment(request: PersonRequest, cta_id: int) -> HttpResponse:
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _show(request, cta_id, wrong=form, status=UNPROCESSABLE)
    act = partial(
        ctas.comment, cta_id=cta_id, **form.cleaned_data, by=request.user, now=timezone.now()
    )
    return _act(request, cta_id, act, gettext("Comment added."))


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
    said = (
        gettext("It is yours now.")
        if owner == request.user
        else gettext("Handed on to %(owner)s.") % {"owner": owner}
    )
    return _act(request, cta_id, act, said, form=form)


@require_POST
@ability_required(Ability.WORK_CTAS)
def reschedule(request: PersonRequest, cta_id: int) -> HttpResponse:
    form = RescheduleForm(request.POST, cta=_seen(request, cta_id))
    if not form.is_valid():
        return _show(request, cta_id, wrong=form, status=UNPROCESSABLE)
    act = partial(
        ctas.reschedule, cta_id=cta_id, **form.cleaned_data, by=request.user, now=timezone.now()
    )
    return _act(request, cta_id, act, form=form)


@require_POST
@ability_required(Ability.WORK_CTAS)
def undo_reschedule(request: PersonRequest, cta_id: int) -> HttpResponse:
    form = UndoRescheduleForm(request.POST)
    _seen(request, cta_id)
    if not form.is_valid():
        return _show(
            request, cta_id, problem=gettext("Which move is to be undone?"), status=UNPROCESSABLE
        )
    event_id = form.cleaned_data["event"]
    act = partial(
        ctas.undo_reschedule, cta_id=cta_id, event_id=event_id, by=request.user, now=timezone.now()
    )
    return _act(request, cta_id, act, gettext("Moved back."))


@require_POST
@ability_required(Ability.WORK_CTAS)
def assess_risk(request: PersonRequest, cta_id: int) -> HttpResponse:
    form = RiskForm(request.POST, cta=_seen(request, cta_id))
    if not form.is_valid():
        return _show(request, cta_id, wrong=form, status=UNPROCESSABLE)
    act = partial(
        ctas.assess_risk, cta_id=cta_id, **form.cleaned_data, by=request.user, now=timezone.now()
    )
    return _act(request, cta_id, act, gettext("Risk noted."), form=form)


@require_POST
@ability_required(Ability.WORK_CTAS)
def mark(request: PersonRequest, cta_id: int) -> HttpResponse:
    form = MarkForm(request.POST)
    _seen(request, cta_id)
    if not form.is_valid():
        return _show(request, cta_id, problem=gettext("Important or not?"), status=UNPROCESSABLE)
    is_important = form.cleaned_data["is_important"]
    act = partial(
        ctas.mark_important,
        cta_id=cta_id,
        is_important=is_important,
        by=request.user,
        now=timezone.now(),
    )
    return _act(request, cta_id, act)


@require_POST
@ability_required(Ability.WORK_CTAS)
def unlink(request: PersonRequest, cta_id: int) -> HttpResponse:
    form = UnlinkForm(request.POST)
    _seen(request, cta_id)
    if not form.is_valid():
        return _show(request, cta_id, problem=gettext("Which link is to go?"), status=UNPROCESSABLE)
    link_id = form.cleaned_data["link"]
    act = partial(
        ctas.unlink_cta, cta_id=cta_id, link_id=link_id, by=request.user, now=timezone.now()
    )
    return _act(request, cta_id, act, gettext("Link removed."))


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
            SnoozeForm(today=organisation_day(now)),
            CloseForm(cta=shown.cta),
            CommentForm(),
            ReassignForm(cta=shown.cta),
            RescheduleForm(cta=shown.cta),
            RiskForm(cta=shown.cta),
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
