"""Bulk actions: what is chosen and what will happen, then what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts import tasks
from accounts.access import Ability
from accounts.decorators import REFUSALS, PersonRequest, ability_required
from accounts.filters import is_id
from accounts.models import User
from playbooks.bulk_forms import FORMS, BulkForm, BulkSnoozeForm
from playbooks.models import BulkRow, BulkRun, CallToAction
from playbooks.organisation import organisation_day
from playbooks.queries.queue import KEYS, PAGE, Queue
from playbooks.services import bulk as service
from playbooks.services.bulk import MOST, MOST_AT_ONCE
from playbooks.views.queue import asked_queue

UNPROCESSABLE = 422
RUNS_SHOWN = 20
ROWS_SHOWN = 500


@require_http_methods(["GET", "HEAD", "POST"])
@ability_required(Ability.READ)
def bulk(request: PersonRequest) -> HttpResponse:
    """Show what is chosen with all that can be done with it; a POST does it."""
    now = timezone.now()
    if request.method != "POST":
        ids = chosen_ids(request.user, request.GET, now=now)
        return _preview(request, ids, now=now)
    if not request.user.may(Ability.WORK_CTAS):
        raise PermissionDenied(REFUSALS[Ability.WORK_CTAS])
    form = _posted(request, now=now)
    if form is None or not form.is_valid():
        ids = [int(each) for each in request.POST.get("ids", "").split(",") if is_id(each)]
        return _preview(request, _visible(request.user, ids), now=now, wrong=form)
    run = service.ask(
        asked=form.asked(), cta_ids=form.cleaned_data["ids"], by=request.user, now=now
    )
    if run.job is not None:
        tasks.wake(run.job)
    else:
        service.work(run)
    return redirect(f"{reverse('playbooks:bulk_runs')}?run={run.pk}")


@require_safe
@vary_on_headers("HX-Request")
@ability_required(Ability.READ)
def bulk_runs(request: PersonRequest) -> HttpResponse:
    """Show one of the person's own bulk actions with a result for each row, else the newest of them."""
    asked = request.GET.get("run", "")
    own = BulkRun.objects.filter(asked_by=request.user)
    run = own.filter(pk=int(asked)).first() if is_id(asked) else None
    if run is None:
        return render(request, "playbooks/bulk_runs.html", {"runs": own[:RUNS_SHOWN]})
    visible = CallToAction.objects.visible_to(request.user).values("pk")
    rows = run.rows.filter(cta__in=visible).select_related("cta", "account")
    refused_first = rows.order_by("-outcome", "pk")[:ROWS_SHOWN]  # waiting, refused, done
    context = {
        "run": run,
        "counts": service.counts_of(run),
        "rows": refused_first,
        "can_reopen": run.action == BulkRun.Action.CLOSE and request.user.may_work,
        "done": BulkRow.Outcome.DONE,
        "here": request.get_full_path(),
    }
    template = "playbooks/_bulk_run.html" if request.htmx else "playbooks/bulk_runs.html"
    return render(request, template, context)


def chosen_ids(user: User, given: QueryDict, *, now: datetime) -> list[int]:
    """Keys of the rows that are ticked, or of all that the filter leaves: one more than `MOST` at most."""
    if not given.get("all"):
        return _visible(user, [int(each) for each in given.getlist("cta") if is_id(each)])
    shown, _, chosen = asked_queue(user, given, now=now)
    matching = shown.matching(chosen).order_by(*(key.name for key in KEYS))
    return list(matching.values_list("pk", flat=True)[: MOST + 1])


def _visible(user: User, ids: Sequence[int]) -> list[int]:
    asked = list(ids)[: MOST + 1]
    seen = CallToAction.objects.visible_to(user).filter(pk__in=asked)
    known = set(seen.values_list("pk", flat=True))
    return [pk for pk in dict.fromkeys(asked) if pk in known]


def _posted(request: PersonRequest, *, now: datetime) -> BulkForm | None:
    kind = next((each for each in FORMS if each.name == request.POST.get("action")), None)
    return _form(kind, request, request.POST, now=now) if kind else None


def _form(
    kind: type[BulkForm],
    request: PersonRequest,
    data: QueryDict | None,
    *,
    now: datetime,
    ids: Sequence[int] = (),
) -> BulkForm:
    more: dict[str, Any] = (
        {"today": organisation_day(now)} if issubclass(kind, BulkSnoozeForm) else {}
    )
    return kind(data, ids=ids, by=request.user, **more)


def _preview(
    request: PersonRequest, ids: list[int], *, now: datetime, wrong: BulkForm | None = None
) -> HttpResponse:
    queue = Queue(request.user, "all", now)
    accounts = CallToAction.objects.filter(pk__in=ids[:MOST]).values("account").distinct()
    forms = [
        wrong if wrong and wrong.name == kind.name else _form(kind, request, None, now=now, ids=ids)
        for kind in FORMS
    ]
    context = {
        "count": len(ids),
        "account_count": accounts.count(),
        "unlisted_count": max(len(ids) - PAGE, 0),
        "is_too_many": len(ids) > MOST,
        "most": MOST,
        "is_job": len(ids) > MOST_AT_ONCE,
        "rows": queue.described(ids[:PAGE]),
        "today": queue.today,
        "forms": forms if request.user.may_work and ids else [],
        "wrong": wrong,
    }
    status = UNPROCESSABLE if request.method == "POST" else None
    return render(request, "playbooks/bulk.html", context, status=status)
