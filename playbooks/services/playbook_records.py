"""Playbooks and triggers as configuration: written whole, with their history and an entry in the audit log."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from accounts.services import audit
from playbooks.errors import CatalogueInvalid
from playbooks.models import Playbook, Trigger
from playbooks.services import versions
from playbooks.services.versions import entry_of
from playbooks.shipped import PlaybookEntry, TriggerEntry
from playbooks.shipped_writing import step_document

OF_PLAYBOOK = ("name", "description", "is_active")
OF_TRIGGER = tuple(name for name in TriggerEntry.__dataclass_fields__ if name != "code")


@transaction.atomic
def write_playbook(
    entry: PlaybookEntry, *, now: datetime, by: User | None = None, reason: str = ""
) -> Playbook:
    """Store a playbook; other steps than those of its newest published version are a new version.

    Raise DraftInTheWay or StepOwnerUnknown.
    """
    playbook = Playbook.objects.filter(code=entry.code).first() or Playbook(code=entry.code)
    values = {name: getattr(entry, name) for name in OF_PLAYBOOK}
    _save(playbook, values, now=now, by=by, reason=reason)
    newest = playbook.versions.filter(published_at__isnull=False).first()
    steps = newest.steps.select_related("owner") if newest else ()
    if [step_document(entry_of(step)) for step in steps] != [*map(step_document, entry.steps)]:
        versions.revise(playbook_id=playbook.pk, steps=entry.steps, now=now, by=by)
    return playbook


@transaction.atomic
def write_trigger(
    entry: TriggerEntry, *, now: datetime, by: User | None = None, reason: str = ""
) -> Trigger:
    """Store a trigger; raise CatalogueInvalid with what its fields may not hold."""
    trigger = Trigger.objects.filter(code=entry.code).first() or Trigger(code=entry.code)
    values = {name: value for name, value in asdict(entry).items() if name in OF_TRIGGER}
    values["components"] = list(entry.components)
    _save(trigger, values, now=now, by=by, reason=reason)
    return trigger


def _save(
    row: Playbook | Trigger,
    values: dict[str, Any],
    *,
    now: datetime,
    by: User | None,
    reason: str,
) -> None:
    """Save what changes of a row, with who did it; nothing changes: nothing is written."""
    is_new = row.pk is None
    before = {name: getattr(row, name) for name in values}
    changed = {
        name: (before[name], value) for name, value in values.items() if before[name] != value
    }
    if not (is_new or changed):
        return
    for name, value in values.items():
        setattr(row, name, value)
    try:
        row.full_clean()
    except ValidationError as invalid:
        faults = [
            f"{name}: {text}" for name, texts in invalid.message_dict.items() for text in texts
        ]
        raise CatalogueInvalid(faults) from invalid
    history: Any = row
    history._history_user, history._change_reason = by, reason
    row.save()
    told = {} if is_new else {"changes": audit.changes(row, changed)}
    verb = f"{row._meta.model_name}.{'added' if is_new else 'changed'}"
    audit.record(verb, row, now=now, by=by, detail=told | {"reason": reason})
