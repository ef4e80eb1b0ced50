"""The direction of imports: the contracts stand in pyproject.toml."""

from __future__ import annotations

import pytest
from importlinter.cli import lint_imports


def test_import_contracts_hold(capsys: pytest.CaptureFixture[str]) -> None:
    broken = lint_imports(no_cache=True, no_logo=True)
    assert not broken, capsys.readouterr().out
