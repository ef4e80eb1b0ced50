"""The page of one account: each tab has an address of its own and reads only what it shows."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from accounts.access import Ability
from accounts.decorators import PersonRequest, ability_required
from accounts.formats import color_name, points
from accounts.forms import GoalForm, NonAdoptionForm
from accounts.keyset import Asked
from accounts.models import Account
from accounts.services import consents
from playbooks.models import CallToAction, CTAType
from playbooks.queries.account.adoption import Adoption
from playbooks.queries.account.cockpit import STATE_NAMES, Filters, cockpit
from playbooks.queries.account.contacts import contacts
from playbooks.queries.account.family import family
from playbooks.queries.account.frame import Frame, frame
from playbooks.queries.account.instances import instances
from playbooks.queries.account.seats import seats
from playbooks.queries.account.summary import summary
from playbooks.queries.account.usage import usage_page
from usage.errors import PeriodInvalid
from usage.periods import parse_period

UNPROCESSABLE = 422


def framed(request: PersonRequest, account_id: int) -> tuple[Frame, dict[str, Any]]:
    """The account of a tab with what stands above it; 404 where the person may not see it."""
    seen = Account.objects.visible_to(request.user).select_related("csm")
    shown = get_object_or_404(seen, pk=account_id)
    found = frame(shown, user=request.user, now=timezone.now())
    standing = found.standing
    return found, {
        "account": shown,
        "frame": found,
        "asleep_on": found.organisation_day,
        "today": found.today,
        "health_text": f"{color_name(standing.color)} {points(standing.score)}",
    }


def show_summary(
    request: PersonRequest,
    found: Frame,
    context: dict[str, Any],
    *,
    wrong: GoalForm | NonAdoptionForm | None = None,
) -> HttpResponse:
    """Show the first tab, or a form on it that was filled in wrongly."""
    page = summary(found, period=_period(request.GET.get("period", "")))
    may_work = request.user.may_work
    context |= {
        "page": page,
        "use_cases": [(row, _forms(row, wrong) if may_work else ()) for row in page.adoption],
        "wrong": wrong.data.get("use_case") if wrong else None,
    }
    return render(
        request, "playbooks/account.html", context, status=UNPROCESSABLE if wrong else None
    )


def _forms(
    row: Adoption, wrong: GoalForm | NonAdoptionForm | None
) -> tuple[tuple[str, GoalForm | NonAdoptionForm], ...]:
    """The forms of a use case, each with the name of where it goes."""
    mine = wrong if wrong and wrong.data.get("use_case") == row.code else None
    goal = mine if isinstance(mine, GoalForm) else None
    reason = mine if isinstance(mine, NonAdoptionForm) else None
    return (
        ("set_goal", goal or GoalForm(use_case=row.code, said=row.goal)),
        ("note_non_adoption", reason or NonAdoptionForm(use_case=row.code, said=row.non_adoption)),
    )


@require_safe
@ability_required(Ability.READ)
def account(request: PersonRequest, account_id: int) -> HttpResponse:
    """Show where an account stands; `?period=YYYY-MM` chooses the month that is explained."""
    return show_summary(request, *framed(request, account_id))


@require_safe
@ability_required(Ability.READ)
def usage(request: PersonRequest, account_id: int) -> HttpResponse:
    found, context = framed(request, account_id)
    return render(request, "playbooks/account_usage.html", context | {"page": usage_page(found)})


@require_safe
@ability_required(Ability.READ)
def subscriptions(request: PersonRequest, account_id: int) -> HttpResponse:
    found, context = framed(request, account_id)
    shown = seats(found, asked=Asked.of(request.GET))
    context |= {"seats": shown, "page": shown.page}
    return render(request, "playbooks/account_seats.html", context)


@require_safe
@ability_required(Ability.READ)
def installations(request: PersonRequest, account_id: int) -> HttpResponse:
    found, context = framed(request, account_id)
    shown = instances(found, asked=Asked.of(request.GET))
    context |= {"instances": shown, "page": shown.page, "total": shown.counts.all}
    return render(request, "playbooks/account_instances.html", context)


@require_safe
@ability_required(Ability.READ)
def calls(request: PersonRequest, account_id: int) -> HttpResponse:
    """List all calls to action of an account, the newest first; the address filters them."""
    found, context = framed(request, account_id)
    filters = Filters.of(request.GET)
    shown = cockpit(found, filters, asked=Asked.of(request.GET))
    context |= {
        "filters": filters,
        "cockpit": shown,
        "page": shown.page,
        "states": [(state.value, gettext(name)) for state, name in STATE_NAMES.items()],
        "types": CTAType.choices,
        "statuses": CallToAction.Status.choices,
    }
    return render(request, "playbooks/account_cockpit.html", context)


@require_safe
@ability_required(Ability.READ)
def people(request: PersonRequest, account_id: int) -> HttpResponse:
    found, context = framed(request, account_id)
    context |= {
        "page": contacts(found, asked=Asked.of(request.GET)),
        "consents": consents.standings(found.account),
    }
    return render(request, "playbooks/account_contacts.html", context)


@require_safe
@ability_required(Ability.READ)
def relatives(request: PersonRequest, account_id: int) -> HttpResponse:
    found, context = framed(request, account_id)
    context["family"] = family(found, user=request.user)
    return render(request, "playbooks/account_family.html", context)


def _period(text: str) -> date | None:
    """The month asked for; anything else is as if none were."""
    try:
        return parse_period(text)
    except PeriodInvalid:
        return None
