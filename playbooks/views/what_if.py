"""What a draft edition would change: asked by admins, nothing of it is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts import tasks
from accounts.access import Ability
from accounts.csv_output import csv_lines
from accounts.decorators import PersonRequest, ability_required
from accounts.filters import is_id
from accounts.models import Account, Job
from accounts.services import audit
from playbooks.services import what_if as service
from playbooks.services.what_if import Question
from playbooks.what_if import WhatIf
from usage.errors import NoEditionInForce
from usage.models import Edition
from usage.periods import period_of
from usage.services import editions
from usage.services.scoring import reported_periods

ROWS_PER_PAGE = 50
CTAS_SHOWN = 200
NEWEST, ALL = "newest", "all"
RANGES = ((NEWEST, gettext_lazy("Newest month")), (ALL, gettext_lazy("All months")))
SORTS = {
    "arr": (gettext_lazy("Most ARR first"), ["arr", "name"], [True, False]),
    "-arr": (gettext_lazy("Least ARR first"), ["arr", "name"], [False, False]),
    "name": (gettext_lazy("By name"), ["name", "part"], [False, False]),
    "months": (gettext_lazy("Most months first"), ["months", "arr"], [True, True]),
}


@dataclass(frozen=True)
class Chosen:
    """What the form says; anything that it does not know is as if it were not said."""

    base: Edition | None
    range: str
    segment: str
    sort: str
    part: str

    @classmethod
    def of(cls, given: QueryDict, draft: Edition) -> Chosen:
        base = given.get("base", "")
        others = Edition.objects.exclude(pk=draft.pk)
        return cls(
            base=others.filter(pk=int(base)).first() if is_id(base) else None,
            range=ALL if given.get("range") == ALL else NEWEST,
            segment=given.get("segment", ""),
            sort=given.get("sort", "") if given.get("sort", "") in SORTS else "arr",
            part=given.get("part", ""),
        )

    def question(self, draft: Edition, first: date, last: date) -> Question:
        ids = None
        if self.segment:
            accounts = Account.objects.filter(segment=self.segment).order_by()
            ids = list(accounts.values_list("pk", flat=True))
        return Question(
            draft=editions.frozen(draft),
            first=first if self.range == ALL else last,
            last=last,
            base=editions.frozen(self.base) if self.base else None,
            account_ids=ids,
        )


@require_http_methods(["GET", "HEAD", "POST"])
@ability_required(Ability.CONFIGURE)
def what_if(request: PersonRequest, edition_id: int) -> HttpResponseBase:
    """Show what an edition would change; a POST has much of it worked out in the background."""
    draft = get_object_or_404(Edition, pk=edition_id)
    now = timezone.now()
    chosen = Chosen.of(request.GET, draft)
    context = {
        "edition": draft,
        "chosen": chosen,
        "ranges": RANGES,
        "sorts": [(key, label) for key, (label, *_others) in SORTS.items()],
        "editions": Edition.objects.exclude(pk=draft.pk),
        "segments": _segments(),
    }
    months = _months(now)
    if months is None:
        return _page(request, context | {"nothing": _("Nobody has reported anything yet.")})
    question = chosen.question(draft, *months)
    try:
        return _answered(request, question, context, now=now)
    except NoEditionInForce as refused:
        return _page(request, context | {"nothing": str(refused)})


def _months(now: datetime) -> tuple[date, date] | None:
    """The reported months; one to come does not count."""
    reported = reported_periods()
    if reported is None or reported[0] > period_of(now):
        return None
    return reported[0], min(reported[1], period_of(now))


def _segments() -> list[str]:
    named = Account.objects.exclude(segment="").order_by("segment")
    return list(named.values_list("segment", flat=True).distinct())


def _page(request: PersonRequest, context: dict[str, Any]) -> HttpResponse:
    return render(request, "playbooks/what_if.html", context)


def _answered(
    request: PersonRequest, question: Question, context: dict[str, Any], *, now: datetime
) -> HttpResponseBase:
    """Raises NoEditionInForce."""
    if request.method == "POST":
        return _asked(request, question, context, now=now)
    if not service.is_at_once(question, now=now):
        return _waiting(request, context)
    answer = service.answer(question, now=now)
    moved = _sorted(answer.moved, context["chosen"])
    if request.GET.get("format") == "csv":
        return _export(request, question, moved, now=now)
    page: Page[int] = Paginator(range(len(moved)), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    shown = moved[page.start_index() - 1 : page.end_index()] if len(moved) else moved
    context |= {
        "answer": answer,
        "page": page,
        "moved": list(service.explain(question, shown, now=now)),
        "names": {matrix.part.code: matrix.part.name for matrix in answer.matrices},
        "matrices": [matrix for matrix in answer.matrices if matrix.moved],
        "unmoved": [matrix.part.name for matrix in answer.matrices if not matrix.moved],
        "ctas": answer.ctas[:CTAS_SHOWN],
        "age": _age(answer, now=now),
    }
    return _page(request, context)


def _age(answer: WhatIf, *, now: datetime) -> int:
    """Minutes since its oldest reading was read."""
    return int((now - answer.made_at).total_seconds() // 60)


def _sorted(moved: pl.DataFrame, chosen: Chosen) -> pl.DataFrame:
    if chosen.part:
        moved = moved.filter(pl.col("part") == chosen.part)
    _label, columns, descending = SORTS[chosen.sort]
    return moved.sort([*columns, "account_id", "part"], descending=[*descending, False, False])


def _asked(
    request: PersonRequest, question: Question, context: dict[str, Any], *, now: datetime
) -> HttpResponse:
    question.bases()  # refused before it is queued
    base = context["chosen"].base
    job = service.request(
        edition_id=context["edition"].pk,
        base_id=base.pk if base else None,
        first=question.first,
        last=question.last,
        by=request.user,
        now=now,
    )
    tasks.wake(job)
    return redirect(f"{request.path}?{urlencode({**request.GET.dict(), 'job': job.pk})}")


def _waiting(request: PersonRequest, context: dict[str, Any]) -> HttpResponse:
    """How far the job is; when it is done the page is asked for anew."""
    asked = request.GET.get("job", "")
    jobs = Job.objects.filter(kind=service.KIND)
    job = jobs.filter(pk=int(asked)).first() if is_id(asked) else None
    if job is not None and job.state == Job.State.DONE and not request.htmx:
        messages.warning(request, _("The data changed meanwhile: work it out anew."))
    template = "playbooks/_what_if_job.html" if request.htmx else "playbooks/what_if.html"
    response = render(request, template, context | {"job": job, "is_large": True})
    if request.htmx and (job is None or job.finished_at is not None):
        response["HX-Refresh"] = "true"
    return response


def _export(
    request: PersonRequest, question: Question, moved: pl.DataFrame, *, now: datetime
) -> StreamingHttpResponse:
    detail = {"edition": question.draft.name, "rows": len(moved)}
    audit.record("export.what_if", now=now, by=request.user, detail=detail)
    lines = csv_lines(chain([service.COLUMNS], service.moved_rows(question, moved, now=now)))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="what-if.csv"'
    return response
