"""The files of this repository that its house rules are about."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "playbooks", "usage")
VARIABLE = re.compile(r"[A-Z][A-Z_]+")


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def templates() -> list[Path]:
    folders = [ROOT / "templates", *(ROOT / app / "templates" for app in APPS)]
    return sorted(path for folder in folders for path in folder.rglob("*.html"))


def lines_with(pattern: str, paths: Iterable[Path]) -> list[str]:
    """Each line in which the pattern is found, as `path:number: text`."""
    found = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if found.search(line)
    ]


def variables_read() -> set[str]:
    """The first argument of every call in config/env.py that is spelled like a variable."""
    calls = [
        node
        for node in ast.walk(ast.parse((ROOT / "config/env.py").read_text()))
        if isinstance(node, ast.Call) and node.args
    ]
    names = [call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)]
    return {name for name in names if isinstance(name, str) and VARIABLE.fullmatch(name)}
