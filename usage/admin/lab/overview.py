"""The maturity matrix: every measure of an edition over today's values, and what stands in its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from accounts.decorators import PersonRequest
from accounts.errors import DomainError
from usage.admin.lab.frame import Opened, draft, lab_url, opened, page, sentence_of
from usage.errors import PartUnknown
from usage.lab.age_rows import age_words
from usage.lab.cautions import cautions
from usage.lab.shares import overall_shares
from usage.lab.sheets import MeasureSheet, levels_of, measure_sheet
from usage.models import UseCase
from usage.queries import thresholds
from usage.scoring.edition import Edition
from usage.scoring.edition import UseCase as ScoredUseCase
from usage.services import edition_editing, editions, metric_use
from usage.services.edition_editing import Draft, Saved
from usage.services.measured import Measured, measured

ALL_AGES = age_words(None, None)


@dataclass(frozen=True)
class Cell:
    """A measure in the matrix; `overall`: its part of the whole score, where all is available."""

    sheet: MeasureSheet
    formula: str
    overall: float
    span: int

    @property
    def has_ages(self) -> bool:
        return [age.ages for age in self.sheet.ages] != [ALL_AGES]


@dataclass(frozen=True)
class Row:
    use_case: ScoredUseCase
    roll_up: str
    limits: str
    overall: float
    cells: tuple[Cell, ...]


@require_GET
def lab(request: PersonRequest, edition_id: int) -> HttpResponse:
    of = opened(edition_id)
    now = measured(of.content, now=timezone.now())
    use = metric_use.metric_use()
    context: dict[str, Any] = {
        "is_lab": True,
        "rows": rows_of(of.content, now),
        "width": width_of(of.content),
        "period": now.period if now else None,
        "faults": edition_editing.all_faults(of.content),
        "cautions": cautions(of.content, use.seen, use.newest),
        "levels": levels_of(of.content),
        "weights": thresholds.weight_rows(of.content) if of.content.composites else (),
    }
    title = gettext("Lab: edition %(name)s") % {"name": of.row.name}
    return page(request, "lab.html", of, title=title, **context)


def rows_of(content: Edition, now: Measured | None) -> list[Row]:
    shares, width = overall_shares(content), width_of(content)
    return [_row(each, shares[each.code], now, width) for each in content.use_cases]


def width_of(content: Edition) -> int:
    """How many measures the use case with most of them has."""
    return max((len(each.measures) for each in content.use_cases), default=1)


def _row(use_case: ScoredUseCase, overall: float, now: Measured | None, width: int) -> Row:
    cells = []
    for measure in use_case.measures:
        values = now.of(use_case.code, measure.code) if now else None
        sheet = measure_sheet(use_case, measure, values)
        span = width - len(use_case.measures) + 1  # the last one fills the row
        cells.append(Cell(sheet, thresholds.formula_text(measure), overall * sheet.share, span))
    roll_up = str(UseCase.RollUp(use_case.roll_up).label)
    limits = thresholds.limits_text(use_case)
    return Row(use_case, roll_up, limits, overall, tuple(cells))


@require_POST
def copy(request: PersonRequest, edition_id: int) -> HttpResponse:
    """Make a draft of an edition, and go on in its lab."""
    of = opened(edition_id)
    name = editions.free_name(f"{of.row.name} copy")
    made = editions.copy_as_draft(edition_id=of.row.pk, name=name)
    messages.success(request, gettext("Edition %(name)s is a draft.") % {"name": name})
    return HttpResponseRedirect(lab_url("", made.pk))


@require_POST
def arrange(request: PersonRequest, edition_id: int) -> HttpResponse:
    """Move or remove a use case or a measure."""
    of = opened(edition_id)
    try:
        saved = _arranged(request, of)
        messages.success(request, sentence_of(saved))
    except DomainError as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(lab_url("", edition_id))


def _arranged(request: PersonRequest, of: Opened) -> Saved:
    action, _, place = request.POST.get("action", "").partition(" ")
    use_case, _, code = place.partition(".")
    change = {"up": _move, "down": _move, "remove": _remove}.get(action)
    if change is None or not use_case:
        raise PartUnknown(of.row.name, place)
    return change(draft(request, of.row.pk), use_case, code, -1 if action == "up" else 1)


def _move(draft: Draft, use_case: str, code: str, by: int) -> Saved:
    if code:
        return edition_editing.move_measure(draft=draft, use_case=use_case, code=code, by=by)
    return edition_editing.move_use_case(draft=draft, code=use_case, by=by)


def _remove(draft: Draft, use_case: str, code: str, _by: int) -> Saved:
    if code:
        return edition_editing.remove_measure(draft=draft, use_case=use_case, code=code)
    return edition_editing.remove_use_case(draft=draft, code=use_case)
