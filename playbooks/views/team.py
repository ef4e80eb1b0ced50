"""The manager's view: its numbers, and the list behind each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from accounts.access import Ability
from accounts.csv_output import csv_lines
from accounts.decorators import PersonRequest, ability_required
from accounts.keyset import Asked
from accounts.models import User
from accounts.services import audit
from playbooks.models import CallToAction, CTAType
from playbooks.queries.team.accounts import Row, export, page
from playbooks.queries.team.lists import LISTS
from playbooks.queries.team.report import Team
from playbooks.queries.team.report import team as report
from playbooks.queries.team.scope import Scope
from playbooks.queries.team.work import AGE_NAMES, NOBODY, WorkFilter, work

ACCOUNT_COLUMNS = (
    "account",
    "name",
    "segment",
    "region",
    "csm",
    "arr",
    "renewal",
    "health",
    "score",
)
CTA_COLUMNS = ("id", "account", "title", "type", "priority", "owner", "opened_at", "due_on")
NUMBER_COLUMNS = ("list", "title", "accounts", "arr")


@require_safe
@ability_required(Ability.READ)
def team(request: PersonRequest) -> HttpResponseBase:
    """Show how the team stands; `?format=csv` exports the numbers."""
    scope = _scope(request)
    found = report(scope)
    if _wants_csv(request):
        return _csv(request, "team", _number_lines(found), rows=len(found.numbers))
    context = {
        "scope": scope,
        "team": found,
        "today": scope.today,
        "types": [(value, str(name)) for value, name in CTAType.choices],
    }
    return render(request, "playbooks/team.html", context)


@require_safe
@ability_required(Ability.READ)
def team_list(request: PersonRequest, code: str) -> HttpResponseBase:
    """List the accounts behind a number; `?format=csv` exports them."""
    scope, shown = _scope(request), LISTS.get(code)
    if shown is None:
        raise Http404
    if _wants_csv(request):
        count = shown.accounts(scope).count()
        return _csv(request, f"team-{code}", _account_lines(export(scope, shown)), rows=count)
    context = {
        "scope": scope,
        "list": shown,
        "page": page(scope, shown, asked=Asked.of(request.GET)),
        "total": shown.accounts(scope).count(),
        "today": scope.today,
    }
    return render(request, "playbooks/team_list.html", context)


@require_safe
@ability_required(Ability.READ)
def team_work(request: PersonRequest) -> HttpResponseBase:
    """List the open calls to action behind a number; `?format=csv` exports them."""
    scope, chosen = _scope(request), WorkFilter.of(request.GET)
    rows = chosen.rows(scope)
    if _wants_csv(request):
        ordered = rows.select_related("account", "owner").defer("evidence").order_by("due_on", "pk")
        lines = _cta_lines(ordered.iterator(chunk_size=2_000))
        return _csv(request, "team-work", lines, rows=rows.count())
    context = {
        "scope": scope,
        "chosen": chosen,
        "words": _words(chosen),
        "page": work(scope, chosen, asked=Asked.of(request.GET)),
        "total": rows.count(),
        "today": scope.today,
    }
    return render(request, "playbooks/team_work.html", context)


def _scope(request: PersonRequest) -> Scope:
    return Scope.of(request.GET, user=request.user, now=timezone.now())


def _words(chosen: WorkFilter) -> str:
    """What is shown, in words."""
    owner = gettext("of nobody") if chosen.owner == NOBODY else ""
    if chosen.owner and not owner:
        person = User.objects.filter(pk=int(chosen.owner)).first()
        owner = gettext("of %(person)s") % {"person": person} if person else ""
    type_ = str(CTAType(chosen.type).label) if chosen.type else ""
    age = (
        gettext("open for %(age)s") % {"age": str(AGE_NAMES[chosen.age]).lower()}
        if chosen.age
        else ""
    )
    words = [each for each in (type_, owner, age, gettext("late") if chosen.late else "") if each]
    return ", ".join(words)


# --- CSV --------------------------------------------------------------------------------------------


def _wants_csv(request: PersonRequest) -> bool:
    return request.GET.get("format") == "csv"


def _csv(
    request: PersonRequest, name: str, lines: Iterable[Any], *, rows: int
) -> StreamingHttpResponse:
    now = timezone.now()
    told = {"list": name, "filters": request.GET.dict(), "rows": rows}
    audit.record("export.team", now=now, by=request.user, detail=told)
    response = StreamingHttpResponse(csv_lines(lines), content_type="text/csv; charset=utf-8")
    file_name = f"{name}-{timezone.localdate(now):%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


def _number_lines(found: Team) -> Iterator[tuple[object, ...]]:
    yield NUMBER_COLUMNS
    for number in found.numbers:
        arr = None if number.arr is None else f"{number.arr:.2f}"
        yield number.list.code, number.list.title, number.count, arr


def _account_lines(rows: Iterable[Row]) -> Iterator[tuple[object, ...]]:
    yield ACCOUNT_COLUMNS
    for row in rows:
        account = row.account
        yield (
            account.external_id,
            account.name,
            account.segment,
            account.region,
            account.csm.email if account.csm else "",
            f"{row.arr:.2f}",
            row.renews_on,
            row.standing.color,
            row.standing.score,
        )


def _cta_lines(ctas: Iterable[CallToAction]) -> Iterator[tuple[object, ...]]:
    yield CTA_COLUMNS
    for cta in ctas:
        yield (
            cta.pk,
            cta.account.external_id,
            cta.title,
            cta.get_type_display(),
            cta.get_priority_display(),
            cta.owner.email if cta.owner else "",
            cta.opened_at.isoformat(timespec="seconds"),
            cta.due_on.isoformat(),
        )
