"""Configuration in YAML as a person writes it: a key that stands twice is a mistake, not the last one's win."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

WIDTH = 100
BREAKS = frozenset("\r\x85\u2028\u2029\ufeff")
LONG = 88  # characters: a text that is longer is folded into lines


class OneLine(dict[str, Any]):
    """A mapping that is written in braces, on one line where it fits."""


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses a key given twice in one mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - as the base class has it
        seen = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key_node.tag != "tag:yaml.org,2002:merge" and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def load_yaml(text: str) -> Any:
    """Raise yaml.YAMLError on what is not YAML, and on a key given twice."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - derives from the safe loader  # nosec B506


class _Dumper(yaml.SafeDumper):
    """YAML that reads well and is the same every time: no anchors, no sorting, text in blocks."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 - as the base class has it
        super().increase_indent(flow, False)  # noqa: FBT003 - a list stands to the right of its key


def _one_line(dumper: _Dumper, value: OneLine) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=True)


def _text(dumper: _Dumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value else ">" if len(value) > LONG else None
    if BREAKS.intersection(value):
        style = '"'  # where they are escaped: elsewhere they would be read as line feeds or blanks
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _number(dumper: _Dumper, value: float) -> yaml.Node:
    return dumper.represent_int(int(value)) if value.is_integer() else _float(dumper, value)


_float = yaml.SafeDumper.represent_float
_Dumper.add_representer(OneLine, _one_line)
_Dumper.add_representer(str, _text)
_Dumper.add_representer(float, _number)


def dump_yaml(document: Mapping[str, Any] | list[Any]) -> str:
    """The same document always gives the same text; keys stay in their order."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)


def line_of(text: str, path: str) -> int | None:
    """The line, from 1, on which a field such as `use_cases.0.name` stands, or what should hold it."""
    node = yaml.compose(text, Loader=_Loader)
    for name in path.split("."):
        inner = _inner(node, name)
        if inner is None:
            break
        node = inner
    return node.start_mark.line + 1 if node is not None else None


def _inner(node: yaml.Node | None, name: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == name), None)
    if isinstance(node, yaml.SequenceNode) and name.isdigit() and int(name) < len(node.value):
        item: yaml.Node = node.value[int(name)]
        return item
    return None
