"""What production needs: safe settings by default, and locks that install the same anywhere."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.architecture.repository import ROOT, lines_with

LOCKS = sorted(ROOT.glob("requirements*.txt"))


@pytest.mark.slow
def test_the_settings_are_fit_for_production_without_any_switch() -> None:
    chosen = {
        "DATABASE_URL",
        "REDIS_URL",
    }  # where this run tests: by itself it may not fit together
    inherited = {name: value for name, value in os.environ.items() if name not in chosen}
    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={**inherited, "DEBUG": "0", "SECRET_KEY": "-".join(map(str, range(40)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


def test_locks_name_neither_an_index_nor_a_host() -> None:
    assert lines_with(r"--(extra-)?index-url|--find-links|--trusted-host|://", LOCKS) == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_pin_has_its_hashes(lock) -> None:
    pins = lock.read_text().replace("\\\n", " ").splitlines()
    assert [pin for pin in pins if "--hash=sha256:" not in pin] == []
