"""What the content security policy would block, and what would switch escaping off."""

from __future__ import annotations

import pytest

from tests.architecture.repository import lines_with, templates

BLOCKED = [
    pytest.param(r"<style\b", id="a style element"),
    pytest.param(r"\sstyle\s*=", id="a style attribute"),
    pytest.param(r"<script\b(?![^>]*\bsrc=)", id="a script element without a source"),
    pytest.param(r"\s(on[a-z]+|hx-on[:a-z-]*)\s*=", id="an event handler in an attribute"),
    pytest.param(r"javascript:", id="a script as an address"),
]


@pytest.mark.parametrize("pattern", BLOCKED)
def test_templates_have_none_of(pattern: str) -> None:
    assert lines_with(pattern, templates()) == []


def test_escaping_is_switched_off_in_plain_text_alone() -> None:
    pages = [path for path in templates() if not path.name.endswith("_email.html")]
    assert lines_with(r"\{%\s*autoescape\s+off|\|\s*safe(seq)?\b", pages) == []
