"""The life cycle of one account: what is known, and what people say of it."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Ability
from accounts.decorators import PersonRequest, ability_required
from accounts.errors import DomainError, MilestoneNotCleared
from accounts.forms import MilestoneForm, UseCasesForm
from accounts.models import Account, Milestone
from accounts.services import milestones
from playbooks.business_days import local_day
from playbooks.queries.life_cycle import LifeCycles

UNPROCESSABLE = 422


@require_safe
@ability_required(Ability.READ)
def life_cycle(request: PersonRequest, account_id: int) -> HttpResponse:
    return _show(request, account_id, now=timezone.now())


@require_POST
@ability_required(Ability.WORK_CTAS)
def set_milestone(request: PersonRequest, account_id: int) -> HttpResponse:
    """Say by hand what the account has reached."""
    now = timezone.now()
    form = MilestoneForm(request.POST, today=local_day(now, request.user.time_zone))
    _refuse_unseen(request, account_id)
    if form.is_valid():
        new = form.new_milestone()
        try:
            said = milestones.set_milestone(
                account_id=account_id, new=new, by=request.user, now=now
            )
        except DomainError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, f"{said.get_code_display()}: {date_format(said.reached_on, 'd F Y')}."
            )
            return redirect("playbooks:life_cycle", account_id)
    return _show(request, account_id, now=now, wrong=form)


@require_POST
@ability_required(Ability.WORK_CTAS)
def clear_milestone(request: PersonRequest, account_id: int) -> HttpResponse:
    """Take back what somebody said by hand."""
    code = request.POST.get("code", "")
    try:
        was = milestones.clear_milestone(
            account_id=account_id, code=code, by=request.user, now=timezone.now()
        )
    except Account.DoesNotExist as missing:
        raise Http404 from missing
    except Milestone.DoesNotExist:
        messages.warning(request, gettext("That is not set by hand: there is nothing to clear."))
        return redirect("playbooks:life_cycle", account_id)
    page = reverse("playbooks:life_cycle", args=[account_id])
    return redirect(f"{page}?cleared={was.code}")


@require_POST
@ability_required(Ability.WORK_CTAS)
def restore_milestone(request: PersonRequest, account_id: int) -> HttpResponse:
    """Bring back what was cleared, as it was."""
    _refuse_unseen(request, account_id)
    was = _cleared(account_id, request.POST.get("code", ""))
    try:
        if was is None:
            raise MilestoneNotCleared
        milestones.restore_milestone(milestone_id=was.pk, by=request.user, now=timezone.now())
    except MilestoneNotCleared as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(
            request, gettext("%(code)s is set by hand again.") % {"code": was.get_code_display()}
        )
    return redirect("playbooks:life_cycle", account_id)


@require_POST
@ability_required(Ability.WORK_CTAS)
def choose_use_cases(request: PersonRequest, account_id: int) -> HttpResponse:
    """Say what the account bought the product for."""
    now = timezone.now()
    _refuse_unseen(request, account_id)
    view = LifeCycles(now=now)
    form = UseCasesForm(request.POST, choices=[(each.code, each.name) for each in view.use_cases])
    if not form.is_valid():
        return _show(request, account_id, now=now, wrong_use_cases=form)
    chosen = form.cleaned_data["use_cases"]
    milestones.choose_use_cases(account_id=account_id, use_cases=chosen, by=request.user, now=now)
    messages.success(request, gettext("Saved what they bought the product for."))
    return redirect("playbooks:life_cycle", account_id)


def _show(
    request: PersonRequest,
    account_id: int,
    *,
    now: datetime,
    wrong: MilestoneForm | None = None,
    wrong_use_cases: UseCasesForm | None = None,
) -> HttpResponse:
    """Show the page, or a form on it that was filled in wrongly."""
    seen = Account.objects.visible_to(request.user).select_related("csm")
    account = get_object_or_404(seen, pk=account_id)
    view = LifeCycles(now=now)
    found = view.of([account.pk])[account.pk]
    context: dict[str, object] = {"account": account, "life_cycle": found, "today": view.today}
    if request.user.may_work:
        context["cleared"] = _cleared(account.pk, request.GET.get("cleared", ""))
        today = local_day(now, request.user.time_zone)
        choices = [(each.code, each.name) for each in view.use_cases]
        context |= {
            "form": wrong or MilestoneForm(today=today),
            "use_cases_form": wrong_use_cases or UseCasesForm(choices=choices, bought=found.bought),
        }
    status = UNPROCESSABLE if wrong or wrong_use_cases else None
    return render(request, "playbooks/life_cycle.html", context, status=status)


def _cleared(account_id: int, code: str) -> Milestone | None:
    """What was cleared and can be brought back, where the code names such a milestone."""
    if code not in Milestone.Code.values:
        return None
    return Milestone.objects.cleared().filter(account=account_id, code=code).first()


def _refuse_unseen(request: PersonRequest, account_id: int) -> None:
    get_object_or_404(Account.objects.visible_to(request.user), pk=account_id)
