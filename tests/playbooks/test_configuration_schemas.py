"""The JSON Schemas say what the readers of the files take, and refuse what they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from accounts.yaml_files import load_yaml
from playbooks.config_plan import Kind
from playbooks.services import catalogue
from playbooks.services.configuration import schemas
from playbooks.services.configuration.exporting import export
from tests.architecture.repository import ROOT
from tests.playbooks.configuration import CALL, DROP, TEA, store_everything
from usage.services import dictionary, editions

DOCS = ROOT / "docs" / schemas.FOLDER
SCHEMAS = {name: json.loads(text) for name, text in schemas.texts().items()}
SHIPPED = [
    *editions.SHIPPED.glob("*.yaml"),
    *dictionary.SHIPPED.glob("*.yaml"),
    *catalogue.FOLDER.glob("*.yaml"),
]


def faults(name: str, document: object) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMAS[name]).iter_errors(document)]


def schema_named_by(path: Path) -> Path:
    """The schema to which the first line of a file leads."""
    head, _, reference = path.read_text().splitlines()[0].partition("$schema=")
    assert head == "# yaml-language-server: "
    return (path.parent / reference).resolve()


def test_the_schemas_in_the_documentation_are_what_the_command_writes() -> None:
    assert {path.name: path.read_text() for path in DOCS.iterdir()} == schemas.texts()


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_file_that_ships_names_its_schema_and_keeps_it(path: Path) -> None:
    schema = schema_named_by(path)
    assert schema.parent == DOCS
    assert faults(schema.name, load_yaml(path.read_text())) == []


@pytest.mark.django_db
def test_every_exported_file_names_its_schema_and_keeps_it(tmp_path: Path, now: datetime) -> None:
    store_everything()
    dictionary.load_shipped(now=now)
    editions.load_shipped(now=now)
    export(tmp_path)
    files = [path for path in tmp_path.rglob("*.yaml") if path.name != "state.yaml"]
    assert len(files) >= 4
    for path in files:
        schema = schema_named_by(path)
        assert schema.parent == tmp_path / schemas.FOLDER
        assert schema.read_text() == (DOCS / schema.name).read_text()
        assert faults(schema.name, load_yaml(path.read_text())) == []


EDITION: Any = yaml.safe_load(TEA.read_text())
PLAYBOOK: Any = yaml.safe_load(CALL)
TRIGGERS: Any = yaml.safe_load(DROP)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda e: e.update(nmae="x"), id="misspelt"),
        pytest.param(lambda e: e.pop("size_metric"), id="missing"),
        pytest.param(lambda e: e.update(status="live"), id="no status"),
        pytest.param(lambda e: e["points"].update(red="much"), id="no number"),
        pytest.param(lambda e: e.update(platform_adoption_from=0), id="too few"),
        pytest.param(lambda e: e["use_cases"][0].update(code="Brew Ing"), id="no code"),
        pytest.param(lambda e: e["use_cases"][0].update(roll_up="median"), id="no roll-up"),
        pytest.param(lambda e: measure(e).update(numerator={"median": ["cups"]}), id="no operation"),
        pytest.param(lambda e: measure(e).update(numerator={"sum": []}), id="no metric"),
        pytest.param(lambda e: measure(e)["bands"][0].update(red="<1"), id="no interval"),
        pytest.param(lambda e: measure(e)["bands"][0].update(age="young"), id="no age"),
        pytest.param(lambda e: e.update(health={"groups": [{"code": "x"}]}), id="half a group"),
    ],
)  # fmt: skip
def test_a_wrong_edition_is_refused(change: Callable[[Any], object]) -> None:
    document = deepcopy(EDITION)
    assert faults("edition.schema.json", document) == []
    change(document)
    assert faults("edition.schema.json", document) != []


def measure(edition: Any) -> Any:
    return edition["use_cases"][0]["measures"][0]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda p: p.pop("code"), id="no code"),
        pytest.param(lambda p: p.update(code="Call me"), id="not a code"),
        pytest.param(lambda p: p.update(name="x" * 121), id="too long"),
        pytest.param(lambda p: p.update(name=" "), id="blank"),
        pytest.param(lambda p: p.update(steps=[]), id="no steps"),
        pytest.param(lambda p: p["steps"][0].update(after="soon"), id="no delay"),
        pytest.param(lambda p: p["steps"][0].update(optional=1), id="no flag"),
        pytest.param(lambda p: p["steps"][0].update(opt=True), id="unknown key"),
        pytest.param(lambda p: p["steps"][0].update(questions="Why?"), id="no list"),
        pytest.param(lambda p: p["steps"][0]["links"][0].update(url="http://x"), id="not https"),
    ],
)
def test_a_wrong_playbook_is_refused(change: Callable[[Any], object]) -> None:
    document = deepcopy(PLAYBOOK)
    assert faults("playbook.schema.json", document) == []
    change(document)
    assert faults("playbook.schema.json", document) != []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda t: t.update(kind="score_rise"), id="no such kind"),
        pytest.param(lambda t: t.update(priority=3), id="no word"),
        pytest.param(lambda t: t.pop("cta_type"), id="no type"),
        pytest.param(lambda t: t.update(components=[]), id="no components"),
        pytest.param(lambda t: t.update(playbooks=["call"]), id="not pairs"),
        pytest.param(lambda t: t.update(due="5 days"), id="no kind of day"),
    ],
)
def test_a_wrong_trigger_is_refused(change: Callable[[Any], object]) -> None:
    document = deepcopy(TRIGGERS)
    assert faults("triggers.schema.json", document) == []
    change(document[0])
    assert faults("triggers.schema.json", document) != []


@pytest.mark.parametrize(
    ("definition", "is_valid"),
    [
        ({"key_path": "cups"}, True),
        ({"key_path": "cups", "tiers": "free", "of_others": {"a": 1}, "tracked": True}, True),
        ({"key_path": "cups", "tracked": "yes"}, False),
        ({"key_path": ""}, False),
        ({"name": "Cups"}, False),
        ({"key_path": "cups", "description": ["of tea"]}, False),
    ],
)
def test_a_metric_needs_a_key_path(definition: dict[str, Any], is_valid: bool) -> None:  # noqa: FBT001
    name = schemas.NAMES[Kind.METRIC]
    assert (faults(name, [definition]) == []) is is_valid
    assert (faults(name, definition) == []) is is_valid
