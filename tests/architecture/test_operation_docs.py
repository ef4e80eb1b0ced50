"""docs/operation.md names what there is: commands, variables, metrics, files."""

from __future__ import annotations

import re

import pytest
from django.core.management import get_commands

from tests.architecture.repository import ROOT, variables_read

TEXT = (ROOT / "docs/operation.md").read_text()
METRICS = (ROOT / "config/metrics.py").read_text()
OF_OTHERS = {"POSTGRES_PASSWORD", "SIGTERM", "ANALYZE", "DEBUG"}


def test_its_commands_exist() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", TEXT))
    assert "limits" in named
    assert named <= set(get_commands())


def test_its_variables_are_read() -> None:
    named = set(re.findall(r"`([A-Z][A-Z_]{4,})[=`]", TEXT)) - OF_OTHERS
    assert {"METRICS_TOKEN", "LOG_FORMAT", "LIMIT_DATABASE_GB"} <= named
    assert named <= variables_read()


def test_its_metrics_are_told_and_all_of_them_are_listed() -> None:
    named = {name.removesuffix("_total") for name in re.findall(r"foothold_([a-z_]+[a-z])", TEXT)}
    told = set(re.findall(r'"foothold_([a-z_]+)"', METRICS))
    told |= set(re.findall(r'_gauge\(\s*"([a-z_]+)"', METRICS))
    assert named == told


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"deploy/[\w./-]*\w", TEXT)) - {"deploy/.env"})
)
def test_its_files_are_there(path: str) -> None:
    assert list(ROOT.glob(f"{path}*"))
