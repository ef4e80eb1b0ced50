"""The health of an account: why it is what it is, its success plans, and what is judged by hand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Ability
from accounts.decorators import PersonRequest, ability_required
from accounts.errors import DomainError
from accounts.models import Account, Objective, SuccessPlan
from accounts.services import manual_measures, success_plans
from accounts.services.success_plans import NEXT_STATES
from playbooks.plan_forms import JudgeForm, ObjectiveForm, PlanForm
from playbooks.queries.health import HealthPage, health_page
from usage.errors import PeriodInvalid
from usage.periods import parse_period

UNPROCESSABLE = 422
CONFLICT = 409
MOVES = {
    SuccessPlan.State.ACTIVE: gettext_noop("Make it active"),
    SuccessPlan.State.CLOSED: gettext_noop("Close it"),
}


@require_safe
@ability_required(Ability.READ)
def health(request: PersonRequest, account_id: int) -> HttpResponse:
    """Show an account's health; `?period=YYYY-MM` chooses the month that is taken apart."""
    return _show(request, account_id)


@require_POST
@ability_required(Ability.WORK_CTAS)
def judge(request: PersonRequest, account_id: int) -> HttpResponse:
    """Note what a person judges by hand."""
    account = _account(request, account_id)
    now = timezone.now()
    page = health_page(account, period=None, now=now)
    form = JudgeForm(request.POST, measures=[each.measure for each in page.by_hand])
    if not form.is_valid():
        return _show(request, account_id, judging=form, status=UNPROCESSABLE)
    manual_measures.judge(account=account, by=request.user, now=now, **form.cleaned_data)
    messages.success(request, gettext("Noted. Health is scored anew in a moment."))
    return redirect("playbooks:health", account.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@ability_required(Ability.WORK_CTAS)
def new_plan(request: PersonRequest, account_id: int) -> HttpResponse:
    account = _account(request, account_id)
    form = PlanForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        plan = success_plans.create_plan(
            account=account, said=form.said(), by=request.user, now=timezone.now()
        )
        messages.success(
            request, gettext("The plan is a draft. Add what the customer wants to achieve.")
        )
        return redirect("playbooks:plan", plan.pk)
    return _form(request, account, form, gettext("New success plan"))


@require_http_methods(["GET", "HEAD", "POST"])
@ability_required(Ability.WORK_CTAS)
def plan(request: PersonRequest, plan_id: int) -> HttpResponse:
    """Show a plan to be worked on, and save what is said of it."""
    shown = _plan(request, plan_id)
    form = PlanForm(request.POST if request.method == "POST" else None, plan=shown)
    if form.is_valid():
        try:
            success_plans.edit_plan(
                plan_id=shown.pk,
                seen_at=form.seen_at or shown.updated_at,
                said=form.said(),
                by=request.user,
                now=timezone.now(),
            )
        except DomainError as refused:
            form.add_error(None, str(refused))
            return _show_plan(request, shown, form, status=CONFLICT)
        messages.success(request, gettext("Saved."))
        return redirect("playbooks:plan", shown.pk)
    return _show_plan(request, shown, form)


@require_POST
@ability_required(Ability.WORK_CTAS)
def move_plan(request: PersonRequest, plan_id: int) -> HttpResponse:
    shown = _plan(request, plan_id)
    try:
        success_plans.move_plan(
            plan_id=shown.pk, to=request.POST.get("to", ""), by=request.user, now=timezone.now()
        )
    except DomainError as refused:
        messages.error(request, str(refused))
        return _show_plan(request, shown, PlanForm(plan=shown), status=CONFLICT)
    return redirect("playbooks:plan", shown.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@ability_required(Ability.WORK_CTAS)
def new_objective(request: PersonRequest, plan_id: int) -> HttpResponse:
    shown = _plan(request, plan_id)
    form = ObjectiveForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        success_plans.add_objective(
            plan_id=shown.pk, said=form.said(), by=request.user, now=timezone.now()
        )
        return redirect("playbooks:plan", shown.pk)
    return _form(request, shown.account, form, gettext("New objective"), plan=shown)


@require_http_methods(["GET", "HEAD", "POST"])
@ability_required(Ability.WORK_CTAS)
def objective(request: PersonRequest, objective_id: int) -> HttpResponse:
    seen = Objective.objects.visible_to(request.user).select_related("plan", "account")
    shown = get_object_or_404(seen, pk=objective_id)
    form = ObjectiveForm(request.POST if request.method == "POST" else None, objective=shown)
    if form.is_valid():
        try:
            success_plans.edit_objective(
                objective_id=shown.pk,
                seen_at=form.seen_at or shown.updated_at,
                said=form.said(),
                by=request.user,
                now=timezone.now(),
            )
        except DomainError as refused:
            form.add_error(None, str(refused))
            return _form(
                request, shown.account, form, shown.title, plan=shown.plan, status=CONFLICT
            )
        return redirect("playbooks:plan", shown.plan_id)
    return _form(request, shown.account, form, shown.title, plan=shown.plan)


def health_context(
    account: Account, *, request: PersonRequest, now: datetime, judging: JudgeForm | None = None
) -> dict[str, Any]:
    """What `playbooks/_account_health.html` shows: for its own page, and for a tab of another one."""
    page = health_page(account, period=_period(request.GET.get("period", "")), now=now)
    return {
        "account": account,
        "health": page,
        "today": timezone.localdate(now),
        "judging": judging or _judging(page),
    }


def _judging(page: HealthPage) -> JudgeForm | None:
    measures = [each.measure for each in page.by_hand]
    return JudgeForm(measures=measures) if measures else None


def _show(
    request: PersonRequest,
    account_id: int,
    *,
    judging: JudgeForm | None = None,
    status: int | None = None,
) -> HttpResponse:
    account = _account(request, account_id)
    context = health_context(account, request=request, now=timezone.now(), judging=judging)
    return render(request, "playbooks/health.html", context, status=status)


def _show_plan(
    request: PersonRequest, shown: SuccessPlan, form: PlanForm, status: int | None = None
) -> HttpResponse:
    context = {
        "account": shown.account,
        "plan": shown,
        "objectives": shown.objectives.order_by("pk"),
        "moves": [(state.value, gettext(MOVES[state])) for state in NEXT_STATES[shown.state]],
        "form": form,
        "today": timezone.localdate(),
    }
    status = status or (UNPROCESSABLE if form.is_bound else None)
    return render(request, "playbooks/plan.html", context, status=status)


def _form(
    request: PersonRequest,
    account: Account,
    form: PlanForm | ObjectiveForm,
    title: str,
    *,
    plan: SuccessPlan | None = None,
    status: int | None = None,
) -> HttpResponse:
    context = {"account": account, "form": form, "title": title, "plan": plan}
    status = status or (UNPROCESSABLE if form.is_bound else None)
    return render(request, "playbooks/plan_form.html", context, status=status)


def _account(request: PersonRequest, account_id: int) -> Account:
    return get_object_or_404(Account.objects.visible_to(request.user), pk=account_id)


def _plan(request: PersonRequest, plan_id: int) -> SuccessPlan:
    seen = SuccessPlan.objects.visible_to(request.user).select_related("account", "owner")
    return get_object_or_404(seen, pk=plan_id)


def _period(text: str) -> date | None:
    """The month asked for; anything else is as if none were."""
    try:
        return parse_period(text)
    except PeriodInvalid:
        return None
