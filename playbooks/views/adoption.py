"""What people say of an account's adoption: goals of use cases, and why one is not used."""

from __future__ import annotations

from collections.abc import Callable
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
    return _said(request, account_id, GoalForm, _set_or_clear_goal)


@require_POST
@ability_required(Ability.WORK_CTAS)
def note_non_adoption(request: PersonRequest, account_id: int) -> HttpResponse:
    """Say why a use case is not used; without a reason what was noted is taken away."""
    return _said(request, account_id, NonAdoptionForm, _note_or_clear_reason)


def _said(
    request: PersonRequest,
    account_id: int,
    form_class: type[GoalForm | NonAdoptionForm],
    save: Callable[[PersonRequest, dict[str, Any], dict[str, Any], str], None],
) -> HttpResponse:
    """Save what is said of a use case of the edition; `save` takes request, whose, what, its name."""
    found, context = framed(request, account_id)
    names = {row.code: row.name for row in adoptions(found, {})}
    code = request.POST.get("use_case", "")
    if code not in names:
        messages.warning(request, UNKNOWN)
        return _back(account_id)
    form = form_class(request.POST, use_case=code)
    if not form.is_valid():
        return show_summary(request, found, context, wrong=form)
    of = {
        "account_id": account_id, "use_case": code, "by": request.user, "now": timezone.now(),
    }  # fmt: skip
    save(request, of, form.cleaned_data, names[code])
    return _back(account_id)


def _set_or_clear_goal(
    request: PersonRequest, of: dict[str, Any], said: dict[str, Any], name: str
) -> None:
    if said["level"]:
        goal = adoption.set_goal(**of, level=said["level"], due_on=said["due_on"])
        messages.success(
            request,
            gettext("Goal of %(use_case)s: %(level)s.")
            % {"use_case": name, "level": goal.get_level_display()},
        )
        return
    try:
        adoption.clear_goal(**of)
    except AdoptionGoal.DoesNotExist:
        messages.warning(
            request,
            gettext("%(use_case)s has no goal: there is nothing to clear.") % {"use_case": name},
        )
    else:
        messages.success(
            request, gettext("%(use_case)s has no goal any more.") % {"use_case": name}
        )


def _note_or_clear_reason(
    request: PersonRequest, of: dict[str, Any], said: dict[str, Any], name: str
) -> None:
    if said["reason"]:
        noted = adoption.note_non_adoption(**of, reason=said["reason"], note=said["note"])
        messages.success(
            request,
            gettext("%(use_case)s is not used: %(reason)s.")
            % {"use_case": name, "reason": noted.get_reason_display()},
        )
        return
    try:
        adoption.clear_non_adoption(**of)
    except NonAdoption.DoesNotExist:
        messages.warning(
            request,
            gettext("No reason is noted for %(use_case)s: nothing to clear.") % {"use_case": name},
        )
    else:
        messages.success(
            request, gettext("No reason is noted for %(use_case)s any more.") % {"use_case": name}
        )


def _back(account_id: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("playbooks:account", args=[account_id]) + "#maturity")
