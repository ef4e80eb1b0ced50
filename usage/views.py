from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import Ability
from accounts.decorators import PersonRequest, ability_required
from usage.models import Edition
from usage.periods import period_of
from usage.queries import reporting, thresholds
from usage.services import editions as edition_service


@require_GET
@ability_required(Ability.READ)
def data(request: PersonRequest) -> HttpResponse:
    """What comes in, and what does not: coverage, instances that need someone, rejected rows."""
    context = {"report": reporting.report(request.user, now=timezone.now())}
    return render(request, "usage/data.html", context)


@require_GET
@ability_required(Ability.READ)
def editions(request: PersonRequest) -> HttpResponse:
    this_month = period_of(timezone.now())
    context = {
        "editions": Edition.objects.select_related("published_by"),
        "in_force": Edition.objects.in_force_at(this_month).first(),
    }
    return render(request, "usage/editions.html", context)


@require_GET
@ability_required(Ability.READ)
def edition(request: PersonRequest, edition_id: int) -> HttpResponse:
    shown = get_object_or_404(Edition, pk=edition_id)
    content = edition_service.frozen(shown)
    context = {
        "edition": shown,
        "use_cases": thresholds.use_case_sheets(content),
        "weights": thresholds.weight_rows(content),
        "levels": thresholds.level_rows(content),
    }
    return render(request, "usage/edition.html", context)
