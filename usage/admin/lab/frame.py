"""What the pages of the lab share: the edition that is open, saving, and telling what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.admin.base import wake_all
from accounts.decorators import PersonRequest
from accounts.errors import DomainError
from usage.errors import EditionChangedMeanwhile, EditionInvalid
from usage.lab.differences import differences
from usage.models import Edition
from usage.scoring import edition as scored
from usage.services import edition_editing, editions
from usage.services.edition_editing import Alter, Draft, Saved

NOT_CHANGED = 409


@dataclass(frozen=True)
class Opened:
    """An edition and its content as it is now."""

    row: Edition
    content: scored.Edition

    @property
    def revision(self) -> str:
        return edition_editing.revision(self.content)


@dataclass(frozen=True)
class Told:
    """Why nothing was saved: what is wrong, or what others did meanwhile and what saving would change."""

    faults: tuple[str, ...] = ()
    conflict: EditionChangedMeanwhile | None = None
    mine: tuple[str, ...] = ()


def opened(edition_id: int) -> Opened:
    row = get_object_or_404(Edition, pk=edition_id)
    return Opened(row, editions.frozen(row))


def lab_url(name: str, *args: object) -> str:
    return reverse(f"admin:usage_edition_lab{name}", args=args)


def page(
    request: PersonRequest, template: str, of: Opened, *, title: str, **context: Any
) -> TemplateResponse:
    """A page of the lab in the admin's frame; after a refusal the revision is the one of now."""
    told = context.get("told")
    base = {
        **admin.site.each_context(request),
        "opts": Edition._meta,
        "edition": of.row,
        "content": of.content,
        "revision": of.revision,
        "title": title,
        "lab_url": lab_url("", of.row.pk),
    }
    status = NOT_CHANGED if told is not None and told.conflict else 200
    path = f"admin/usage/edition/{template}"
    return TemplateResponse(request, path, base | context, status=status)


def draft(request: PersonRequest, edition_id: int) -> Draft:
    revision = request.POST.get("revision", "")
    return Draft(edition_id, revision, request.user, timezone.now())


def saved_or_told(
    request: PersonRequest,
    edition_id: int,
    change: Callable[[Draft], Saved],
    alter: Alter,
    *,
    part: str = "",
) -> HttpResponse | Told:
    """Save and go back to the lab; or tell what kept it from being saved, for the form to show."""
    try:
        saved = change(draft(request, edition_id))
    except EditionInvalid as invalid:
        return Told(faults=tuple(invalid.faults))
    except EditionChangedMeanwhile as changed:
        return Told(conflict=changed, mine=_mine(edition_id, alter))
    except DomainError as refused:
        return Told(faults=(str(refused),))
    wake_all(saved.backfill)
    messages.success(request, sentence_of(saved))
    return HttpResponseRedirect(lab_url("", edition_id) + (f"#{part}" if part else ""))


def _mine(edition_id: int, alter: Alter) -> tuple[str, ...]:
    """What saving now would change of what others have saved."""
    now = opened(edition_id).content
    try:
        return tuple(differences(now, alter(now)))
    except DomainError as refused:
        return (str(refused),)


def sentence_of(saved: Saved) -> str:
    if not saved.changes:
        return gettext("Nothing was changed.")
    text = gettext("Saved: %(changes)s.") % {"changes": "; ".join(saved.changes)}
    if saved.backfill is None:
        return text
    return f"{text} {gettext('New metrics are being filled in from the payloads.')}"


def problems_of(form: Any) -> list[str]:
    """What the fields of a form say is wrong, with their labels."""
    found = []
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        found += [f"{label}: {error}" if label else str(error) for error in errors]
    return found
