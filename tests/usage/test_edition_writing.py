"""An edition written as a file and read again is the same edition."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.yaml_files import dump_yaml, load_yaml
from tests import generated
from tests.editions import edition, measure, use_case
from usage.scoring.edition import Band, Edition
from usage.scoring.scorecard import HealthBand, HealthGroup, HealthMeasure, Scorecard
from usage.services import edition_files
from usage.services.edition_files import EditionFile
from usage.services.edition_writing import document, interval
from usage.services.editions import SHIPPED

TEA = Path(__file__).with_name("tea.yaml")


def again(file: EditionFile) -> EditionFile:
    return edition_files.parse(load_yaml(dump_yaml(document(file))))


@pytest.mark.parametrize("path", [*sorted(SHIPPED.glob("*.yaml")), TEA], ids=lambda path: path.stem)
def test_a_file_is_the_same_written_and_read(path: Path) -> None:
    file = edition_files.read(path)
    assert again(file) == file


@settings(max_examples=40)
@given(
    generated.editions(),
    st.sampled_from(["draft", "published", "retired"]),
    st.sampled_from([None, date(2026, 9, 1)]),
)
def test_whatever_edition_is_the_same_written_and_read(
    content: Edition, status: str, first: date | None
) -> None:
    file = EditionFile("Of tea.", first, content, status)
    assert again(file) == file
    assert dump_yaml(document(again(file))) == dump_yaml(document(file))


def test_what_is_so_anyway_is_not_said() -> None:
    said = document(EditionFile("", None, edition()))
    assert said.keys() == {
        "name", "size_metric", "points", "score_bounds", "levels", "composites", "use_cases",
        "platform_adoption_from",
    }  # fmt: skip
    (brewing,) = said["use_cases"]
    assert brewing.keys() == {"code", "name", "roll_up", "measures"}
    assert brewing["measures"][0]["bands"] == [
        {"red": "(-inf, 1]", "yellow": "(1, 2]", "green": "(2, inf)"}
    ]


def test_bands_of_one_age_are_a_row_unless_a_colour_comes_twice() -> None:
    twice = (
        Band("Red", None, False, 1, True, 3, 6),  # noqa: FBT003 - the order of a bound's parts
        Band("Green", 1, False, 2, True, 3, 6),  # noqa: FBT003
        Band("Red", 2, False, None, False, 3, 6),  # noqa: FBT003
        Band("Green", None, False, None, False, 7),  # noqa: FBT003
    )
    said = document(EditionFile("", None, edition(use_case("brewing", measure(bands=twice)))))
    assert said["use_cases"][0]["measures"][0]["bands"] == [
        {"age": "3-6", "red": "(-inf, 1]", "green": "(1, 2]"},
        {"age": "3-6", "red": "(2, inf)"},
        {"age": "7-", "green": "(-inf, inf)"},
    ]


def test_an_end_that_is_open_to_infinity_is_never_closed() -> None:
    assert interval(Band("Red", None, True, None, True)) == "(-inf, inf)"  # noqa: FBT003


def test_an_age_without_a_beginning_begins_at_0() -> None:
    young = (Band("Red", None, False, None, False, None, 6),)  # noqa: FBT003
    said = document(EditionFile("", None, edition(use_case("brewing", measure(bands=young)))))
    assert said["use_cases"][0]["measures"][0]["bands"][0]["age"] == "0-6"


def test_a_scorecard_is_the_same_written_and_read() -> None:
    bands = (
        HealthBand("Red", None, False, 1, True, 1),  # noqa: FBT003
        HealthBand("Green", 1, False, None, False, 1),  # noqa: FBT003
        HealthBand("Green", None, False, None, False, 2),  # noqa: FBT003
    )
    nps = HealthMeasure("nps", "NPS", "nps", bands, stale_after_days=7, segments=("Large",))
    card = Scorecard(groups=(HealthGroup("voice", "Voice", (nps,)),), first_days=0)
    file = EditionFile("", None, replace(edition(), scorecard=card))
    assert again(file) == file


def test_the_note_of_a_publication_is_no_part_of_what_an_edition_is() -> None:
    content = load_yaml(TEA.read_text()) | {"status": "published", "note": "Guests drink more."}
    file = edition_files.parse(content)
    assert (file.status, file.note) == ("published", "Guests drink more.")
    assert "note" not in document(file)
