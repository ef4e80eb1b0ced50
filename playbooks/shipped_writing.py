"""Playbooks and triggers as their YAML files say them: the way back of playbooks.shipped."""

from __future__ import annotations

from typing import Any

from playbooks.models import Priority
from playbooks.shipped import PlaybookEntry, StepEntry, TriggerEntry

ALL_OTHERS = "*"
PRIORITY_WORDS = {priority.value: priority.name.lower() for priority in Priority}


def playbook_document(entry: PlaybookEntry) -> dict[str, Any]:
    """What the file holds, without what is so anyway; read again it is the same."""
    said = {
        "code": entry.code,
        "name": text(entry.name),
        "description": text(entry.description),
        "active": entry.is_active,
        "steps": [step_document(step) for step in entry.steps],
    }
    return _without(said, description="", active=True)


def trigger_document(entry: TriggerEntry) -> dict[str, Any]:
    """What the file holds, without what is so anyway; read again it is the same."""
    to_red = entry.priority_to_red
    said = {
        "code": entry.code,
        "name": text(entry.name),
        "enabled": entry.enabled,
        "kind": str(entry.kind),
        "components": list(entry.components),
        "cta_type": str(entry.cta_type),
        "reason": text(entry.reason),
        "priority": PRIORITY_WORDS[entry.priority],
        "priority_to_red": PRIORITY_WORDS[to_red] if to_red is not None else None,
        "due": _days(entry.days_until_due, entry.day_kind),
        "playbooks": {code: entry.playbooks[code] for code in sorted(entry.playbooks, key=_last)},
    }
    return _without(said, enabled=True, priority_to_red=None, playbooks={})


def text(value: str) -> str:
    """As a file gives it back: line feeds alone, nothing around it."""
    return value.replace("\r\n", "\n").replace("\r", "\n").strip()


def step_document(step: StepEntry) -> dict[str, Any]:
    said = {
        "title": text(step.title),
        "after": _days(step.days_after_start, step.day_kind),
        "owner": step.owner.lower(),
        "optional": not step.is_required,
        "instructions": text(step.instructions),
        "questions": [text(question) for question in step.questions],
        "links": [{"title": text(title), "url": text(url)} for title, url in step.links],
    }
    return _without(said, owner="", optional=False, instructions="", questions=[], links=[])


def _days(count: int, day_kind: str) -> str:
    return f"{count} {day_kind} day{'' if count == 1 else 's'}"


def _last(code: str) -> tuple[bool, str]:
    """What stands for all others comes last."""
    return code == ALL_OTHERS, code


def _without(said: dict[str, Any], **usual: object) -> dict[str, Any]:
    return {
        name: value for name, value in said.items() if name not in usual or value != usual[name]
    }
