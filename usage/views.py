from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts import tasks
from accounts.access import Ability
from accounts.csv_output import csv_lines
from accounts.decorators import PersonRequest, ability_required
from accounts.errors import DomainError
from accounts.models import Outcome
from accounts.services import audit
from usage.forms.backtests import BacktestForm, asked_before
from usage.forms.breaks import BreakForm
from usage.models import Backtest, Edition, MetricBreak, MetricDefinition
from usage.periods import period_of
from usage.queries import backtests, cards, reporting, thresholds
from usage.services import backtests as backtest_service
from usage.services import editions as edition_service
from usage.services import metric_breaks, metric_dictionary, publications

METRICS_PER_PAGE = 50
UNPROCESSABLE = 422


@require_GET
@ability_required(Ability.READ)
def data(request: PersonRequest) -> HttpResponse:
    """What comes in, and what does not: coverage, instances that need someone, rejected rows."""
    now = timezone.now()
    context = {
        "report": reporting.report(request.user, now=now),
        "drifts": reporting.drifts(request.user),
    }
    return render(request, "usage/data.html", context)


@require_GET
@ability_required(Ability.READ)
def editions(request: PersonRequest) -> HttpResponse:
    this_month, ranges = period_of(timezone.now()), cards.forces()
    rows = Edition.objects.select_related("published_by")
    context = {
        "editions": [(row, [each for each in ranges if each.edition_id == row.pk]) for row in rows],
        "in_force": cards.edition_for(this_month, ranges),
    }
    return render(request, "usage/editions.html", context)


@require_GET
@ability_required(Ability.READ)
def edition(request: PersonRequest, edition_id: int) -> HttpResponse:
    shown = get_object_or_404(Edition, pk=edition_id)
    content = edition_service.frozen(shown)
    may_publish = request.user.may(Ability.CONFIGURE)
    context = {
        "may_publish": may_publish,
        "turn": publications.rollback_of(shown) if may_publish else None,
        "publications": shown.publications.select_related("published_by", "former"),
        "edition": shown,
        "health": thresholds.health_sheets(content),
        "first_days": content.scorecard.first_days if content.scorecard else None,
        "use_cases": thresholds.use_case_sheets(content),
        "weights": thresholds.weight_rows(content),
        "levels": thresholds.level_rows(content),
    }
    return render(request, "usage/edition.html", context)


@require_GET
@ability_required(Ability.READ)
def metrics(request: PersonRequest) -> HttpResponse:
    """The metric dictionary: what can be measured, who reads it, and how much of it is reported."""
    q, status = request.GET.get("q", "").strip(), request.GET.get("status", "")
    read_only = request.GET.get("read") == "1"
    found = metric_dictionary.found(q=q, status=status, read_only=read_only)
    page = Paginator(found, METRICS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": metric_dictionary.rows(list(page), request.user, now=timezone.now()),
        "statuses": metric_dictionary.statuses(),
        "q": q,
        "status": status,
        "read_only": read_only,
    }
    return render(request, "usage/metrics.html", context)


@require_GET
@ability_required(Ability.READ)
def metric(request: PersonRequest, metric_id: int) -> HttpResponse:
    """One metric; a break that is asked for in the address is shown with all that it would touch."""
    form = BreakForm(request.GET) if "period" in request.GET else BreakForm()
    return _metric(request, metric_id, form, status=200)


def _metric(
    request: PersonRequest, metric_id: int, form: BreakForm, *, status: int
) -> HttpResponse:
    shown = get_object_or_404(MetricDefinition, pk=metric_id)
    page = metric_dictionary.page(shown, request.user, now=timezone.now())
    context = {"shown": page, "metric": shown, "form": form}
    if form.is_bound and form.is_valid() and request.user.may_configure:
        said = form.said()
        codes = page.radius.codes
        context["asked"] = said
        context["reason"] = MetricBreak.Reason(said.reason).label
        context["drops"] = metric_dictionary.drops_across(codes, said.period, request.user)
    return render(request, "usage/metric.html", context, status=status)


@require_POST
@ability_required(Ability.CONFIGURE)
def record_break(request: PersonRequest, metric_id: int) -> HttpResponse:
    """Note a break whose touch was shown."""
    form = BreakForm(request.POST)
    get_object_or_404(MetricDefinition, pk=metric_id)
    if not form.is_valid():
        return _metric(request, metric_id, form, status=UNPROCESSABLE)
    try:
        noted = metric_breaks.record_break(
            metric_id=metric_id, said=form.said(), by=request.user, now=timezone.now()
        )
    except DomainError as refused:
        messages.warning(request, str(refused))
    else:
        month = f"{noted.period:%B %Y}"
        messages.success(request, _("The break from %(month)s on is recorded.") % {"month": month})
    return redirect("usage:metric", metric_id)


@require_POST
@ability_required(Ability.CONFIGURE)
def withdraw_break(request: PersonRequest, break_id: int) -> HttpResponse:
    """Take a break back."""
    try:
        noted = metric_breaks.withdraw_break(break_id=break_id, by=request.user, now=timezone.now())
    except MetricBreak.DoesNotExist as missing:
        raise Http404 from missing
    month = f"{noted.period:%B %Y}"
    messages.success(request, _("The break from %(month)s on is withdrawn.") % {"month": month})
    return redirect("usage:metric", noted.metric_id)


@require_safe
@ability_required(Ability.CONFIGURE)
def backtest(request: PersonRequest, edition_id: int) -> HttpResponseBase:
    """What the scores of an edition said of what became of customers; `?format=csv` exports it."""
    shown = get_object_or_404(Edition, pk=edition_id)
    newest = backtests.newest(shown)
    if newest is not None and request.GET.get("format") == "csv":
        told = {"edition": shown.name, "backtest": newest.pk}
        audit.record("export.backtest", now=timezone.now(), by=request.user, detail=told)
        return _table(newest)
    form = BacktestForm(initial=asked_before(newest) if newest else None)
    return _backtest_page(request, shown, form)


@require_POST
@ability_required(Ability.CONFIGURE)
def start_backtest(request: PersonRequest, edition_id: int) -> HttpResponse:
    shown = get_object_or_404(Edition, pk=edition_id)
    form = BacktestForm(request.POST)
    if not form.is_valid():
        return _backtest_page(request, shown, form, status=422)
    asked = backtest_service.ask(
        edition_id=shown.pk, wish=form.wish(), now=timezone.now(), by=request.user
    )
    if asked.job is not None:
        tasks.wake(asked.job)
    messages.success(request, _("The backtest has been started."))
    return redirect("usage:backtest", shown.pk)


def _backtest_page(
    request: PersonRequest, shown: Edition, form: BacktestForm, *, status: int = 200
) -> HttpResponse:
    newest = backtests.newest(shown)
    context = {
        "edition": shown,
        "form": form,
        "sheet": backtests.sheet(newest) if newest else None,
        "outcomes": Outcome.objects.count(),
    }
    template = "usage/_backtest.html" if request.htmx else "usage/backtest.html"
    return render(request, template, context, status=status)


def _table(found: Backtest) -> StreamingHttpResponse:
    lines = csv_lines(backtests.table(found))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="backtest-{found.pk}.csv"'
    return response
