"""What people say of an account's adoption: goals of use cases, and why one is not used."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.access import Ability
from accounts.decorators import PersonRequest, ability_required
from accounts.forms import GoalForm, NonAdoptionForm
from accounts.models import AdoptionGoal, NonAdoption
from accounts.services import adoption
from playbooks.queries.account.adoption import adoptions
from playbooks.views.account import framed, show_summary

UNKNOWN = _("That is no use case of the edition: nothing was saved.")


@require_POST
@ability_required(Ability.WORK_CTAS)
def set_goal(request: PersonRequest, account_id: int) -> HttpResponse:
    """Say how mature a use case should become; without a level its goal is taken away."""
    found, context = framed(request, account_id)
    names = {row.code: row.name for row in adoptions(found, {})}
    code = request.POST.get("use_case", "")
    if code not in names:
        messages.warning(request, UNKNOWN)
        return _back(account_id)
    form = GoalForm(request.POST, use_case=code)
    if not form.is_valid():
        return show_summary(request, found, context, wrong=form)
    level, due_on = form.cleaned_data["level"], form.cleaned_data["due_on"]
    of: dict[str, Any] = {"account_id": account_id, "use_case": code}
    by, now = request.user, timezone.now()
    if level:
        goal = adoption.set_goal(**of, level=level, due_on=due_on, by=by, now=now)
        messages.success(
            request,
            gettext("Goal of %(use_case)s: %(level)s.")
            % {"use_case": names[code], "level": goal.get_level_display()},
        )
        return _back(account_id)
    try:
        adoption.clear_goal(**of, by=by, now=now)
    except AdoptionGoal.DoesNotExist:
        messages.warning(
            request,
            gettext("%(use_case)s has no goal: there is nothing to clear.")
            % {"use_case": names[code]},
        )
    else:
        messages.success(
            request, gettext("%(use_case)s has no goal any more.") % {"use_case": names[code]}
        )
    return _back(account_id)


@require_POST
@ability_required(Ability.WORK_CTAS)
def note_non_adoption(request: PersonRequest, account_id: int) -> HttpResponse:
    """Say why a use case is not used; without a reason what was noted is taken away."""
    found, context = framed(request, account_id)
    names = {row.code: row.name for row in adoptions(found, {})}
    code = request.POST.get("use_case", "")
    if code not in names:
        messages.warning(request, UNKNOWN)
        return _back(account_id)
    form = NonAdoptionForm(request.POST, use_case=code)
    if not form.is_valid():
        return show_summary(request, found, context, wrong=form)
    reason, note = form.cleaned_data["reason"], form.cleaned_data["note"]
    of: dict[str, Any] = {"account_id": account_id, "use_case": code}
    by, now = request.user, timezone.now()
    if reason:
        noted = adoption.note_non_adoption(**of, reason=reason, note=note, by=by, now=now)
        messages.success(
            request,
            gettext("%(use_case)s is not used: %(reason)s.")
            % {"use_case": names[code], "reason": noted.get_reason_display()},
        )
        return _back(account_id)
    try:
        adoption.clear_non_adoption(**of, by=by, now=now)
    except NonAdoption.DoesNotExist:
        messages.warning(
            request,
            gettext("No reason is noted for %(use_case)s: nothing to clear.")
            % {"use_case": names[code]},
        )
    else:
        messages.success(
            request,
            gettext("No reason is noted for %(use_case)s any more.") % {"use_case": names[code]},
        )
    return _back(account_id)


def _back(account_id: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("playbooks:account", args=[account_id]) + "#maturity")
