"""The data map names every table; what points to a customer is exported and erased with them."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import ForeignKey, Model

from accounts.models import Account
from accounts.services import holdings
from tests.architecture.repository import ROOT

MODELS = [
    model
    for model in apps.get_models(include_auto_created=True)
    if not model._meta.app_label.startswith("tests")
]


def mapped() -> Counter[str]:
    """How often each table stands in a first column of the map."""
    lines = (ROOT / "docs/data-map.md").read_text().splitlines()
    cells = [line.split("|")[1] for line in lines if line.startswith("| `")]
    return Counter(name for cell in cells for name in re.findall(r"`(\w+\.\w+)`", cell))


def test_every_table_stands_in_the_data_map_once() -> None:
    assert mapped() == Counter(model._meta.label for model in MODELS)


def test_every_retention_rule_stands_in_the_data_map() -> None:
    text = (ROOT / "docs/data-map.md").read_text()
    assert [kind for kind in settings.RETENTION_KINDS if f"`{kind}`" not in text] == []


@pytest.mark.django_db
def test_whatever_points_to_a_customer_is_exported_and_erased_with_them() -> None:
    held = {holding.of(0).model for holding in holdings.holdings()}
    own: set[type[Model]] = {Account}
    while more := {model for model in MODELS if _points_to(model, own)} - own:
        own |= more
    assert own - held == set()


def _points_to(model: type[Model], targets: set[type[Model]]) -> bool:
    """By a foreign key; a former state has none."""
    return not hasattr(model, "history_date") and any(
        isinstance(field, ForeignKey) and field.related_model in targets
        for field in model._meta.get_fields()
    )
