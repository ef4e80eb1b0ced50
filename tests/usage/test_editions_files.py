"""What a faulty edition file is told: each field that is wrong, by its path."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from usage.errors import EditionInvalid
from usage.services import edition_files
from usage.services.editions import SHIPPED

TEA = Path(__file__).with_name("tea.yaml")
CONTENT: dict[str, Any] = yaml.safe_load(TEA.read_text())

Change = Callable[[dict[str, Any]], object]


def faults(change: Change) -> list[str]:
    content = deepcopy(CONTENT)
    change(content)
    with pytest.raises(EditionInvalid) as refused:
        edition_files.parse(content)
    return refused.value.faults


def measure(content: dict[str, Any]) -> Any:
    return content["use_cases"][0]["measures"][0]


def band(content: dict[str, Any]) -> Any:
    return measure(content)["bands"][0]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param(lambda c: c.update(nmae="x"), "nmae: This field is not known.", id="misspelt"),
        pytest.param(lambda c: c.pop("name"), "name: This field is required.", id="no name"),
        pytest.param(
            lambda c: measure(c).update(rollup="sum"),
            "use_cases.0.measures.0.rollup: This field is not known.",
            id="a field deep inside",
        ),
        pytest.param(
            lambda c: c["use_cases"][0].update(roll_up="median"),
            'use_cases.0.roll_up: "median" is not a valid choice.',
            id="unknown roll-up",
        ),
        pytest.param(
            lambda c: c["use_cases"][0].update(code="Brew Ing"), "use_cases.0.code: ", id="code"
        ),
        pytest.param(
            lambda c: measure(c).update(numerator={"median": ["cups"]}),
            "use_cases.0.measures.0.numerator: Give one of sum, count_positive, difference, first",
            id="unknown operation",
        ),
        pytest.param(
            lambda c: measure(c).update(numerator={"sum": ["cups"], "first": ["cups"]}),
            "use_cases.0.measures.0.numerator: Give one of",
            id="two operations",
        ),
        pytest.param(
            lambda c: measure(c).update(numerator={"sum": []}),
            "use_cases.0.measures.0.numerator.sum: ",
            id="no metric",
        ),
        pytest.param(
            lambda c: band(c).update(red="<1"),
            'use_cases.0.measures.0.bands.0.red: "<1" is not an interval',
            id="no interval",
        ),
        pytest.param(
            lambda c: band(c).update(red="(3, 1]"), '.red: "(3, 1]" ends before it begins.', id="reversed"
        ),
        pytest.param(
            lambda c: band(c).update(red="(-inf, 1-2]"), '.red: "(-inf, 1-2]" holds what is not', id="1-2"
        ),
        pytest.param(
            lambda c: band(c).update(red="(-inf, 1e999]"), "holds what is not a number", id="too large"
        ),
        pytest.param(lambda c: band(c).update(age="young"), '.age: "young" is not an age', id="age"),
        pytest.param(
            lambda c: band(c).update(age="9-3"), '.age: "9-3" ends before it begins', id="age reversed"
        ),
        pytest.param(lambda c: band(c).update(age="3-99999"), "is not an age", id="age too high"),
        pytest.param(
            lambda c: c["points"].update(red=float("nan")), 'points.red: A valid number is required.', id="nan"
        ),
        pytest.param(
            lambda c: measure(c).update(weight=float("inf")), "weight: A valid number is required.", id="inf"
        ),
        pytest.param(
            lambda c: c.update(in_force_from="September"),
            "in_force_from: 'September' is not a month",
            id="month",
        ),
        pytest.param(
            lambda c: c.update(platform_adoption_from=99_999), "platform_adoption_from: ", id="too many"
        ),
        pytest.param(lambda c: c.update(levels="all"), "levels: Expected a list", id="levels"),
        pytest.param(
            lambda c: c.update(composites={"house": {"brewing": "much"}}),
            "composites.house.brewing: A valid number is required.",
            id="weight",
        ),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(change: Change, fault: str) -> None:
    assert any(fault in found for found in faults(change)), faults(change)


def test_all_wrong_fields_are_named_at_once() -> None:
    def two(content: dict[str, Any]) -> None:
        content["use_cases"][0]["roll_up"] = "median"
        content["levels"][0]["up_to"] = "high"

    assert len(faults(two)) == 2


@pytest.mark.parametrize("content", [None, [], "tea", 3])
def test_what_is_no_mapping_is_refused(content: object) -> None:
    with pytest.raises(EditionInvalid):
        edition_files.parse(content)


@pytest.mark.parametrize("raw", [b"name: [", b"\xff\xfe", None])
def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path, raw: bytes | None) -> None:
    path = tmp_path / "broken.yaml"
    if raw is not None:
        path.write_bytes(raw)
    with pytest.raises(EditionInvalid, match=r"broken\.yaml cannot be read"):
        edition_files.read(path)


def test_the_order_of_bands_and_ages_in_a_file_says_nothing() -> None:
    other = deepcopy(CONTENT)
    other["use_cases"][0]["measures"][1]["bands"].reverse()
    parsed = edition_files.parse(other).edition
    assert parsed.digest == edition_files.read(TEA).edition.digest


def test_what_a_file_leaves_out_has_its_default() -> None:
    file = edition_files.read(TEA)
    assert (file.edition.platform_adoption_from, file.edition.stale_after_days) == (3, 60)
    assert file.in_force_from == date(2026, 9, 1)
    assert file.description == "How guests take their tea."
    shipped = edition_files.read(SHIPPED / "2025.yaml")
    assert shipped.in_force_from is None


def test_what_is_asked_of_drops_and_samples_may_be_left_out() -> None:
    content = deepcopy(CONTENT)
    plain = edition_files.parse(content).edition
    assert {part.hold_months for part in plain.use_cases} == {1}
    content["use_cases"][0] |= {"hold_months": 2, "exit_margin": 0.05, "recovery_months": 3}
    measure(content)["minimum_sample"] = 10
    first = edition_files.parse(content).edition.use_cases[0]
    assert (first.hold_months, first.exit_margin, first.recovery_months) == (2, 0.05, 3)
    assert first.measures[0].minimum_sample == 10


@pytest.mark.parametrize(
    ("field", "value"),
    [("hold_months", 0), ("hold_months", 7), ("exit_margin", -1), ("recovery_months", 13)],
)
def test_what_cannot_be_asked_of_a_drop_is_refused(field: str, value: int) -> None:
    (fault,) = faults(lambda content: content["use_cases"][0].update({field: value}))
    assert fault.startswith(f"use_cases.0.{field}: ")
