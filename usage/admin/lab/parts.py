"""What holds beyond one measure: use cases, weights and their effective shares, points and levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import BoundField
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts.decorators import PersonRequest
from usage.admin.lab.frame import Opened, Told, lab_url, opened, page, problems_of, saved_or_told
from usage.errors import CodeTaken
from usage.forms.edition_parts import (
    Levels,
    SettingsForm,
    UseCaseForm,
    WeightsForm,
    levels_initial,
    settings_initial,
    use_case_initial,
    weights_initial,
)
from usage.lab import revising
from usage.lab.shares import overall_shares, weight_shares
from usage.lab.sheets import measure_share
from usage.scoring.edition import Edition, UseCase
from usage.services import edition_editing, metric_use


@dataclass(frozen=True)
class WeightRow:
    """A weight with what it comes to: of its composite or use case, and of the whole score."""

    group: str
    name: str
    field: BoundField
    share: float | None
    overall: float | None


def _closed(request: PersonRequest, of: Opened) -> HttpResponse | None:
    """Back to the lab from a form that would change what is published."""
    if of.row.is_draft or request.method == "POST":
        return None
    messages.info(request, gettext("A published edition does not change: make a draft of it."))
    return HttpResponseRedirect(lab_url("", of.row.pk))


def use_case(request: PersonRequest, edition_id: int, use_case: str) -> HttpResponse:
    of = opened(edition_id)
    return _use_case(request, of, _stored(of, use_case))


def new_use_case(request: PersonRequest, edition_id: int) -> HttpResponse:
    return _use_case(request, opened(edition_id), None)


def _stored(of: Opened, code: str) -> UseCase:
    try:
        return of.content.use_case(code)
    except KeyError as error:
        raise Http404 from error


def _use_case(request: PersonRequest, of: Opened, stored: UseCase | None) -> HttpResponse:
    if closed := _closed(request, of):
        return closed
    told: HttpResponse | Told = Told()
    if request.method == "POST":
        form = UseCaseForm(request.POST, use_case=stored)
        if form.is_valid():
            told = _saved_use_case(request, of, form)
        if isinstance(told, HttpResponse):
            return told
    else:
        form = UseCaseForm(initial=use_case_initial(stored) if stored else {}, use_case=stored)
    code = [stored.code] if stored else []
    context = {
        "form": form,
        "told": told,
        "check_url": lab_url(
            "_check_use_case" if stored else "_check_new_use_case", of.row.pk, *code
        ),
    }
    title = stored.name if stored else gettext("New use case")
    return page(request, "lab_use_case.html", of, title=title, **context)


def _saved_use_case(request: PersonRequest, of: Opened, form: UseCaseForm) -> HttpResponse | Told:
    content = form.content()
    is_new = form.use_case is None
    change = edition_editing.add_use_case if is_new else edition_editing.change_use_case

    def alter(edition: Edition) -> Edition:
        return edition_editing.altered_use_case(edition, content)

    return saved_or_told(
        request,
        of.row.pk,
        lambda draft: change(draft=draft, use_case=content),
        alter,
        part=content.code,
    )


@require_POST
def check_use_case(request: PersonRequest, edition_id: int, use_case: str = "") -> HttpResponse:
    """What is wrong with what is typed of a use case, a new one where none is named."""
    of = opened(edition_id)
    form = UseCaseForm(request.POST, use_case=_stored(of, use_case) if use_case else None)
    found = _faults_of_use_case(of, form) if form.is_valid() else problems_of(form)
    return render(request, "admin/usage/edition/_lab_checked.html", {"problems": found})


def _faults_of_use_case(of: Opened, form: UseCaseForm) -> list[str]:
    """A new one may be incomplete, as long as its code is its own."""
    content = form.content()
    if form.use_case is not None:
        altered = edition_editing.altered_use_case(of.content, content)
        return edition_editing.new_faults(of.content, altered)
    try:
        edition_editing.with_new_use_case(of.content, content)
    except CodeTaken as taken:
        return [str(taken)]
    return []


def weights(request: PersonRequest, edition_id: int) -> HttpResponse:
    of = opened(edition_id)
    if closed := _closed(request, of):
        return closed
    told: HttpResponse | Told = Told()
    if request.method == "POST":
        form = WeightsForm(request.POST, edition=of.content)
        if form.is_valid():
            told = _saved_weights(request, of, form)
        if isinstance(told, HttpResponse):
            return told
    else:
        form = WeightsForm(initial=weights_initial(of.content), edition=of.content)
    context = {"form": form, "told": told, **_weighed(of, form)}
    return page(request, "lab_weights.html", of, title=gettext("Weights"), **context)


def _saved_weights(request: PersonRequest, of: Opened, form: WeightsForm) -> HttpResponse | Told:
    composites, measures = form.composite_weights(), form.measure_weights()
    return saved_or_told(
        request,
        of.row.pk,
        lambda draft: edition_editing.change_weights(
            draft=draft, composites=composites, measures=measures
        ),
        lambda content: revising.with_weights(content, composites, measures),
    )


@require_POST
def check_weights(request: PersonRequest, edition_id: int) -> HttpResponse:
    """The shares that typed weights come to, and what is wrong with them."""
    of = opened(edition_id)
    form = WeightsForm(request.POST, edition=of.content)
    context = {"edition": of.row, "form": form, **_weighed(of, form)}
    return render(request, "admin/usage/edition/_lab_shares.html", context)


def _weighed(of: Opened, form: WeightsForm) -> dict[str, Any]:
    """Rows with the shares of the typed weights; of the stored ones until they can be read."""
    content, found = of.content, list[str]()
    if form.is_bound and form.is_valid():
        typed = (form.composite_weights(), form.measure_weights())
        content = revising.with_weights(content, *typed)
        found = edition_editing.all_faults(content)
    rows = [*_composite_rows(form, content), *_measure_rows(form, content)]
    return {"weight_rows": rows, "weight_faults": found, "problems": problems_of(form)}


def _composite_rows(form: WeightsForm, content: Edition) -> list[WeightRow]:
    shares, names = weight_shares(content), _names(content)
    return [
        WeightRow(names[parent], names[child], form[name], *shares.get(pair, (None, None)))
        for name, pair in form.pairs.items()
        for parent, child in [pair]
    ]


def _names(content: Edition) -> dict[str, str]:
    """What the parts of scores are called, by their codes."""
    groups = content.scorecard.groups if content.scorecard else ()
    named = {each.code: each.name for each in content.use_cases}
    named |= {each.code: each.name for each in groups}
    codes = {each.code: each.code.replace("_", " ").capitalize() for each in content.composites}
    weighed = {child: child for each in content.composites for child, _ in each.weights}
    return weighed | codes | named


def _measure_rows(form: WeightsForm, content: Edition) -> list[WeightRow]:
    rows, wholes = [], overall_shares(content)
    measures = {(part.code, each.code): (part, each) for part, each in content.measures()}
    for name, pair in form.measures.items():
        part, measure = measures[pair]
        share = measure_share(part, measure)
        rows.append(
            WeightRow(part.name, measure.name, form[name], share, wholes[part.code] * share)
        )
    return rows


def settings(request: PersonRequest, edition_id: int) -> HttpResponse:
    of = opened(edition_id)
    if closed := _closed(request, of):
        return closed
    told: HttpResponse | Told = Told()
    if request.method == "POST":
        form, levels = SettingsForm(request.POST), Levels(request.POST, prefix="level")
        if form.is_valid() and levels.is_valid():
            told = _saved_settings(request, of, form, levels)
        if isinstance(told, HttpResponse):
            return told
    else:
        form = SettingsForm(initial=settings_initial(of.content))
        levels = Levels(initial=levels_initial(of.content), prefix="level")
    context = {"form": form, "levels": levels, "told": told, "suggested": metric_use.suggested()}
    title = gettext("Points, levels and staleness")
    return page(request, "lab_settings.html", of, title=title, **context)


def _saved_settings(
    request: PersonRequest, of: Opened, form: SettingsForm, levels: Any
) -> HttpResponse | Told:
    typed = form.settings(levels.levels())
    return saved_or_told(
        request,
        of.row.pk,
        lambda draft: edition_editing.change_settings(draft=draft, settings=typed),
        lambda content: edition_editing.with_settings(content, typed),
    )


@require_POST
def check_settings(request: PersonRequest, edition_id: int) -> HttpResponse:
    """What is wrong with typed points, bounds and levels."""
    of = opened(edition_id)
    form = SettingsForm(request.POST)
    levels: Any = Levels(request.POST, prefix="level")
    is_sound = form.is_valid() and levels.is_valid()
    found = [*problems_of(form), *(text for each in levels for text in problems_of(each))]
    if is_sound:
        content = edition_editing.with_settings(of.content, form.settings(levels.levels()))
        found = edition_editing.new_faults(of.content, content)
    return render(request, "admin/usage/edition/_lab_checked.html", {"problems": found})
