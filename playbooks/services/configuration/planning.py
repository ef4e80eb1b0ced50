"""What applying a folder would do, object by object; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from operator import attrgetter

from accounts.models import User
from playbooks import config_plan
from playbooks.config_plan import Decision, Kind, Outcome, Plan, Refusal, Step
from playbooks.errors import ConfigurationInvalid
from playbooks.models import Playbook, PlaybookVersion
from playbooks.services.configuration import state, stored
from playbooks.services.configuration.folder import Folder
from playbooks.services.configuration.items import Item, Ref
from playbooks.shipped import unknown_playbooks
from usage.models import MetricDefinition
from usage.scoring.validation import faults
from usage.services.edition_files import EditionFile

WhatIf = Callable[[EditionFile], Iterable[str]]
"""What putting an edition in force would do, in sentences."""

ORDER = tuple(Kind)
WORDS = {
    Refusal.NO_BASE: "is here already, and {state} does not say what {source} was made from: export "
    "the configuration and make the change in that",
    Refusal.CHANGED_UNDERNEATH: "was changed here by {who}, after {source} was made from it: export the "
    "configuration again and make the change in that",
    Refusal.PUBLISHED: "was published and cannot change: give the edition in {source} a new name",
    Refusal.NO_DRAFT_AGAIN: "was published and cannot be a draft again: give the edition in {source} a "
    "new name, or `status: retired`",
}


def plan_of(folder: Folder, *, what_if: WhatIf | None = None) -> Plan:
    """Compare files with what is stored; raise ConfigurationInvalid with what could not be stored.

    `what_if` tells the consequences of each edition that is new or changes.
    """
    here = stored.items()
    steps = [_step(item, here, folder) for item in _in_order(folder.items.values())]
    steps = [_not_over_a_draft(step) for step in steps]
    changing = [folder.items[step.kind, step.key] for step in steps if step.outcome in CHANGING]
    if found := [*_faults(changing, folder)]:
        raise ConfigurationInvalid(found)
    if what_if is not None:
        steps = [_with_consequences(step, folder, what_if) for step in steps]
    only_here = (item for ref, item in stored.exported(here).items() if ref not in folder.items)
    kept = [Step(item.kind, item.key, Outcome.ONLY_HERE) for item in _in_order(only_here)]
    return Plan((*steps, *kept))


CHANGING = (Outcome.CREATE, Outcome.CHANGE)


def _in_order(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (ORDER.index(item.kind), item.key))


def base_of(ref: Ref, folder: Folder) -> str | None:
    """What the object was when its file was made; a definition that ships was in no file then."""
    return folder.state.digests.get(ref) or stored.shipped_digests().get(ref)


def _step(item: Item, here: Mapping[Ref, Item], folder: Folder) -> Step:
    before = here.get(item.ref)
    decision = _decision(item, before, base_of(item.ref, folder))
    is_changing = decision.outcome in CHANGING
    diff = config_plan.diff(before.text if before else "", item.text, source=item.source)
    return Step(
        kind=item.kind,
        key=item.key,
        outcome=decision.outcome,
        source=item.source,
        diff=diff if is_changing else (),
        reason=_reason(item, decision.refusal) if decision.refusal else "",
    )


def _decision(item: Item, before: Item | None, base: str | None) -> Decision:
    if item.kind == Kind.EDITION and before is not None:
        return config_plan.decide_edition(file=item.document, stored=before.document, base=base)
    return config_plan.decide(file=item.digest, stored=before.digest if before else None, base=base)


def _reason(item: Item, refusal: Refusal) -> str:
    who = stored.last_change(item.ref) if refusal == Refusal.CHANGED_UNDERNEATH else ""
    return WORDS[refusal].format(state=state.NAME, source=item.source, who=who)


def _not_over_a_draft(step: Step) -> Step:
    """A new version is not made over a draft that somebody works on in the admin."""
    if step.kind != Kind.PLAYBOOK or step.outcome not in CHANGING:
        return step
    newest = PlaybookVersion.objects.filter(playbook__code=step.key).order_by("-number").first()
    if newest is None or newest.published_at is not None:
        return step
    reason = (
        f"has version {newest.number} as a draft that somebody works on: publish or delete it first"
    )
    return replace(step, outcome=Outcome.REFUSE, reason=reason, diff=())


def _with_consequences(step: Step, folder: Folder, what_if: WhatIf) -> Step:
    if step.kind != Kind.EDITION or step.outcome not in CHANGING:
        return step
    return replace(step, consequences=tuple(what_if(folder.items[step.kind, step.key].value)))


# --- What could not be stored ---------------------------------------------------------------------


def _faults(items: Iterable[Item], folder: Folder) -> Iterator[str]:
    by_kind: dict[Kind, list[Item]] = {kind: [] for kind in Kind}
    for item in items:
        by_kind[item.kind].append(item)
    yield from _edition_faults(by_kind[Kind.EDITION], folder)
    yield from _trigger_faults(by_kind[Kind.TRIGGER], folder)
    yield from _owner_faults(by_kind[Kind.PLAYBOOK])


def _keys(folder: Folder, kind: Kind) -> set[str]:
    return {item.key for item in folder.items.values() if item.kind == kind}


def _edition_faults(items: list[Item], folder: Folder) -> Iterator[str]:
    if not items:
        return
    known = set(MetricDefinition.objects.values_list("key_path", flat=True))
    known |= _keys(folder, Kind.METRIC) | {key for _, key in stored.shipped_digests()}
    for item in items:
        yield from (f"{item.source}: {fault}" for fault in faults(item.value.edition, known))


def _trigger_faults(items: list[Item], folder: Folder) -> Iterator[str]:
    if not items:
        return
    codes = set(Playbook.objects.values_list("code", flat=True)) | _keys(folder, Kind.PLAYBOOK)
    for item in items:
        yield from unknown_playbooks(item.source, [item.value], codes)


def _owner_faults(items: list[Item]) -> Iterator[str]:
    named = {step.owner for item in items for step in item.value.steps} - {""}
    if not named:
        return
    known = {email.lower() for email in User.objects.values_list("email", flat=True)}
    for item in items:
        for owner in sorted({*map(attrgetter("owner"), item.value.steps)} - known - {""}):
            yield f"{item.source}: there is no user {owner}, who is to get a step"
