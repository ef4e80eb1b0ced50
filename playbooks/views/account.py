"""The page of one account."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Ability
from accounts.decorators import PersonRequest, ability_required
from accounts.formats import points
from accounts.models import Account
from playbooks.queries.account import account_page
from usage.errors import PeriodInvalid
from usage.periods import parse_period


@require_safe
@ability_required(Ability.READ)
def account(request: PersonRequest, account_id: int) -> HttpResponse:
    """Show an account; `?period=YYYY-MM` chooses the month that is explained."""
    seen = Account.objects.visible_to(request.user).select_related("csm")
    shown = get_object_or_404(seen, pk=account_id)
    now = timezone.now()
    period = _period(request.GET.get("period", ""))
    page = account_page(shown, user=request.user, period=period, now=now)
    standing = page.standing
    context = {
        "account": shown,
        "page": page,
        "today": timezone.localdate(now),
        "health_text": f"{standing.color} {points(standing.score)}",
        "is_stale": standing.is_stale and standing.newest is not None,
    }
    return render(request, "playbooks/account.html", context)


def _period(text: str) -> date | None:
    """The month asked for; anything else is as if none were."""
    try:
        return parse_period(text)
    except PeriodInvalid:
        return None
