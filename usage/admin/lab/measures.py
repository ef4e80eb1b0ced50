"""One measure: what it counts, its bands by account age, and what they do to today's values."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from accounts.decorators import PersonRequest
from usage.admin.lab.frame import Opened, Told, lab_url, opened, page, problems_of, saved_or_told
from usage.forms.measures import AgeRows, MeasureForm, age_rows_initial, measure_initial
from usage.lab import revising
from usage.lab.cautions import measure_cautions
from usage.lab.sheets import measure_sheet
from usage.scoring.edition import SEATS, Edition, Measure, UseCase
from usage.services import edition_editing, metric_use
from usage.services.measured import measured_one

NEW = "new_measure"
"""The code of a measure that has none yet."""
BLANK_KEYS, MORE_KEYS = 1, 6


@require_GET
def metrics(request: PersonRequest, edition_id: int) -> HttpResponse:
    """The metrics of the dictionary that a text finds, as options of a list."""
    typed = [value for name in ("term", *TERMS) for value in request.GET.getlist(name)]
    context = {"found": metric_use.search(typed[0] if typed else ""), "edition_id": edition_id}
    return render(request, "admin/usage/edition/_lab_metrics.html", context)


TERMS = ("numerator", "denominator", "size_metric")


def measure(request: PersonRequest, edition_id: int, use_case: str, code: str) -> HttpResponse:
    of = opened(edition_id)
    part = _use_case(of, use_case)
    stored = next((each for each in part.measures if each.code == code), None)
    if stored is None and request.method == "GET":
        raise Http404
    return _edited(request, of, part, stored, code)


def new_measure(request: PersonRequest, edition_id: int, use_case: str) -> HttpResponse:
    of = opened(edition_id)
    return _edited(request, of, _use_case(of, use_case), None, "")


@require_POST
def check_measure(request: PersonRequest, edition_id: int, use_case: str) -> HttpResponse:
    """What the typed measure would do, as a part of the page; nothing is stored."""
    of = opened(edition_id)
    part = _use_case(of, use_case)
    code = request.POST.get("code") or NEW
    stored = next((each for each in part.measures if each.code == code), None)
    form = MeasureForm(request.POST, is_new=stored is None)
    rows = AgeRows(request.POST, prefix="age")
    context = _typed_preview(of, part, stored, form, rows)
    return render(request, "admin/usage/edition/_lab_preview.html", context)


def _edited(
    request: PersonRequest, of: Opened, part: UseCase, stored: Measure | None, code: str
) -> HttpResponse:
    is_new = not code
    if not of.row.is_draft and request.method == "GET":
        messages.info(request, gettext("A published edition does not change: make a draft of it."))
        return HttpResponseRedirect(lab_url("", of.row.pk))
    told: HttpResponse | Told = Told()
    if request.method == "POST":
        form = MeasureForm(request.POST, is_new=is_new)
        rows = AgeRows(request.POST, prefix="age")
        if form.is_valid() and rows.is_valid() and "more" not in request.POST:
            typed = _typed(form, rows, stored, code)
            told = _saved(request, of, part, typed, is_new=is_new)
        if isinstance(told, HttpResponse):
            return told
        preview = _typed_preview(of, part, stored, form, rows)
    else:
        form = MeasureForm(initial=measure_initial(stored) if stored else {}, is_new=is_new)
        rows = AgeRows(initial=age_rows_initial(stored) if stored else [{}], prefix="age")
        preview = _preview(of, part, stored, stored) if stored else {}
    title = gettext("%(use_case)s: new measure") if is_new else "%(use_case)s: %(measure)s"
    names = {"use_case": part.name, "measure": stored.name if stored else code}
    context = {"part": part, "code": code, "form": form, "rows": rows, "told": told, **preview}
    context |= {
        "terms": _terms(form, MORE_KEYS if "more" in request.POST else BLANK_KEYS),
        "suggested": metric_use.suggested(),
    }
    return page(request, "lab_measure.html", of, title=title % names, **context)


def _terms(form: MeasureForm, blank: int) -> list[dict[str, Any]]:
    """Numerator and denominator with an input for each metric, and some empty ones."""
    return [
        {
            "name": name,
            "operation": form[f"{name}_operation"],
            "keys": form[name],
            "inputs": [*filter(None, form[name].value() or ()), *[""] * blank],
        }
        for name in ("numerator", "denominator")
    ]


def _use_case(of: Opened, code: str) -> UseCase:
    try:
        return of.content.use_case(code)
    except KeyError as error:
        raise Http404 from error


def _typed(form: MeasureForm, rows: Any, stored: Measure | None, code: str) -> Measure:
    return form.measure(code or form.cleaned_data["code"], rows.bands(), stored)


def _saved(
    request: PersonRequest, of: Opened, part: UseCase, typed: Measure, *, is_new: bool
) -> HttpResponse | Told:
    change = edition_editing.add_measure if is_new else edition_editing.change_measure
    alter = revising.with_measure if is_new else edition_editing.altered_measure
    return saved_or_told(
        request,
        of.row.pk,
        lambda draft: change(draft=draft, use_case=part.code, measure=typed),
        lambda content: alter(content, part.code, typed),
        part=f"{part.code}.{typed.code}",
    )


def _typed_preview(
    of: Opened, part: UseCase, stored: Measure | None, form: MeasureForm, rows: Any
) -> dict[str, Any]:
    """The preview of what is typed, or why there is none."""
    form_ok, rows_ok = form.is_valid(), rows.is_valid()
    problems = [*problems_of(form), *(text for row in rows for text in problems_of(row))]
    code_missing = set(form.errors) == {"code"}
    if not rows_ok or not (form_ok or code_missing):
        return {"problems": problems}
    code = stored.code if stored else form.cleaned_data.get("code") or NEW
    typed = form.measure(code, rows.bands(), stored)
    return {"problems": problems, **_preview(of, part, typed, stored)}


def _preview(of: Opened, part: UseCase, typed: Measure, stored: Measure | None) -> dict[str, Any]:
    content = revising.with_measure(of.content, part.code, typed)
    use = metric_use.metric_use()
    faults = edition_editing.measure_faults(of.content, part.code, typed)
    values = None if faults and not typed.numerator.keys else _values(content, part, typed)
    return {
        "sheet": measure_sheet(content.use_case(part.code), typed, values, stored),
        "measure_faults": faults,
        "measure_cautions": [] if faults else list(measure_cautions(typed, use.seen, use.newest)),
        "not_stored": metric_use.not_stored(_keys(typed)),
    }


def _values(content: Edition, part: UseCase, typed: Measure) -> Any:
    now = measured_one(content, part.code, typed, now=timezone.now())
    return now.of(part.code, typed.code) if now else None


def _keys(measure: Measure) -> list[str]:
    """Key paths of the metrics that it names, each once."""
    terms = (measure.numerator, measure.denominator)
    keys = (key for term in terms if term for key in term.keys)
    return [key for key in dict.fromkeys(keys) if key != SEATS]
