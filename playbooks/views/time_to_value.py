"""The report of how long new customers take, and its export."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Ability
from accounts.csv_output import csv_lines
from accounts.decorators import PersonRequest, ability_required
from accounts.keyset import Asked
from accounts.services import audit
from playbooks.milestones import Milestone
from playbooks.queries.time_to_value import MOST_SUMMED, WINDOWS, Filters, Row, TimeToValue


@require_safe
@ability_required(Ability.READ)
def time_to_value(request: PersonRequest) -> HttpResponseBase:
    """Show how long the customers that began lately take; `?format=csv` exports them."""
    now = timezone.now()
    view = TimeToValue(user=request.user, filters=Filters.of(request.GET), now=now)
    if request.GET.get("format") == "csv":
        told = {"filters": request.GET.dict(), "rows": view.cohort().count()}
        audit.record("export.time_to_value", now=now, by=request.user, detail=told)
        return _export(view)
    report = view.report(Asked.of(request.GET))
    context = {
        "report": report,
        "page": report.page,
        "total": report.total,
        "goals": view.goals,
        "filters": view.filters,
        "since": view.since,
        "today": view.today,
        "windows": WINDOWS,
        "most_summed": MOST_SUMMED,
        "csms": view.csms(),
    }
    return render(request, "playbooks/time_to_value.html", context)


def _export(view: TimeToValue) -> StreamingHttpResponse:
    lines = csv_lines(_lines(view))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"time-to-value-{view.today:%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(view: TimeToValue) -> Iterator[list[object]]:
    parts = ("on", "days", "target", "state")
    yield [
        *("account", "name", "csm", "team", "started_on", "stage", "stage_since"),
        *(f"{goal.code}_{part}" for goal in view.goals for part in parts),
        *(f"green_{use_case.code}_days" for use_case in view.life_cycles.use_cases),
    ]
    for row in view.export():
        yield _cells(row)


def _cells(row: Row) -> list[object]:
    account, found = row.account, row.life_cycle
    return [
        account.external_id,
        account.name,
        account.csm.email if account.csm else "",
        account.team.name if account.team else "",
        found.start,
        found.phase.stage,
        found.phase.since,
        *(cell for each in found.milestones for cell in _told(each)),
        *(each.measured_days for each in found.use_cases),
    ]


def _told(milestone: Milestone) -> list[object]:
    """Days that are only a bound are left out: a spreadsheet would count them."""
    on = milestone.reached.on if milestone.reached else None
    return [on, milestone.measured_days, milestone.goal.target_days, milestone.state]
