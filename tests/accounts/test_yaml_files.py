"""YAML that people write."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.yaml_files import OneLine, dump_yaml, line_of, load_yaml

letters = st.characters(codec="utf-8")
texts = st.text(letters, max_size=160).map(str.strip)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(texts, inner, max_size=4)
        | st.dictionaries(texts, inner, max_size=4).map(OneLine)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: 1\nb: 2\na: 3", id="at the top"),
        pytest.param("a: {b: 1, b: 2}", id="deep inside"),
        pytest.param("- a: 1\n  a: 1", id="in a list, even with the same value"),
    ],
)
def test_a_key_that_stands_twice_is_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError, match=r"the key '[ab]' stands twice"):
        load_yaml(text)


def test_anchors_and_merges_are_read() -> None:
    text = "base: &base {a: 1}\none: {<<: *base, b: 2}\ntwo: {<<: *base, a: 3}"
    assert load_yaml(text)["one"] == {"a": 1, "b": 2}
    assert load_yaml(text)["two"] == {"a": 3}


@given(st.dictionaries(texts, values, max_size=4))
@example({"a line break of others": "0\x850"})
def test_what_is_written_is_read_back_and_written_the_same(document: dict[str, Any]) -> None:
    text = dump_yaml(document)
    assert load_yaml(text) == document
    assert dump_yaml(load_yaml(text)) == dump_yaml(plain(document))


def plain(value: Any) -> Any:
    """Without the braces, which a reader does not keep."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("document", "text"),
    [
        pytest.param(
            {"b": 1.0, "a": 0.5}, "b: 1\na: 0.5\n", id="keys stay, whole numbers are whole"
        ),
        pytest.param({"a": OneLine(b=["x"])}, "a: {b: [x]}\n", id="in braces"),
        pytest.param({"a": ["x"]}, "a:\n  - x\n", id="a list"),
        pytest.param({"a": "x\ny"}, "a: |-\n  x\n  y\n", id="lines"),
        pytest.param(
            {"a": "2026", "b": "no"}, "a: '2026'\nb: 'no'\n", id="text that looks otherwise"
        ),
        pytest.param({"a": "word " * 30 + "end"}, "a: >-\n  word", id="a long text is folded"),
    ],
)
def test_text_is_laid_out_to_be_read(document: dict[str, Any], text: str) -> None:
    assert dump_yaml(document).startswith(text)


@pytest.mark.parametrize(
    ("path", "line"),
    [("a", 2), ("b.1.d", 6), ("b.0.c", 4), ("b.1.missing", 5), ("b.7", 4), ("nowhere", 2), ("", 2)],
)
def test_the_line_of_a_field_or_of_what_should_hold_it(path: str, line: int) -> None:
    assert line_of("# head\na: 1\nb:\n  - c: 1\n  - c: 2\n    d: 3\n", path) == line


def test_nothing_has_no_lines() -> None:
    assert line_of("", "a") is None
