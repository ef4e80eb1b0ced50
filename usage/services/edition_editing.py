"""Changes of a draft: one service for all who edit one; the second of two editors is told of the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.models import AuditEntry, Job, User
from accounts.services import audit
from usage.errors import (
    CodeTaken,
    EditionChangedMeanwhile,
    EditionInvalid,
    EditionIsPublished,
    Meanwhile,
    PartUnknown,
)
from usage.lab import revising
from usage.lab.differences import differences
from usage.models import Edition, MetricDefinition
from usage.scoring import edition as scored
from usage.scoring.frames import full_code
from usage.scoring.validation import faults
from usage.services import edition_files, edition_rows, editions, metrics

CHANGED = "edition.changed"
ENTRIES_READ = 50
Alter = Callable[[scored.Edition], scored.Edition]


@dataclass(frozen=True)
class Draft:
    """The draft that somebody opened at a revision, and who it is."""

    edition_id: int
    revision: str
    by: User
    now: datetime


@dataclass(frozen=True)
class Saved:
    """What became of it: one sentence per change; `backfill` fills metrics that nothing named before."""

    edition: Edition
    revision: str
    changes: tuple[str, ...]
    backfill: Job | None = None


@dataclass(frozen=True)
class Settings:
    """What holds for the whole edition."""

    size_metric: str
    points: tuple[float, float, float]
    red_up_to: float
    yellow_up_to: float
    platform_adoption_from: int
    stale_after_days: int
    levels: tuple[scored.Level, ...]


def revision(edition: scored.Edition) -> str:
    """What a form hands back, so that a change in between is noticed."""
    return edition.digest


def change_measure(*, draft: Draft, use_case: str, measure: scored.Measure) -> Saved:
    """Raise EditionInvalid, EditionChangedMeanwhile, EditionIsPublished or PartUnknown, as all below."""
    return _changed(draft, lambda content: altered_measure(content, use_case, measure))


def altered_measure(
    content: scored.Edition, use_case: str, measure: scored.Measure
) -> scored.Edition:
    """The edition with another measure of that code. Raises PartUnknown."""
    _measure(content, use_case, measure.code)
    return revising.with_measure(content, use_case, _in_order(measure))


def add_measure(*, draft: Draft, use_case: str, measure: scored.Measure) -> Saved:
    """Raise CodeTaken, too."""

    def alter(content: scored.Edition) -> scored.Edition:
        if any(each.code == measure.code for each in _use_case(content, use_case).measures):
            raise CodeTaken(measure.code)
        return revising.with_measure(content, use_case, _in_order(measure))

    return _changed(draft, alter)


def remove_measure(*, draft: Draft, use_case: str, code: str) -> Saved:
    """What the edition then lacks is told before it is published, not now."""

    def alter(content: scored.Edition) -> scored.Edition:
        _measure(content, use_case, code)
        return revising.without_measure(content, use_case, code)

    return _changed(draft, alter, is_complete=False)


def move_measure(*, draft: Draft, use_case: str, code: str, by: int) -> Saved:
    """So many places further down; negative: up."""

    def alter(content: scored.Edition) -> scored.Edition:
        _measure(content, use_case, code)
        return revising.moved_measure(content, use_case, code, by)

    return _changed(draft, alter)


def change_use_case(*, draft: Draft, use_case: scored.UseCase) -> Saved:
    """Change what a use case says itself; its measures stay as they are."""

    return _changed(draft, lambda content: altered_use_case(content, use_case))


def altered_use_case(content: scored.Edition, use_case: scored.UseCase) -> scored.Edition:
    """The edition with another use case of that code, its measures as they are. Raises PartUnknown."""
    stored = _use_case(content, use_case.code)
    return revising.with_use_case(content, replace(use_case, measures=stored.measures))


def add_use_case(*, draft: Draft, use_case: scored.UseCase) -> Saved:
    """Raise CodeTaken, too. It may be without measures and without weight until it is published."""
    return _changed(draft, lambda content: with_new_use_case(content, use_case), is_complete=False)


def with_new_use_case(content: scored.Edition, use_case: scored.UseCase) -> scored.Edition:
    """The edition with one more use case. Raises CodeTaken."""
    taken = {each.code for each in content.use_cases}
    taken |= {each.code for each in content.composites}
    if use_case.code in taken:
        raise CodeTaken(use_case.code)
    return revising.with_use_case(content, use_case)


def remove_use_case(*, draft: Draft, code: str) -> Saved:
    """With its measures and its weights."""

    def alter(content: scored.Edition) -> scored.Edition:
        _use_case(content, code)
        return revising.without_use_case(content, code)

    return _changed(draft, alter, is_complete=False)


def move_use_case(*, draft: Draft, code: str, by: int) -> Saved:
    def alter(content: scored.Edition) -> scored.Edition:
        _use_case(content, code)
        return revising.moved_use_case(content, code, by)

    return _changed(draft, alter)


def change_weights(
    *,
    draft: Draft,
    composites: Mapping[str, Mapping[str, float]],
    measures: Mapping[tuple[str, str], float],
) -> Saved:
    """Weights of composites by composite and child, of measures by use case and measure."""
    return _changed(draft, lambda content: revising.with_weights(content, composites, measures))


def change_settings(*, draft: Draft, settings: Settings) -> Saved:
    """Points, bounds of scores, maturity levels, days until data is stale."""
    return _changed(draft, lambda content: with_settings(content, settings))


def with_settings(content: scored.Edition, settings: Settings) -> scored.Edition:
    return replace(content, **vars(settings))


def _changed(draft: Draft, alter: Alter, *, is_complete: bool = True) -> Saved:
    """Lock the draft, compare its revision, change it; refuse what it would newly do wrong."""
    with transaction.atomic():
        row = Edition.objects.select_for_update().get(pk=draft.edition_id)
        if not row.is_draft:
            raise EditionIsPublished(row.name)
        before = editions.frozen(row)
        if revision(before) != draft.revision:
            raise EditionChangedMeanwhile(row.name, revision(before), since(row, draft.revision))
        after = alter(before)
        if is_complete and (found := new_faults(before, after)):
            raise EditionInvalid(found)
        return _stored(draft, row, before, after)


def _stored(draft: Draft, row: Edition, before: scored.Edition, after: scored.Edition) -> Saved:
    changes = tuple(differences(before, after))
    if not changes:
        return Saved(row, draft.revision, ())
    known = metrics.tracked_key_paths()
    row.score_cards.all().delete()  # of a trial: what made them is gone
    edition_rows.write(row, after)
    saved = revision(editions.frozen(row))
    audit.record(
        CHANGED,
        row,
        now=draft.now,
        by=draft.by,
        detail={"changes": changes, "from": draft.revision, "to": saved},
    )
    new = set(after.metric_keys) - known
    backfill = metrics.request_backfill(key_paths=new, now=draft.now, by=draft.by) if new else None
    return Saved(row, saved, changes, backfill)


def all_faults(content: scored.Edition) -> list[str]:
    """What keeps an edition from being published. One query."""
    return faults(content, _known())


def measure_faults(content: scored.Edition, use_case: str, measure: scored.Measure) -> list[str]:
    """What is wrong with a measure, stored or only typed. One query."""
    known = _known()
    others = set(faults(revising.without_measure(content, use_case, measure.code), known))
    typed = faults(revising.with_measure(content, use_case, measure), known)
    prefix = f"{full_code(use_case, measure.code)}: "
    return [fault.removeprefix(prefix) for fault in typed if fault not in others]


def _known() -> set[str]:
    return set(MetricDefinition.objects.values_list("key_path", flat=True))


def new_faults(before: scored.Edition, after: scored.Edition) -> list[str]:
    """What a change breaks: what was wrong already is told elsewhere. One query."""
    known = _known()
    old = set(faults(before, known))
    return [fault for fault in faults(after, known) if fault not in old]


def since(row: Edition, opened: str) -> tuple[Meanwhile, ...]:
    """What others did to a draft since it was at a revision, newest first; at least the last change.

    Read from the audit log: changes made in the other forms of the admin stand there, too.
    """
    found = AuditEntry.objects.filter(_of_parts(row)).select_related("actor").order_by("-pk")
    entries = list(found[:ENTRIES_READ])
    for count, entry in enumerate(entries, 1):
        if entry.detail.get("from") == opened:
            return tuple(map(_meanwhile, entries[:count]))
    return tuple(map(_meanwhile, entries[:1]))


def _of_parts(row: Edition) -> Q:
    """Entries of an edition and of what is in it. Five queries of keys."""
    parts = {
        "usage.usecase": row.use_cases.values_list("pk", flat=True),
        "usage.measure": row.use_cases.values_list("measures", flat=True),
        "usage.band": row.use_cases.values_list("measures__bands", flat=True),
        "usage.weight": row.weights.values_list("pk", flat=True),
        "usage.maturitylevel": row.levels.values_list("pk", flat=True),
    }
    condition = Q(object_type="usage.edition", object_id=str(row.pk))
    for kind, keys in parts.items():
        condition |= Q(object_type=kind, object_id__in=[str(key) for key in keys.order_by()])
    return condition


def _meanwhile(entry: AuditEntry) -> Meanwhile:
    who = str(entry.actor) if entry.actor else entry.actor_label
    return Meanwhile(who, entry.at, tuple(_sentences(entry.object_label, entry.detail)))


def _sentences(label: str, detail: Mapping[str, Any]) -> list[str]:
    """What an entry says: of this service in sentences, of the admin's forms by field."""
    changes = detail.get("changes") or []
    if isinstance(changes, list):
        return [str(each) for each in changes]
    return [
        f"{label}: {name} {pair[0]} → {pair[1]}" if isinstance(pair, list) else f"{label}: {name}"
        for name, pair in changes.items()
    ]


def _use_case(content: scored.Edition, code: str) -> scored.UseCase:
    try:
        return content.use_case(code)
    except KeyError as error:
        raise PartUnknown(content.name, code) from error


def _measure(content: scored.Edition, use_case: str, code: str) -> scored.Measure:
    for measure in _use_case(content, use_case).measures:
        if measure.code == code:
            return measure
    raise PartUnknown(content.name, f"{use_case}.{code}")


def _in_order(measure: scored.Measure) -> scored.Measure:
    """Its bands as they are read back."""
    return replace(measure, bands=tuple(sorted(measure.bands, key=edition_files.band_order)))
