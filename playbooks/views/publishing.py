"""Putting an edition in force, taking it back, taking it out: shown first, with a reason."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import Ability
from accounts.decorators import PersonRequest, ability_required
from accounts.errors import DomainError
from playbooks.publish_forms import NoteForm, PublishForm, RetireForm, RollBackForm
from playbooks.queries.publishing import PublishPage, proposed_month, publish_page
from playbooks.services import what_if
from usage.errors import PeriodInvalid
from usage.models import Edition
from usage.periods import parse_period
from usage.services import editions

UNPROCESSABLE = 422
CONFLICT = 409


@require_http_methods(["GET", "HEAD", "POST"])
@ability_required(Ability.CONFIGURE)
def publish_edition(request: PersonRequest, edition_id: int) -> HttpResponse:
    """Show what publishing would mean (`?from=YYYY-MM`, empty: from the beginning), and publish."""
    edition = get_object_or_404(Edition, pk=edition_id)
    if request.method != "POST":
        page = _page(edition, _asked_month(request, edition))
        return _show(request, page, PublishForm(digest=page.digest, in_force_from=page.first))
    form = PublishForm(request.POST, digest="", in_force_from=None)
    if not form.is_valid():
        return _show(request, _page(edition, edition.in_force_from), form, UNPROCESSABLE)
    said = form.said()
    try:
        editions.publish(edition_id=edition.pk, now=timezone.now(), by=request.user, **said)
    except DomainError as refused:
        page = _page(edition, said["in_force_from"])
        fresh = PublishForm(_with_digest(request, page), digest="", in_force_from=None)
        fresh.add_error(None, str(refused))
        return _show(request, page, fresh, CONFLICT)
    text = _("Edition %(name)s is published; the months it decides are scored anew.")
    messages.success(request, text % {"name": edition.name})
    return redirect("usage:edition", edition.pk)


@require_POST
@ability_required(Ability.CONFIGURE)
def roll_back_edition(request: PersonRequest, edition_id: int) -> HttpResponse:
    """Put the edition in force again that decided before this one."""
    edition = get_object_or_404(Edition, pk=edition_id)
    form = RollBackForm(request.POST)
    if not form.is_valid():
        return _show_again(request, edition, form, UNPROCESSABLE)
    try:
        former = editions.roll_back(
            edition_id=edition.pk, now=timezone.now(), by=request.user, **form.said()
        )
    except DomainError as refused:
        form.add_error(None, str(refused))
        return _show_again(request, edition, form, CONFLICT)
    text = _("Edition %(name)s is in force again; its months are scored anew.")
    messages.success(request, text % {"name": former.name})
    return redirect("usage:edition", former.pk)


@require_POST
@ability_required(Ability.CONFIGURE)
def retire_edition(request: PersonRequest, edition_id: int) -> HttpResponse:
    """Take an edition out of force; its cards stay."""
    edition = get_object_or_404(Edition, pk=edition_id)
    form = RetireForm(request.POST)
    if not form.is_valid():
        return _show_again(request, edition, form, UNPROCESSABLE)
    editions.retire(
        edition_id=edition.pk, now=timezone.now(), by=request.user, note=form.cleaned_data["note"]
    )
    messages.success(request, _("Edition %(name)s is retired.") % {"name": edition.name})
    return redirect("usage:edition", edition.pk)


def _asked_month(request: PersonRequest, edition: Edition) -> date | None:
    proposed = proposed_month(edition, now=timezone.now())
    asked = request.GET.get("from")
    if asked is None:
        return proposed
    try:
        return parse_period(asked) if asked else None
    except PeriodInvalid as invalid:
        messages.error(request, str(invalid))
        return proposed


def _page(edition: Edition, first: date | None) -> PublishPage:
    return publish_page(edition, first=first, now=timezone.now())


def _with_digest(request: PersonRequest, page: PublishPage) -> Any:
    """What was sent, about the edition as it is shown now."""
    sent = request.POST.copy()
    sent["seen"] = page.digest
    return sent


def _dry_run(page: PublishPage) -> list[str]:
    draft = editions.frozen(page.edition)
    return what_if.of_newest_month(draft, decides_from=page.first, now=timezone.now())


def _show_again(
    request: PersonRequest, edition: Edition, form: NoteForm, status: int
) -> HttpResponse:
    page = _page(edition, proposed_month(edition, now=timezone.now()))
    publishing = PublishForm(digest=page.digest, in_force_from=page.first)
    return _show(request, page, publishing, status, **{form.name.replace("-", "_"): form})


def _show(
    request: PersonRequest,
    page: PublishPage,
    form: PublishForm,
    status: int = 200,
    **forms: NoteForm,
) -> HttpResponse:
    context = {
        "page": page,
        "edition": page.edition,
        "form": form,
        "roll_back": forms.get("roll_back") or RollBackForm(),
        "retire": forms.get("retire") or RetireForm(),
        "dry_run": _dry_run(page) if page.may_publish else [],
    }
    return render(request, "playbooks/publish.html", context, status=status)
