"""What differs between a stored card and one that was made anew, in words. Pure."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.editions import edition, measure, use_case
from usage.lab.reproduce import ABOUT, Card, differences
from usage.scoring.edition import Edition
from usage.services import edition_files
from usage.services.editions import SHIPPED

TEA = edition(use_case("brewing", measure("rate"), measure("heat")))
ROW: dict[str, Any] = {
    "subscription": "S-1", "plan": "Premium", "arr": 5.0, "seats": 10,
    "instance": "uuid", "hostname": "git.example", "snapshot": "2026-10-28T03:00:00Z",
    "primary": True, "measures": [[1, 2, 0.5, "R"]],
}  # fmt: skip
EVIDENCE: dict[str, Any] = {
    "age": 12,
    "components": [[None, 20, "R", 0]],
    "measures": [[0.5, "R"], [None, "N"]],
    "composites": [["comfort", 20, "R"]],
    "rows": [ROW],
}


def card(evidence: dict[str, Any] | None = None, **values: Any) -> Card:
    columns: dict[str, Any] = dict.fromkeys(ABOUT)
    text = json.dumps(EVIDENCE | (evidence or {}))
    return Card(columns | {"score": 20.0, "input_hash": "a"} | values, text)


def told(stored: Card, rebuilt: Card, by: Edition = TEA) -> list[str]:
    return [str(each) for each in differences(stored, rebuilt, by)]


def test_the_same_card_differs_in_nothing() -> None:
    assert differences(card(), card(), TEA) == ()


def test_json_that_is_written_otherwise_is_the_same() -> None:
    other = Card(card().values, json.dumps(json.loads(card().evidence), indent=1, sort_keys=True))
    assert differences(card(), other, TEA) == ()


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        pytest.param(
            {"components": [[None, 60, "Y", 1]]},
            "brewing: stored nothing 20 R 0, rebuilt nothing 60 Y 1",
            id="a component by its code",
        ),
        pytest.param(
            {"measures": [[0.5, "R"], [3, "G"]]},
            "brewing.heat: stored nothing N, rebuilt 3 G",
            id="a measure by its code",
        ),
        pytest.param({"age": 13}, "age: stored 12, rebuilt 13", id="the age"),
        pytest.param(
            {"components": []},
            'components: stored [[null, 20, "R", 0]], rebuilt []',
            id="evidence of another form",
        ),
        pytest.param(
            {"carried": {"from": "2026-09"}},
            'carried: stored nothing, rebuilt {"from": "2026-09"}',
            id="a part that is new",
        ),
    ],
)
def test_what_the_evidence_says_otherwise(part: dict[str, Any], sentence: str) -> None:
    assert told(card(), card(part)) == [sentence]


def test_an_instance_is_named_by_its_ids() -> None:
    silent = ROW | {"instance": None, "hostname": "", "measures": [], "primary": False}
    first, second = told(card(), card({"rows": [silent]}))
    assert first.startswith('S-1 / uuid git.example: stored {"plan": "Premium"')
    assert first.endswith("rebuilt not there")
    assert second.startswith("S-1 / no instance: stored not there, rebuilt {")


def test_an_instance_that_is_as_it_was_is_not_told() -> None:
    silent = ROW | {"instance": None, "hostname": "", "measures": [], "primary": False}
    assert len(told(card({"rows": [ROW, silent]}), card({"rows": [ROW]}))) == 1


def test_rows_that_are_gone_are_not_there() -> None:
    assert len(told(card({"rows": None}), card())) == 1
    assert len(told(card(), card({"rows": None}))) == 1


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"score": 63.0}, "the overall score: stored 20.0, rebuilt 63.0"),
        ({"input_hash": "b"}, "the digest of the inputs: stored a, rebuilt b"),
        ({"color": "Red"}, "the overall colour: stored nothing, rebuilt Red"),
    ],
)
def test_a_column_that_differs_is_named(values: dict[str, Any], sentence: str) -> None:
    assert told(card(), card(**values)) == [sentence]


def test_measures_of_health_are_named_by_their_codes() -> None:
    path = SHIPPED / "2025-prove.yaml"
    content = edition_files.read(path).edition
    assert content.scorecard is not None
    count = len(list(content.scorecard.measures()))
    cells = [[None, "N", "", None, "u"] for _ in range(count)]
    first = next(measure.code for _, measure in content.scorecard.measures())
    other = [[2, "G", "2026-10-04", 7, ""], *cells[1:]]
    sentence = told(card({"health": cells}), card({"health": other}), content)
    assert sentence == [f"{first}: stored nothing N  nothing u, rebuilt 2 G 2026-10-04 7 "]
