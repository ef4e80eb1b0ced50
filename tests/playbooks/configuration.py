"""A small configuration, as stored and as a folder of files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from accounts.yaml_files import load_yaml
from playbooks.config_plan import Outcome, Plan
from playbooks.models import Playbook
from playbooks.services.configuration.applying import Applied, apply
from playbooks.services.configuration.exporting import export
from playbooks.services.configuration.folder import read
from playbooks.services.configuration.planning import plan_of
from playbooks.services.playbook_records import write_playbook, write_trigger
from playbooks.shipped import parse_triggers, read_playbook
from tests.factories import NOW, make_metric
from usage.models import Edition
from usage.services import edition_files, editions

TEA = Path(__file__).resolve().parents[1] / "usage" / "tea.yaml"
METRICS = ("cups", "full_cups", "guests", "minutes", "muffins", "scones")

CALL = """
code: call
name: Call
steps:
  - title: Prepare
    after: 1 business day
    questions: ["What changed?"]
    links: [{title: Guide, url: "https://docs.example/guide"}]
  - {title: Call, after: 3 calendar days, instructions: Listen., optional: true}
"""
DROP = """
- {code: drop, name: Drop, kind: score_drop, components: [brewing, waiting], cta_type: risk,
   reason: Dropped, priority: low, priority_to_red: high, due: 5 business days,
   playbooks: {"*": call, brewing: call}}
"""


def store_everything() -> Edition:
    """One of each: six metrics, a draft of the edition tea, a playbook, a trigger."""
    for key_path in METRICS:
        make_metric(key_path)
    loaded = editions.store(edition_files.read(TEA), now=NOW)
    write_playbook(read_playbook("call.yaml", CALL), now=NOW)
    (drop,) = parse_triggers("triggers.yaml", DROP)
    write_trigger(drop, now=NOW)
    return loaded.edition


def texts(folder: Path) -> dict[str, str]:
    """Every file of a folder by its path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def exported(folder: Path) -> dict[str, str]:
    export(folder)
    return texts(folder)


def change(file: Path, *pairs: tuple[str, str]) -> None:
    """Replace texts in a file; each must stand there."""
    text = file.read_text()
    for find, put in pairs:
        assert find in text
        text = text.replace(find, put, 1)
    file.write_text(text)


def planned(folder: Path, **options: Any) -> Plan:
    return plan_of(read(folder), **options)


def outcomes(plan: Plan) -> Mapping[str, str]:
    """What becomes of each object that is not left as it is."""
    return {s.name: str(s.outcome) for s in plan.steps if s.outcome != Outcome.UNCHANGED}


def applied(folder: Path, **options: Any) -> Applied:
    return apply(read(folder), **{"now": NOW, **options})


def base_of(folder: Path, section: str, key: str) -> object:
    return load_yaml((folder / "state.yaml").read_text())[section].get(key)


def version_numbers(code: str = "call") -> list[int]:
    versions = Playbook.objects.get(code=code).versions
    return list(versions.order_by("number").values_list("number", flat=True))
