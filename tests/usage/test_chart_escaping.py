"""A drawing says what people named things, and never becomes anything but a drawing by it."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

import pytest
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.architecture.repository import ROOT, lines_with, modules
from usage import charts
from usage.charts import Reading, Wording, Zone
from usage.periods import shift

DRAWN = {"svg", "rect", "text", "polyline", "circle", "title", "tspan"}
HOSTILE = [
    '"><script>alert(1)</script>',
    "' onload='alert(1)",
    "</svg><img src=x>",
    "&#x3c;b>",
    "]]>",
]
PRINTABLE = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
)
WORDS = st.sampled_from(HOSTILE) | PRINTABLE


@pytest.mark.parametrize(
    ("template", "name", "draw"),
    [
        ("playbooks/_chart.html", "chart", charts.line_chart),
        ("playbooks/_spark.html", "spark", charts.sparkline),
    ],
)
@given(title=WORDS, unit=WORDS, bounds=WORDS, color=WORDS)
@settings(max_examples=60)
def test_no_name_becomes_part_of_the_drawing(  # noqa: PLR0913 - two drawings, four names
    template, name, draw, title, unit, bounds, color
) -> None:
    zones = (Zone(color, None, 2), Zone("Green", 2, None))
    months = [Reading(shift(date(2025, 10, 1), slot), slot, color, zones) for slot in range(3)]
    wording = Wording(title, text=lambda value: f"{value:g} {unit}", bounds=bounds)
    shown = {name: draw(months, wording=wording)}
    drawing = ElementTree.fromstring(render_to_string(template, shown))  # noqa: S314 - ours
    assert {each.tag for each in drawing.iter()} <= DRAWN
    assert not [name for each in drawing.iter() for name in each.attrib if name.startswith("on")]
    assert title in drawing.attrib["aria-label"]


def test_nobody_uploads_a_drawing() -> None:
    fields = lines_with(
        r"\b(FileField|ImageField|FilePathField)\(", modules("accounts", "usage", "playbooks")
    )
    assert [line for line in fields if "/models/" in line] == []
    assert not list(ROOT.glob("media*"))
