"""Why a number of an account is what it is, why it moved, and what would move it."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Ability
from accounts.decorators import PersonRequest, ability_required
from playbooks.models import CTAType
from playbooks.queries.account.why import change_page, why_page
from playbooks.services.roadmaps import account_roadmap
from playbooks.views.account import framed
from usage.errors import MonthNotScored, PeriodInvalid, ScorePartUnknown
from usage.periods import parse_period


@require_safe
@ability_required(Ability.READ)
def why(request: PersonRequest, account_id: int) -> HttpResponse:
    """Take a number apart; `?period=YYYY-MM` is its month, `?of=` the part's or the measure's code."""
    found, context = framed(request, account_id)
    page = why_page(found, period=_month(request, "period"), of=request.GET.get("of", ""))
    return render(request, "playbooks/why.html", context | {"page": page})


@require_safe
@ability_required(Ability.READ)
def score_change(request: PersonRequest, account_id: int) -> HttpResponse:
    """Say what moved a score between two months; `?from=`, `?to=` and `?of=`, each may be left out."""
    found, context = framed(request, account_id)
    page, refused = None, ""
    try:
        page = change_page(
            found,
            former=_month(request, "from"),
            later=_month(request, "to"),
            of=request.GET.get("of", ""),
        )
    except (MonthNotScored, ScorePartUnknown) as error:
        refused = str(error)
    context |= {"page": page, "refused": refused}
    return render(request, "playbooks/score_change.html", context)


@require_safe
@ability_required(Ability.READ)
def roadmap(request: PersonRequest, account_id: int) -> HttpResponse:
    """Say for each use case how much more usage reaches the next band, and what helps; to be printed."""
    found, context = framed(request, account_id)
    context |= {"roadmap": account_roadmap(found), "proposed_type": CTAType.EXPANSION}
    return render(request, "playbooks/roadmap.html", context)


def _month(request: PersonRequest, name: str) -> date | None:
    """A month of the address; anything else is as if none were given."""
    try:
        return parse_period(request.GET.get(name, ""))
    except PeriodInvalid:
        return None
