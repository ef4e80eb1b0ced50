"""Finds texts in templates and Python that nobody marked for translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TAG = re.compile(r"{%-?\s*(\w+).*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
BLOCK = re.compile(r"{% (comment|blocktranslate)\b.*?{% end\1 %}", re.DOTALL)
UNREAD = re.compile(r"<(script|style|code|kbd|pre)\b.*?</\1>", re.DOTALL)
HTML = re.compile(r"<!doctype[^>]*>|</?[a-z\0][^<>]*>", re.IGNORECASE)
ATTRIBUTE = re.compile(
    r"\b(?:aria-label|title|placeholder|alt|data-label|data-way|data-error[-0-9]*)=\"([^\"]*)\""
)
SUBMIT = re.compile(r"<input\b[^<>]*type=\"submit\"[^<>]*value=\"([^\"]*)\"")
LITERAL_FILTER = re.compile(
    r"\|(?:default|default_if_none|yesno):[\"']([^\"']*[A-Za-z]{2}[^\"']*)[\"']"
)
PASSED = re.compile(r"\b(?:text|name|title)=\"([^\"]*[A-Za-z][^\"]*)\"")
WORD = re.compile(r"[A-Za-z]{2}")
FORM_WORDS = {"label", "help_text", "verbose_name", "verbose_name_plural", "empty_label"}
OF_CLASSES = {"verbose_name", "verbose_name_plural", "short_description"}
OF_ATTRS = {"placeholder", "aria-label"}


def texts_in_template(source: str) -> list[str]:
    """Literal texts, of elements and attributes, outside `translate` and `blocktranslate`."""
    left = UNREAD.sub(" ", BLOCK.sub(" ", source))
    tags = [match.group() for match in TAG.finditer(left)]
    found = [text for tag in tags for text in LITERAL_FILTER.findall(tag) if _is_said(text, tag)]
    includes = [tag for tag in tags if tag.startswith("{% include")]
    found += [text for tag in includes for text in PASSED.findall(tag) if text not in COLORS]
    bare = TAG.sub("\0", left)
    found += [text for match in (ATTRIBUTE, SUBMIT) for text in match.findall(bare)]
    found += HTML.split(bare)
    said = (text.strip().strip("\0") for text in found if WORD.search(_without_entities(text)))
    return [text.strip().replace("\0", "") for text in said]


COLORS = {"Green", "Yellow", "Red", "NA"}  # `_color.html` says them


def _is_said(text: str, tag: str) -> bool:
    return text not in COLORS and "yesno" not in tag


def _without_entities(text: str) -> str:
    return re.sub(r"&\w+;", "", text).replace("Foothold", "")


def texts_in_module(path: Path) -> list[str]:
    """Labels, choices, messages and errors that are plain or formatted strings."""
    tree = ast.parse(path.read_text())
    return [ast.unparse(node) for node in _said(tree) if _is_plain(node)]


def _is_plain(node: ast.expr) -> bool:
    """A string, or one put together, with a word in it; none that is the argument of a call."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and bool(WORD.search(node.value))
    if isinstance(node, ast.JoinedStr):
        return any(_is_plain(part) for part in node.values if isinstance(part, ast.Constant))
    if isinstance(node, ast.IfExp):
        return _is_plain(node.body) or _is_plain(node.orelse)
    if isinstance(node, ast.BinOp):
        return _is_plain(node.left) or _is_plain(node.right)
    return False


def _said(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _said_by_call(node)
        elif isinstance(node, ast.ClassDef):
            yield from _said_by_class(node)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in OF_ATTRS:
                    yield value


def _said_by_call(call: ast.Call) -> Iterator[ast.expr]:
    name = ast.unparse(call.func)
    last = name.rpartition(".")[2]
    for keyword in call.keywords:
        if keyword.arg in FORM_WORDS or (
            keyword.arg == "description" and name.startswith("admin.")
        ):
            yield keyword.value
    if (name.startswith("messages.") or last == "message_user") and len(call.args) > 1:
        yield call.args[1]
    elif last in {"ValidationError", "PermissionDenied", "NotFound"} and call.args:
        yield from _leaves(call.args[0])
    elif last == "add_error" and len(call.args) > 1:
        yield call.args[1]


def _leaves(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Dict):
        for value in node.values:
            yield from _leaves(value)
    elif isinstance(node, ast.List):
        for value in node.elts:
            yield from _leaves(value)
    else:
        yield node


def _said_by_class(node: ast.ClassDef) -> Iterator[ast.expr]:
    bases = " ".join(map(ast.unparse, node.bases))
    for each in node.body:
        if not isinstance(each, ast.Assign) or not isinstance(each.targets[0], ast.Name):
            continue
        if each.targets[0].id in OF_CLASSES:
            yield each.value
        elif "Choices" in bases and isinstance(each.value, ast.Tuple):
            yield each.value.elts[1]
    if "DomainError" in bases:
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "super().__init__":
                yield from call.args


def said_on_import(path: Path) -> list[str]:
    """Calls that look a text up once, while the module is read, instead of for each reader."""
    return [ast.unparse(call) for call in _outside(ast.parse(path.read_text()))]


def _outside(node: ast.AST) -> Iterator[ast.Call]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.Lambda):
            for decorator in getattr(child, "decorator_list", ()):
                yield from _outside(decorator)
            continue
        if isinstance(child, ast.Call) and ast.unparse(child.func) in {"gettext", "ngettext"}:
            yield child
        if (
            isinstance(child, ast.BinOp)
            and isinstance(child.left, ast.Call)
            and ast.unparse(child.left.func) == "_"
        ):
            yield child.left  # what stands behind its % makes it a text
        yield from _outside(child)
