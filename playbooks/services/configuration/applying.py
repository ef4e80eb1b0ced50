"""Applies a folder: all of it in one transaction, by the services that the admin calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from accounts.errors import FileUnusable
from accounts.models import Job, User
from accounts.services import audit
from playbooks.config_plan import Kind, Plan
from playbooks.errors import ConfigurationRefused
from playbooks.models import Playbook, Trigger
from playbooks.services.configuration import state, stored
from playbooks.services.configuration.folder import Folder
from playbooks.services.configuration.items import Item
from playbooks.services.configuration.planning import plan_of
from playbooks.services.playbook_records import write_playbook, write_trigger
from usage.models import Edition, MetricDefinition
from usage.services import dictionary, editions

LOCK_KEY = 0x0C0F16
REASON = "configuration files"


@dataclass(frozen=True)
class Applied:
    """What was done, and the jobs that it queued: to be woken."""

    plan: Plan
    jobs: tuple[Job, ...]


def apply(folder: Folder, *, now: datetime, by: User | None = None) -> Applied:
    """Store what the files say, all or nothing, and note in the folder that they are stored.

    Raise ConfigurationInvalid or ConfigurationRefused. Applied twice, it does nothing more.
    """
    applied = _apply(folder, now=now, by=by)
    text = state.text_of(folder.items.values(), _publishing_order(folder))
    try:
        state.write(folder.path / state.NAME, text)
    except OSError as error:
        reason = f"cannot be written, though everything is applied ({error.strerror}): export again"
        raise FileUnusable(state.NAME, reason) from error
    return applied


@transaction.atomic
def _apply(folder: Folder, *, now: datetime, by: User | None) -> Applied:
    _hold()
    plan = plan_of(folder)
    if plan.refused:
        raise ConfigurationRefused([f"{step.name} {step.reason}" for step in plan.refused])
    changing = [folder.items[step.kind, step.key] for step in plan.changes]
    if not changing:
        return Applied(plan, ())
    jobs = _store(changing, folder, now=now, by=by)
    _check_what_is_stored(changing)
    notes = {item.key: item.value.note for item in _of(Kind.EDITION, changing) if item.value.note}
    done = {str(step.outcome): [s.name for s in plan.of(step.outcome)] for step in plan.changes}
    audit.record("configuration.applied", now=now, by=by, detail=done | {"notes": notes})
    return Applied(plan, tuple(jobs))


def _hold() -> None:
    """One apply at a time, and nobody changes a row between plan and end. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
    for model in (MetricDefinition, Edition, Playbook, Trigger):
        list(model._default_manager.select_for_update().order_by("pk").values_list("pk"))


def _of(kind: Kind, items: Sequence[Item]) -> list[Item]:
    return [item for item in items if item.kind == kind]


def _store(items: Sequence[Item], folder: Folder, *, now: datetime, by: User | None) -> list[Job]:
    """What is named comes before what names it: metrics, editions, playbooks, triggers."""
    of_editions = _of(Kind.EDITION, items)
    metrics = {item.key: item.value for item in _of(Kind.METRIC, items)}
    jobs = dictionary.load_shipped(now=now).jobs if of_editions else []  # no file holds what ships
    jobs += dictionary.store_exactly(metrics, now=now, by=by).jobs if metrics else []
    order = {name: place for place, name in enumerate(folder.state.publishing_order)}
    in_order = sorted(of_editions, key=lambda item: order.get(item.key, len(order)))
    for place, item in enumerate(in_order):
        later = now + timedelta(microseconds=place)  # of two for one month the later one decides
        jobs += _store_edition(item, now=later, by=by)
    for item in _of(Kind.PLAYBOOK, items):
        write_playbook(item.value, now=now, by=by, reason=REASON)
    for item in _of(Kind.TRIGGER, items):
        write_trigger(item.value, now=now, by=by, reason=REASON)
    return jobs


def _store_edition(item: Item, *, now: datetime, by: User | None) -> list[Job]:
    loaded = editions.store(item.value, now=now)
    edition, wanted = loaded.edition, item.value.status
    if loaded.outcome != "unchanged":
        audit.record(
            f"edition.{loaded.outcome}", edition, now=now, by=by, detail={"reason": REASON}
        )
    if wanted != edition.status:
        if wanted == Edition.Status.PUBLISHED:
            editions.publish(edition_id=edition.pk, now=now, by=by, note=item.value.note or REASON)
        else:
            editions.retire(edition_id=edition.pk, now=now, by=by)
    return [loaded.backfill] if loaded.backfill else []


def _check_what_is_stored(items: Sequence[Item]) -> None:
    """What is stored must be what the files say, or applying them would never come to an end."""
    here = stored.items()
    otherwise = [item for item in items if here[item.ref].digest != item.digest]
    if otherwise:
        raise ConfigurationRefused(
            [
                f"{item.kind} {item.key} is stored otherwise than {item.source} says"
                for item in otherwise
            ]
        )


def _publishing_order(folder: Folder) -> list[str]:
    named = {item.key for item in _of(Kind.EDITION, [*folder.items.values()])}
    return [name for name in stored.publishing_order() if name in named]
