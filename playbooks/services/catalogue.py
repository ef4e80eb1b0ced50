"""The playbooks and triggers that ship: from files to rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Prefetch

from playbooks.errors import CatalogueInvalid
from playbooks.models import Playbook, PlaybookVersion, Step, Trigger
from playbooks.services import versions
from playbooks.shipped import PlaybookEntry, TriggerEntry, read_playbook, read_triggers

FOLDER = Path(__file__).resolve().parents[1] / "catalogue"
TRIGGERS_FILE = "triggers.yaml"


@dataclass(frozen=True)
class CatalogueCounts:
    """How many rows a load made; all 0 where everything was there already."""

    playbooks: int
    versions: int
    triggers: int


@transaction.atomic
def load_shipped(*, now: datetime, folder: Path = FOLDER) -> CatalogueCounts:
    """Bring in what ships and is not there yet; raise CatalogueInvalid before anything is written.

    A file whose steps changed makes a new version, since CTAs keep the one they were made from. A
    trigger that exists is left as it is: somebody may have tuned it.
    """
    playbooks, triggers = _read(folder)
    made = [_store_playbook(entry, now=now) for entry in playbooks]
    return CatalogueCounts(
        playbooks=sum(is_new for is_new, _ in made),
        versions=sum(has_new_version for _, has_new_version in made),
        triggers=sum(_store_trigger(entry) for entry in triggers),
    )


def current_versions() -> dict[str, PlaybookVersion]:
    """The newest published version of each active playbook by its code, with its steps: 2 queries."""
    published = PlaybookVersion.objects.filter(
        published_at__isnull=False, playbook__is_active=True
    ).order_by("playbook", "number")
    steps = Prefetch("steps", Step.objects.select_related("owner"))
    rows = published.select_related("playbook").prefetch_related(steps)
    return {version.playbook.code: version for version in rows}


def _read(folder: Path) -> tuple[list[PlaybookEntry], list[TriggerEntry]]:
    playbooks: list[PlaybookEntry] = []
    faults: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.name == TRIGGERS_FILE:
            continue
        try:
            playbooks.append(read_playbook(path.name, path.read_text(encoding="utf-8")))
        except CatalogueInvalid as invalid:
            faults += invalid.faults
    faults += _codes_used_twice(playbooks)
    if faults:
        raise CatalogueInvalid(faults)
    text = (folder / TRIGGERS_FILE).read_text(encoding="utf-8")
    return playbooks, read_triggers(TRIGGERS_FILE, text, playbooks={p.code for p in playbooks})


def _codes_used_twice(playbooks: list[PlaybookEntry]) -> list[str]:
    codes = [playbook.code for playbook in playbooks]
    return [f"the code `{code}` is used twice" for code in {*codes} if codes.count(code) > 1]


def _store_playbook(entry: PlaybookEntry, *, now: datetime) -> tuple[bool, bool]:
    """Store a playbook and, unless it had these very steps before, a version; say which is new."""
    playbook, is_new = Playbook.objects.get_or_create(
        code=entry.code,
        defaults={
            "name": entry.name,
            "description": entry.description,
            "is_active": entry.is_active,
        },
    )
    if playbook.versions.filter(digest=entry.digest).exists():
        return is_new, False
    newest = playbook.versions.first()
    version = playbook.versions.create(
        number=newest.number + 1 if newest else 1, digest=entry.digest, published_at=now
    )
    for position, step in enumerate(entry.steps, start=1):
        versions.add_step(version, position, step)
    return is_new, True


def _store_trigger(entry: TriggerEntry) -> bool:
    fields = asdict(entry) | {"components": list(entry.components)}
    _, is_new = Trigger.objects.get_or_create(code=fields.pop("code"), defaults=fields)
    return is_new
