"""The texts that entries of a timeline start from, as they ship."""

from __future__ import annotations

from pathlib import Path

from accounts.models import ActivityTemplate
from accounts.yaml_files import load_yaml

SHIPPED = Path(__file__).resolve().parents[1] / "activity_templates.yaml"


def load_shipped() -> int:
    """Make the templates that ship where they are missing; return how many."""
    made = [
        ActivityTemplate.objects.get_or_create(
            code=fields.pop("code"), defaults=fields | {"notes": fields["notes"].strip()}
        )[1]
        for fields in load_yaml(SHIPPED.read_text())
    ]
    return sum(made)
