"""The portfolio page and its export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import Ability
from accounts.csv_output import csv_lines
from accounts.decorators import PersonRequest, ability_required
from accounts.keyset import Asked
from accounts.models import User
from accounts.services import audit
from playbooks.queries.portfolio import (
    COLORS,
    FIRST_DESCENDING,
    Filters,
    Portfolio,
    Row,
)
from usage.queries import cards
from usage.services import editions

NAMES = {
    "name": gettext_noop("Account"),
    "segment": gettext_noop("Segment"),
    "arr": gettext_noop("ARR"),
    "renewal": gettext_noop("Renewal"),
    "health": gettext_noop("Health"),
    "change": gettext_noop("Change"),
    "adopted": gettext_noop("Adopted"),
    "ctas": gettext_noop("CTAs"),
    "data": gettext_noop("Last data"),
}
NUMERIC = {"arr", "change", "adopted", "ctas"}
BEFORE_COMPONENTS = ("name", "segment", "arr", "renewal", "health", "change")
AFTER_COMPONENTS = ("adopted", "ctas", "data")


@dataclass(frozen=True)
class Column:
    """A heading that sorts: once more turns the order around."""

    key: str
    name: str
    next_sort: str
    order: str  # of aria-sort; empty: not sorted by it

    @property
    def is_numeric(self) -> bool:
        return self.key in NUMERIC


@require_safe
@vary_on_headers("HX-Request")  # one address: the page, or its list alone
@ability_required(Ability.READ)
def portfolio(request: PersonRequest) -> HttpResponseBase:
    """List the accounts that the person may see; `?format=csv` exports the same list."""
    view = _portfolio(request.user, now=timezone.now())
    filters = Filters.of(request.GET, components=[each.code for each in view.components])
    if request.GET.get("format") == "csv":
        told = {"filters": request.GET.dict(), "rows": view.totals(filters).accounts}
        audit.record("export.portfolio", now=timezone.now(), by=request.user, detail=told)
        return _export(view, filters)
    page, totals = view.page(filters, Asked.of(request.GET)), view.totals(filters)
    context = {
        "filters": filters,
        "page": page,
        "rows": page.object_list,
        "totals": totals,
        "total": totals.accounts,
        "columns": columns(view, filters),
        "components": view.components,
        "today": view.today,
    }
    if request.htmx:
        return render(request, "playbooks/_portfolio_list.html", context)
    context |= {"choices": view.choices(), "colors": COLORS}
    return render(request, "playbooks/portfolio.html", context)


def _portfolio(user: User, *, now: datetime) -> Portfolio:
    ranges = cards.forces()
    loaded = {force.edition_id: editions.load(force.edition_id) for force in ranges}
    return Portfolio(user=user, ranges=ranges, editions=loaded, now=now)


def columns(view: Portfolio, filters: Filters) -> list[Column]:
    components = {each.code: each.name for each in view.components}
    names = {key: gettext(name) for key, name in NAMES.items()} | components
    return [
        _column(key, names[key], filters)
        for key in (*BEFORE_COMPONENTS, *components, *AFTER_COMPONENTS)
    ]


def _column(key: str, name: str, filters: Filters) -> Column:
    if filters.sort_key != key:
        return Column(key, name, f"-{key}" if key in FIRST_DESCENDING else key, "")
    order = "descending" if filters.is_descending else "ascending"
    return Column(key, name, key if filters.is_descending else f"-{key}", order)


def _export(view: Portfolio, filters: Filters) -> StreamingHttpResponse:
    lines = csv_lines(_lines(view, filters))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"portfolio-{view.today:%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(view: Portfolio, filters: Filters) -> Iterator[list[object]]:
    yield [
        *("account", "name", "segment", "region", "csm", "arr", "renewal", "health", "score"),
        *("change", *(each.code for each in view.components)),
        *("use_cases_adopted", "use_cases", "open_ctas", "last_data"),
    ]
    for row in view.export(filters):
        yield _cells(row)


def _cells(row: Row) -> list[object]:
    account, standing = row.account, row.standing
    return [
        account.external_id,
        account.name,
        account.segment,
        account.region,
        account.csm.email if account.csm else "",
        f"{row.arr:.2f}",
        row.renews_on,
        standing.color,
        standing.score,
        None if standing.change is None else round(standing.change, 6),
        *(cell.color for cell in row.cells),
        row.adopted,
        row.use_case_count or None,
        row.cta_count,
        standing.data_at.isoformat() if standing.data_at else None,
    ]
