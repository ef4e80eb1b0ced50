"""JSON Schemas of all configuration files, for editors and for checks elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from playbooks.config_plan import Kind
from playbooks.models import CTAType, Trigger
from playbooks.shipped import CODE, DELAY, PRIORITIES
from usage.services.file_schemas import DIALECT, edition_schema, metrics_schema

FOLDER = "schemas"
NAMES: Mapping[Kind, str] = {
    Kind.EDITION: "edition.schema.json",
    Kind.PLAYBOOK: "playbook.schema.json",
    Kind.TRIGGER: "triggers.schema.json",
    Kind.METRIC: "metrics.schema.json",
}
Schema = dict[str, Any]


def texts() -> dict[str, str]:
    """Each schema as the text of its file, by its name."""
    made = {
        Kind.EDITION: edition_schema(),
        Kind.PLAYBOOK: playbook_schema(),
        Kind.TRIGGER: triggers_schema(),
        Kind.METRIC: metrics_schema(),
    }
    return {NAMES[kind]: json.dumps(schema, indent=2) + "\n" for kind, schema in made.items()}


def reference(kind: Kind, *, up: str = "") -> str:
    """The line by which an editor finds the schema of a file; `up` leads from the file to the folder."""
    return f"# yaml-language-server: $schema={up}{FOLDER}/{NAMES[kind]}\n"


def playbook_schema() -> Schema:
    """Of one playbook's file."""
    link = _object({"title": _text(200), "url": _text(500) | {"pattern": "^\\s*https://"}})
    step = _object(
        {"title": _text(200), "after": _whole(DELAY.pattern)},
        {
            "owner": {"type": "string", "maxLength": 254},
            "optional": {"type": "boolean"},
            "instructions": {"type": "string", "maxLength": 4_000},
            "questions": _list({"type": "string"}),
            "links": _list(link),
        },
    )
    required = {"code": _code(), "name": _text(120), "steps": _list(step) | {"minItems": 1}}
    optional = {
        "description": {"type": "string", "maxLength": 2_000},
        "active": {"type": "boolean"},
    }
    return {"$schema": DIALECT, "title": "A playbook", **_object(required, optional)}


def triggers_schema() -> Schema:
    """Of the file of triggers."""
    priority = {"type": "string", "enum": list(PRIORITIES)}
    trigger = _object(
        {
            "code": _code(),
            "name": _text(120),
            "kind": {"type": "string", "enum": Trigger.Kind.values},
            "components": _list({"type": "string"}) | {"minItems": 1},
            "cta_type": {"type": "string", "enum": CTAType.values},
            "reason": _text(120),
            "priority": priority,
            "due": _whole(DELAY.pattern),
        },
        {
            "enabled": {"type": "boolean"},
            "priority_to_red": priority,
            "playbooks": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    )
    return {"$schema": DIALECT, "title": "Triggers", **_list(trigger)}


def _object(required: Schema, optional: Schema | None = None) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": required | (optional or {}),
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _text(longest: int) -> Schema:
    return {"type": "string", "maxLength": longest, "pattern": "\\S"}


def _whole(pattern: str) -> Schema:
    return {"type": "string", "pattern": f"^(?:{pattern})$"}


def _code() -> Schema:
    return _whole(CODE.pattern) | {"maxLength": 60}
