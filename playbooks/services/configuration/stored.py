"""The configuration as the database holds it, and who changed an object of it last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from django.db.models import Prefetch, QuerySet

from playbooks.config_plan import Kind
from playbooks.models import Playbook, PlaybookVersion, Step, Trigger
from playbooks.services.configuration.items import (
    Item,
    Ref,
    of_edition,
    of_metric,
    of_playbook,
    of_trigger,
)
from playbooks.services.versions import entry_of
from playbooks.shipped import PlaybookEntry, StepEntry, TriggerEntry
from usage.definitions import LENGTHS, LISTS
from usage.models import (
    Band,
    Edition,
    HealthBand,
    HealthGroup,
    HealthMeasure,
    MaturityLevel,
    Measure,
    MetricDefinition,
    UseCase,
    Weight,
)
from usage.services import dictionary, editions
from usage.services.edition_files import EditionFile

COLUMNS = (*LENGTHS, *LISTS, "options", "extra", "tracked")
NOBODY = "a command or a service"


def items() -> dict[Ref, Item]:
    """Everything that files can say. A few queries, and up to nine for each draft of an edition."""
    found = (*_metrics(), *_editions(), *_playbooks(), *_triggers())
    return {item.ref: item for item in found}


def exported(stored: dict[Ref, Item]) -> dict[Ref, Item]:
    """What belongs into files: of the dictionary only what is not as it ships."""
    ships = shipped_digests()
    return {ref: item for ref, item in stored.items() if ships.get(ref) != item.digest}


@cache
def shipped_digests() -> dict[Ref, str]:
    """Of the definitions that ship: what is in no file was made from them."""
    metrics = (of_metric(definition) for definition in dictionary.shipped().values())
    return {metric.ref: metric.digest for metric in metrics}


def publishing_order() -> list[str]:
    """Published editions, first published first: of two for one month the later one decides."""
    published = Edition.objects.filter(status=Edition.Status.PUBLISHED)
    return list(published.order_by("published_at", "pk").values_list("name", flat=True))


def _metrics() -> Iterator[Item]:
    for row in MetricDefinition.objects.order_by("key_path").values(*COLUMNS):
        yield of_metric(row)


def _editions() -> Iterator[Item]:
    for row in Edition.objects.order_by("name"):
        content = editions.frozen(row)
        yield of_edition(EditionFile(row.description, row.in_force_from, content, row.status))


def _playbooks() -> Iterator[Item]:
    """By their newest published version; one that has only a draft is nobody's yet."""
    published = PlaybookVersion.objects.filter(published_at__isnull=False).order_by("number")
    steps = Prefetch("steps", Step.objects.select_related("owner"))
    newest = {version.playbook_id: version for version in published.prefetch_related(steps)}
    for playbook in Playbook.objects.order_by("code"):
        if playbook.pk in newest:
            yield of_playbook(_entry(playbook, newest[playbook.pk]))


def _entry(playbook: Playbook, version: PlaybookVersion) -> PlaybookEntry:
    steps: tuple[StepEntry, ...] = tuple(entry_of(step) for step in version.steps.all())
    return PlaybookEntry(
        code=playbook.code,
        name=playbook.name,
        description=playbook.description,
        steps=steps,
        is_active=playbook.is_active,
    )


def _triggers() -> Iterator[Item]:
    plain = (
        "code", "name", "kind", "cta_type", "reason", "priority", "priority_to_red",
        "days_until_due", "day_kind", "playbooks", "enabled",
    )  # fmt: skip
    for row in Trigger.objects.order_by("code"):
        fields = {name: getattr(row, name) for name in plain}
        yield of_trigger(TriggerEntry(**fields, components=tuple(row.components)))


# --- Who changed it -------------------------------------------------------------------------------


def last_change(ref: Ref) -> str:
    """Who changed an object last, and when, in words; of an edition or a playbook any part of it."""
    kind, key = ref
    entries = (rows.order_by("-history_date").first() for rows in HISTORIES[kind](key))
    known = [entry for entry in entries if entry is not None]
    if not known:
        return "somebody"
    newest: Any = max(known, key=lambda entry: entry.history_date)
    who = newest.history_user.email if newest.history_user else NOBODY
    return f"{who} on {newest.history_date:%Y-%m-%d at %H:%M} UTC"


def _history(model: Any, **where: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.history.filter(**where)
    return rows


def _of_edition(name: str) -> list[QuerySet[Any]]:
    pk = Edition.objects.only("pk").get(name=name).pk
    use_cases, groups = _history(UseCase, edition_id=pk), _history(HealthGroup, edition_id=pk)
    measures = _history(Measure, use_case_id__in=use_cases.values("id"))
    health = _history(HealthMeasure, group_id__in=groups.values("id"))
    return [
        _history(Edition, id=pk),
        _history(Weight, edition_id=pk),
        _history(MaturityLevel, edition_id=pk),
        use_cases,
        measures,
        _history(Band, measure_id__in=measures.values("id")),
        groups,
        health,
        _history(HealthBand, measure_id__in=health.values("id")),
    ]


def _of_playbook(code: str) -> list[QuerySet[Any]]:
    pk = Playbook.objects.only("pk").get(code=code).pk
    return [_history(Playbook, id=pk), _history(PlaybookVersion, playbook_id=pk)]


HISTORIES: dict[Kind, Callable[[str], list[QuerySet[Any]]]] = {
    Kind.METRIC: lambda key: [_history(MetricDefinition, key_path=key)],
    Kind.EDITION: _of_edition,
    Kind.PLAYBOOK: _of_playbook,
    Kind.TRIGGER: lambda key: [_history(Trigger, code=key)],
}
