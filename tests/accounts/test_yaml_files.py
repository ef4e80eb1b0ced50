"""YAML that people write."""

from __future__ import annotations

import pytest
import yaml

from accounts.yaml_files import load_yaml


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
