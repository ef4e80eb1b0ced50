"""Modules stay small, are named by what they hold, and never trust a string to be HTML."""

from __future__ import annotations

from tests.architecture.repository import APPS, ROOT, lines_with, modules

LONGEST = 400
NAMELESS = {"utils", "helpers", "common", "managers", "signals"}


def test_no_module_is_too_long() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in modules(*APPS, "config", "tests")
        if path.parent.name != "migrations"  # written by a command, read once
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_module_is_a_drawer_for_anything() -> None:
    names = [path for path in modules(*APPS, "config", "tests") if path.stem in NAMELESS]
    assert names == []


def test_nothing_is_marked_safe() -> None:
    trusted = lines_with(r"\bmark_safe\b|\bSafeString\(", modules(*APPS, "config"))
    assert trusted == []


def test_only_the_environment_module_reads_the_environment() -> None:
    settings_module = '"DJANGO_SETTINGS_MODULE"'  # how Django's own entry points find the settings
    readers = [
        line
        for line in lines_with(r"os\.(environ|getenv)", modules(*APPS, "config"))
        if settings_module not in line and not line.startswith("config/env.py")
    ]
    assert readers == []
